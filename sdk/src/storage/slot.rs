//! Where a field's entries are.

use crate::{
    codec::{Cursor, Output, Scratch},
    key::Key,
};

/// The four bytes that all keys of a field begin with: FNV-1a of the field's name.
///
/// From the name, not the position: fields can be added, removed and put in another order by an upgrade.
/// All have the same length, so none begins another. `#[storage]` computes them and refuses a struct in which
/// two fields have the same; `#[key = "old_name"]` on a renamed field keeps its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(u32);

impl Slot {
    /// The slot with this number.
    #[must_use]
    #[inline(always)]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The bytes that the field's keys begin with.
    #[must_use]
    #[inline(always)]
    pub const fn bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// The whole key of the entry for `key`, written into `scratch`.
    #[inline(always)]
    pub(crate) fn key<'a>(self, key: &impl Key, scratch: &'a mut Scratch) -> &'a [u8] {
        let mut cursor = Cursor::new(scratch);
        cursor.write(&self.bytes());
        key.encode_key(&mut cursor);
        cursor.written()
    }
}
