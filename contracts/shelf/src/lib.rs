//! A shelf with one of each kind of storage, and what can be done with it.
//!
//! Not for a chain: anybody may change everything. It is what the tests of the SDK's storage run in the VM, step for
//! step beside the collections of Rust's standard library, and a place to see every operation used.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::prelude::*;

/// A book's place: its floor, then its title.
pub type Place = (i8, String);

/// One of each.
#[storage]
#[derive(Debug)]
pub struct Shelf {
    /// Number of copies by place.
    books: OrdMap<Place, u16>,
    tags: Set<Vec<u8>>,
    pile: Vector<String>,
    line: Queue<u64>,
    /// Neighbours, which no scan may meet: whatever the order of the slots, one is on each side.
    before: Map<Place, u16>,
    behind: Vector<u16>,
}

/// Where a range begins or ends.
#[derive(Data, Debug, Clone)]
pub enum Limit {
    /// Nowhere.
    None,
    /// Here, this one as well.
    With(Place),
    /// Here, without this one.
    Without(Place),
}

/// What to do with the shelf.
#[derive(Data, Debug, Clone)]
pub enum Step {
    /// Sets the copies of a book.
    Put(Place, u16),
    /// Adds copies of a book.
    Add(Place, u16),
    /// Removes a book.
    Take(Place),
    /// Finds the copies of a book.
    Find(Place),
    /// Reads a range in pages of a size. For each flag one book: from the end if it is set.
    Scan {
        /// From here ..
        from: Limit,
        /// .. to here.
        to: Limit,
        /// Books to a page.
        page: u32,
        /// Which end is read, book for book.
        ends: Vec<bool>,
    },
    /// Reads the books of a floor.
    Floor(i8),
    /// The first and the last book.
    Ends,
    /// Adds a tag.
    Tag(Vec<u8>),
    /// Removes a tag.
    Untag(Vec<u8>),
    /// Reads the tags that begin so.
    Tags(Vec<u8>),
    /// Puts something on the pile.
    Pile(String),
    /// Takes something off the pile.
    Unpile,
    /// Replaces something in the pile, if it is there.
    Swap(u32, String),
    /// Takes something out of the pile.
    Pull(u32),
    /// Reads the pile from its end.
    Piled,
    /// Comes to the end of the line.
    Come(u64),
    /// Leaves the line.
    Leave,
    /// Reads the line.
    Line,
}

/// What came of it.
#[derive(Data, Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing to say.
    Done,
    /// Whether something changed.
    Changed(bool),
    /// A number, if there is one.
    Number(Option<u64>),
    /// A text, if there is one.
    Text(Option<String>),
    /// Books.
    Books(Vec<(Place, u16)>),
    /// Tags.
    Tags(Vec<Vec<u8>>),
    /// Texts, and how many there are.
    Texts(Vec<String>, u32),
    /// Numbers, how many there are, and the first.
    Numbers(Vec<u64>, u64, Option<u64>),
}

#[contract]
impl Shelf {
    /// Sets the neighbours.
    #[init]
    pub fn new(&mut self) {
        for floor in [i8::MIN, 0, i8::MAX] {
            self.before.set(&(floor, String::new()), 1);
            self.behind.push(2);
        }
    }

    /// Does one step after the other, and says what came of each.
    pub fn run(&mut self, steps: Vec<Step>) -> Vec<Answer> {
        steps.into_iter().map(|step| self.step(step)).collect()
    }

    /// Reads with `step` where nothing can be written.
    #[must_use]
    pub fn floors(&self, first: i8, last: i8) -> Vec<(Place, u16)> {
        self.books.range((first, String::new())..).take_while(|((floor, _), _)| *floor <= last).collect()
    }

    fn step(&mut self, step: Step) -> Answer {
        match step {
            Step::Put(place, copies) => {
                self.books.set(&place, copies);
                Answer::Done
            }
            Step::Add(place, copies) => {
                self.books.update(&place, |have| *have = have.wrapping_add(copies));
                Answer::Number(Some(self.books.get(&place).into()))
            }
            Step::Take(place) => {
                self.books.remove(&place);
                Answer::Changed(self.books.contains(&place))
            }
            Step::Find(place) => Answer::Number(self.books.find(&place).map(u64::from)),
            Step::Scan { from, to, page, ends } => {
                let mut range = self.books.range((bound(from), bound(to))).pages_of(page);
                let next = |from_end| if from_end { range.next_back() } else { range.next() };
                Answer::Books(ends.into_iter().map_while(next).collect())
            }
            Step::Floor(floor) => Answer::Books(self.books.prefix(&floor).pages_of(2).collect()),
            Step::Ends => Answer::Books(self.books.first().into_iter().chain(self.books.last()).collect()),
            Step::Tag(tag) => Answer::Changed(self.tags.insert(&tag)),
            Step::Untag(tag) => Answer::Changed(self.tags.remove(&tag)),
            Step::Tags(beginning) => Answer::Tags(self.tags.prefix(beginning.as_slice()).collect()),
            Step::Pile(text) => Answer::Number(Some(self.pile.push(text).into())),
            Step::Unpile => Answer::Text(self.pile.pop()),
            Step::Swap(index, text) => {
                let old = self.pile.get(index);
                if old.is_some() {
                    self.pile.set(index, text);
                }
                Answer::Text(old)
            }
            Step::Pull(index) => Answer::Text(self.pile.swap_remove(index)),
            Step::Piled => Answer::Texts(self.pile.iter().rev().collect(), self.pile.len()),
            Step::Come(number) => {
                self.line.push(number);
                Answer::Changed(!self.line.is_empty())
            }
            Step::Leave => Answer::Number(self.line.pop()),
            Step::Line => Answer::Numbers(self.line.iter().collect(), self.line.len(), self.line.first()),
        }
    }
}

fn bound(limit: Limit) -> core::ops::Bound<Place> {
    use core::ops::Bound;
    match limit {
        Limit::None => Bound::Unbounded,
        Limit::With(place) => Bound::Included(place),
        Limit::Without(place) => Bound::Excluded(place),
    }
}
