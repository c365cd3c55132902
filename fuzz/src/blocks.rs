//! Random changes of a state, block by block, that meet in few places; and random forgeries of proofs.

use arbitrary::{Arbitrary, Result, Unstructured};
use lockstep_abi::{
    Hash,
    state::{key::Space, trie::EntryHasher},
};

/// Changes of a trie, what is asked of it after each block, and how the answers are forged.
#[derive(Debug)]
pub struct Blocks {
    /// In order.
    pub blocks: Vec<Block>,
    /// What is to be proved.
    pub probes: Vec<Place>,
    /// What is done to each proof, each by itself.
    pub forgeries: Vec<Forgery>,
}

/// The changes of a block.
#[derive(Debug)]
pub struct Block {
    /// Whether they are written as a further part of the height before.
    pub again: bool,
    /// In order: of one place, the last counts.
    pub steps: Vec<Step>,
}

/// Changes.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Step {
    /// Of one entry.
    One(Place, Option<u8>),
    /// Of several keys in a row: up to 255, so that several threads work on them.
    Many {
        /// The first key.
        from: u8,
        /// How many.
        count: u8,
        /// What they get.
        value: Option<u8>,
    },
}

/// A path: that of a key, or one beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
pub struct Place {
    /// The number of a key.
    pub key: u8,
    /// Which bits of the path are flipped; if there are any, no key is known that lies there. Only so do paths get
    /// long prefixes in common.
    pub flips: [Option<u8>; 2],
}

/// What is done to a proof.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Forgery {
    /// Some bits of a byte of its encoding are flipped.
    Flip {
        /// Which byte, modulo how many there are.
        at: u16,
        /// Which bits.
        bits: u8,
    },
    /// Its encoding ends early.
    Cut {
        /// After how many bytes, modulo how many there are.
        at: u16,
    },
    /// A sibling is left out.
    Remove {
        /// Which, modulo how many there are.
        at: u8,
    },
    /// A sibling is put between.
    Insert {
        /// Where, modulo how many places there are.
        at: u8,
        /// What.
        node: Node,
    },
    /// The path ends at its own entry.
    Own,
    /// The path ends at nothing.
    Empty,
    /// The path ends at the entry of another.
    Other(Place, u8),
    /// Another value is claimed, or none.
    Value(Option<u8>),
    /// Another key is meant.
    Key(u8),
}

/// A node that might be a sibling.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub enum Node {
    /// No entry.
    Empty,
    /// The entry of a place.
    Leaf(Place, u8),
    /// The sibling that is there already, once more.
    Same,
}

/// A key of the state by its number; short, since only its hash matters.
#[must_use]
pub const fn key(number: u8) -> [u8; 2] {
    [Space::Storage as u8, number]
}

impl Place {
    /// The path.
    #[must_use]
    pub fn path(&self, hasher: &EntryHasher) -> Hash {
        let mut path = hasher.path(&key(self.key));
        for bit in self.flips.into_iter().flatten() {
            path.0[usize::from(bit / 8)] ^= 0x80 >> (bit % 8);
        }
        path
    }

    /// The number of the key that lies there, if one does.
    #[must_use]
    pub fn own_key(&self) -> Option<u8> {
        let [first, second] = self.flips;
        (first == second).then_some(self.key)
    }
}

impl Block {
    /// The places that change, and what each has then.
    pub fn changes(&self) -> impl Iterator<Item = (Place, Option<u8>)> {
        self.steps.iter().flat_map(|step| {
            let (first, count, value) = match *step {
                Step::One(place, value) => (place, 1, value),
                Step::Many { from, count, value } => (Place { key: from, flips: [None; 2] }, count, value),
            };
            (0..count).map(move |offset| {
                let key = first.key.wrapping_add(offset);
                (Place { key, ..first }, value)
            })
        })
    }
}

impl<'a> Arbitrary<'a> for Blocks {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        // What steers the checks comes first: bytes that are added at the end are further changes.
        let probes = several(u, 1..=4)?;
        let forgeries = several(u, 0..=6)?;
        let count = u.int_in_range(1..=6)?;
        let blocks = (0..count).map(|_| Ok(Block { again: u.ratio(1, 8)?, steps: several(u, 0..=8)? }));
        Ok(Self { blocks: blocks.collect::<Result<_>>()?, probes, forgeries })
    }
}

fn several<'a, T: Arbitrary<'a>>(
    u: &mut Unstructured<'a>,
    count: std::ops::RangeInclusive<usize>,
) -> Result<Vec<T>> {
    let count = u.int_in_range(count)?;
    (0..count).map(|_| u.arbitrary()).collect()
}
