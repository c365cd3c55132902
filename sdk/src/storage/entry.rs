//! Storage by whole keys: what cells and maps are made of.
//!
//! A contract rarely needs this. Keys have at most 256 bytes and values at most 64 KiB; the VM halts a
//! contract that passes a limit.

use alloc::vec::Vec;

use lockstep_abi::limits::run::{MAX_RANGE_BYTES, MAX_RANGE_ENTRIES};

use crate::{
    codec::{self, Decode, Encode, scratch, with_encoded},
    host::{self, trap},
};

/// The value under `key`, if there is one.
///
/// # Panics
/// If the entry is not a `T`: an earlier version of the contract has written another type there.
#[inline(always)]
pub fn get<T: Decode>(key: &[u8]) -> Option<T> {
    let mut scratch = scratch();
    let value = match T::SIZE {
        Some(size) if const { codec::is_short(T::SIZE) } => {
            if !read_exactly(key, &mut scratch[..size]) {
                return None;
            }
            // SAFETY: the host has written `size` bytes.
            #[expect(unsafe_code, reason = "reads what the host has written")]
            let bytes = unsafe { host::filled(&scratch, size) };
            codec::decode(bytes)
        }
        _ => codec::decode(&read_all(key)?),
    };
    match value {
        Ok(value) => Some(value),
        Err(codec::Malformed) => wrong_type(),
    }
}

/// Fills `out` with the entry, if there is one. Not inlined: it is at the heart of most methods.
#[inline(never)]
fn read_exactly(key: &[u8], out: &mut host::Free) -> bool {
    let length = host::storage_get(key, out);
    if length >= 0 && length as usize != out.len() {
        wrong_type();
    }
    length >= 0
}

/// All bytes of the entry, if there is one.
#[inline(never)]
fn read_all(key: &[u8]) -> Option<Vec<u8>> {
    let length = host::storage_get(key, &mut []);
    (length >= 0).then(|| host::buffer(0, length as usize))
}

#[cold]
#[inline(always)]
fn wrong_type() -> ! {
    trap("a stored entry has another type")
}

/// Writes `value` under `key`.
#[inline(always)]
pub fn set<T: Encode + ?Sized>(key: &[u8], value: &T) {
    with_encoded(value, |bytes| host::storage_set(key, bytes));
}

/// Whether there is an entry under `key`.
#[must_use]
#[inline(always)]
pub fn has(key: &[u8]) -> bool {
    host::storage_has(key)
}

/// Removes the entry under `key`, if there is one.
#[inline(always)]
pub fn remove(key: &[u8]) {
    host::storage_remove(key);
}

/// The direction of a range read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the smallest key.
    Ascending,
    /// From the largest key.
    Descending,
}

/// A key and its value, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEntry {
    /// The whole key.
    pub key: Vec<u8>,
    /// The value's encoding.
    pub value: Vec<u8>,
}

/// Entries from `start` (included) to `end` (excluded; empty: all that follow), at most `limit` and 256.
///
/// The host ends a range early after 128 KiB: ask again from the last key on.
#[must_use]
pub fn range(start: &[u8], end: &[u8], order: Order, limit: u32) -> Vec<RawEntry> {
    page(start, end, order, limit).entries
}

/// What one read of a range returns.
pub(super) struct Page {
    pub(super) entries: Vec<RawEntry>,
    /// Whether the range has no others.
    pub(super) is_last: bool,
}

/// Entries as [`range`] reads them.
pub(super) fn page(start: &[u8], end: &[u8], order: Order, limit: u32) -> Page {
    let limit = limit.min(MAX_RANGE_ENTRIES);
    let bytes = host::storage_range(start, end, u32::from(order == Order::Descending), limit, &mut []);
    match entries(&host::buffer(0, bytes)) {
        Ok(entries) => {
            let is_last = entries.len() < limit as usize && bytes < MAX_RANGE_BYTES as usize;
            Page { entries, is_last }
        }
        Err(codec::Malformed) => trap("the host returns a row of entries"),
    }
}

/// Splits a row of entries, each the lengths of key and value, the key, the value.
fn entries(row: &[u8]) -> Result<Vec<RawEntry>, codec::Malformed> {
    let mut input = codec::Input::new(row);
    let mut entries = Vec::new();
    while !input.is_empty() {
        let (key, value) = <(u32, u32)>::decode(&mut input)?;
        entries.push(RawEntry {
            key: codec::copy(input.take(key as usize)?),
            value: codec::copy(input.take(value as usize)?),
        });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn a_row_of_entries_is_split_where_the_lengths_say() {
        let row = [1, 0, 0, 0, 2, 0, 0, 0, b'k', b'v', b'w', 0, 0, 0, 0, 0, 0, 0, 0];
        let first = RawEntry { key: b"k".to_vec(), value: b"vw".to_vec() };
        let second = RawEntry { key: vec![], value: vec![] };
        assert_eq!(entries(&row), Ok(vec![first, second]));
        assert_eq!(entries(&row[..18]), Err(codec::Malformed));
    }
}
