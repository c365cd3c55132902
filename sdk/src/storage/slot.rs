//! What the keys of a field begin with.

use super::Place;
use crate::{
    codec::{Cursor, Output, Scratch},
    key::Key,
};

/// The four bytes that all keys of a field begin with: FNV-1a of the path of names that leads to the field.
///
/// From the names, not the position: fields can be added, removed and put in another order by an upgrade.
/// All have the same length, so none begins another. `#[storage]` refuses a struct in which two fields have the
/// same; `#[key = "old_name"]` on a renamed field keeps its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(&'static [u8; 4]);

impl Slot {
    /// The slot of a place.
    #[must_use]
    #[inline(always)]
    pub const fn of<P: Place>() -> Self {
        // A reference, not a value: the bytes lie in the contract's data.
        Self(const { &P::HASH.to_be_bytes() })
    }

    /// The bytes that the field's keys begin with.
    #[must_use]
    #[inline(always)]
    pub const fn bytes(self) -> &'static [u8; 4] {
        self.0
    }

    /// The whole key of the entry for `key`, written into `scratch`.
    #[inline(always)]
    pub(crate) fn key<'a>(self, key: &impl Key, scratch: &'a mut Scratch) -> &'a [u8] {
        let mut cursor = Cursor::new(scratch);
        cursor.write(self.bytes());
        key.encode_key(&mut cursor);
        cursor.written()
    }
}
