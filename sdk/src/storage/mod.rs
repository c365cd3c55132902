//! What a contract remembers.
//!
//! A struct under `#[storage]` names the fields; each field is a [`Cell`] or a [`Map`] and has a [`Slot`] of
//! its own. Fields hold no values: a read asks the chain, a write is done when `set` returns. There is no
//! cache to flush, so nothing is lost when a method stops early.

mod cell;
pub mod entry;
mod map;
mod place;
mod slot;

pub use cell::Cell;
pub use map::Map;
pub(crate) use place::child;
#[doc(hidden)]
pub use place::{Child, Name};
pub use place::{Place, Root};
pub use slot::Slot;

use crate::schema::Shape;

/// A field of a `#[storage]` struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a contract's storage",
    label = "is a value, not a place for one",
    note = "wrap it: `Cell<{Self}>` for one value, `Map<K, {Self}>` for one for each key"
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
