//! All that a contract may have, without an attribute of Rust's own.

use lockstep_sdk::prelude::*;

#[derive(Data, Default)]
struct Meta {
    name: String,
    r#type: u8,
}

#[derive(Data)]
struct Pair<A, B>(A, B);

#[derive(Data)]
enum Choice {
    None,
    One(u8),
    Two { a: u8, b: Pair<u8, u16> },
}

#[storage]
struct Everything {
    meta: Cell<Meta>,
    #[key = "old"]
    renamed: Cell<u128>,
    by_two: Map<(Address, u64), Choice>,
    sorted: OrdMap<(u8, String), Vec<u8>>,
    set: Set<[u8; 4]>,
    list: Vector<Choice>,
    queue: Queue<(u8, bool)>,
    part: Part,
}

#[storage]
struct Before {
    #[key = "old"]
    renamed: Cell<u64>,
}

#[error]
enum PartError {
    #[from]
    Deeper(DeeperError),
}

#[error]
enum DeeperError {
    Full { have: u8 } = 3,
}

#[event]
struct Filled;

#[storage(events(Filled))]
struct Part {
    // The same name as in the contract: a part has a key space of its own.
    meta: Cell<u8>,
    deeper: Deeper,
}

#[storage]
struct Deeper {
    meta: Set<u8>,
}

#[event]
struct Nothing;

#[event]
struct Full {
    #[topic]
    a: Address,
    #[topic]
    b: Option<Address>,
    #[topic]
    c: String,
    d: Vec<u8>,
}

#[error]
enum Error {
    Bare = 1,
    Fields { a: u128, b: String } = 2,
    Unnamed(u8, u8) = 0xffff_feff,
    #[from]
    Part(PartError),
}

type Answer<T> = Result<T, Error>;

#[contract(events(Nothing, Full))]
impl Everything {
    const LIMIT: u128 = 7;

    #[init]
    pub fn new(&mut self, meta: Meta, mut start: u128) -> Answer<()> {
        start += Self::LIMIT;
        self.meta.set(meta);
        self.renamed.set(start);
        Nothing.emit();
        Full { a: env::caller(), b: None, c: String::new(), d: vec![1] }.emit();
        Ok(())
    }

    #[payable]
    #[reentrant]
    pub fn r#move(&mut self, to: Address, choice: Choice) -> Result<u128, Error> {
        self.by_two.set(&(to, 1), choice);
        self.renamed.update(|value| *value += 1);
        self.helper(1)
    }

    pub fn eight(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> Option<u8> {
        [b, c, d, e, f, g, h].iter().fold(Some(a), |sum, x| sum?.checked_add(*x))
    }

    #[cfg(any())]
    pub fn never(&self, x: DoesNotExist) -> Neither {}

    pub fn nothing(&self) {}

    #[private]
    #[payable]
    pub fn alone(&mut self, number: u128) {
        self.renamed.set(number);
    }

    #[private]
    pub fn seen_alone(&self) -> u128 {
        self.renamed.get()
    }

    #[migrate(from = 1)]
    fn up(&mut self, old: Before, number: u128) -> Answer<()> {
        self.renamed.set(old.renamed.get().into());
        self.helper(number).map(|_| ())
    }

    fn helper(&self, by: u128) -> Result<u128, Error> {
        match by {
            0 => Err(Error::Bare),
            1 => Err(Error::Unnamed(1, 2)),
            _ => Err(Error::Fields { a: by, b: self.meta.get().name }),
        }
    }
}

fn main() {
    assert!(Everything::SCHEMA.windows(4).any(|name| name == b"move"));
    assert!(!Everything::SCHEMA.windows(5).any(|name| name == b"never"));
}
