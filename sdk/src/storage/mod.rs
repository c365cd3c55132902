//! What a contract remembers.
//!
//! A struct under `#[storage]` names the fields. Each has a [`Slot`] of its own, four bytes that follow from its
//! name and that all its keys begin with; no slot and no key begins another.
//!
//! | field | keeps |
//! |---|---|
//! | [`Cell<T>`](Cell) | one value |
//! | [`Map<K, V>`](Map) | a value for each key |
//! | [`OrdMap<K, V>`](OrdMap) | the same, and reads ranges in the order of the keys |
//! | [`Set<K>`](Set) | keys, in their order |
//! | [`Vector<T>`](Vector) | values by their index |
//! | [`Queue<T>`](Queue) | values, first in, first out |
//! | another `#[storage]` struct | its own fields, as a part that several contracts can have |
//!
//! Fields hold no values: a read asks the chain, a write is done when `set` returns. There is no cache to flush, so
//! nothing is lost when a method stops early.

mod cell;
pub mod entry;
mod map;
mod ord_map;
mod place;
mod queue;
mod range;
mod set;
mod slot;
mod vector;

pub use cell::Cell;
pub use map::Map;
pub use ord_map::OrdMap;
pub(crate) use place::child;
#[doc(hidden)]
pub use place::{Child, Name};
pub use place::{Place, Root};
pub use queue::Queue;
pub use range::Range;
pub use set::Set;
pub use slot::Slot;
pub use vector::Vector;

use crate::schema::Shape;

/// A field of a `#[storage]` struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a contract's storage",
    label = "is a value, not a place for one",
    note = "wrap it: `Cell<{Self}>` for one value, `Map<K, {Self}>` for one for each key, `Vector<{Self}>` for a list"
)]
pub trait Field {
    /// What it keeps.
    const SHAPE: Shape;

    /// The field whose entries are at `P`. Nothing is read.
    fn at<P: Place>() -> Self;
}

/// A contract's storage. Implemented by `#[storage]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a contract's storage",
    label = "needs `#[storage]`",
    note = "put `#[storage]` on the definition of `{Self}`"
)]
pub trait Storage: Field + Sized {
    /// The first paragraph of the doc comment.
    const DOCS: &'static str;
    /// What is stored.
    #[doc(hidden)]
    const STORED: Shape = <Self as Field>::SHAPE;

    /// The contract's fields. Nothing is read.
    #[must_use]
    #[inline(always)]
    fn open() -> Self {
        Self::at::<Root>()
    }
}
