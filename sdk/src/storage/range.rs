//! The entries of a part of an ordered field, one after the other, from both ends.

use alloc::vec::{self, Vec};
use core::{
    iter::FusedIterator,
    marker::PhantomData,
    ops::{Bound, RangeBounds},
};

use super::{
    Slot,
    entry::{self, Order, RawEntry},
};
use crate::{
    codec::{self, Cursor, Data, Input, Malformed, Output, scratch},
    host::trap,
    key::{Key, KeyPrefix},
};

/// Entries that are read at a time unless the contract says otherwise.
const PAGE: u32 = 16;

/// Entries in the order of their keys. Made by [`OrdMap::range`](super::OrdMap::range) and its like.
///
/// Entries are read from the chain a page at a time, when they are asked for, and each one costs gas. A contract
/// does not know how many there are, so bound every loop: `map.range(from..).take(10)`.
///
/// From the largest key downwards: `map.range(..).rev()`.
#[derive(Debug)]
#[must_use = "nothing is read before it is asked for"]
pub struct Range<'a, K, V> {
    /// Entries that were not yet read have keys from here ..
    start: Vec<u8>,
    /// .. to before here; to the end of the storage if empty.
    end: Vec<u8>,
    /// What was read from the small end, and not yet returned.
    front: vec::IntoIter<RawEntry>,
    /// What was read from the large end, the largest first.
    back: vec::IntoIter<RawEntry>,
    page: u32,
    is_read: bool,
    /// The borrow keeps the entries as they are while they are read.
    entry: PhantomData<(&'a K, V)>,
}

impl<K: Key, V: Data> Range<'_, K, V> {
    /// The entries of the field at `slot` whose keys are in `bounds`.
    pub(super) fn within(slot: Slot, bounds: &impl RangeBounds<K>) -> Self {
        let start = match bounds.start_bound() {
            Bound::Included(key) => Some(whole(slot, key)),
            Bound::Excluded(key) => after(whole(slot, key)),
            Bound::Unbounded => Some(slot.bytes().to_vec()),
        };
        let end = match bounds.end_bound() {
            Bound::Included(key) => after(whole(slot, key)),
            Bound::Excluded(key) => Some(whole(slot, key)),
            Bound::Unbounded => after(slot.bytes().to_vec()),
        };
        Self::new(start, end)
    }

    /// The entries of the field at `slot` whose keys begin with `prefix`.
    pub(super) fn beginning<P: KeyPrefix<K> + ?Sized>(slot: Slot, prefix: &P) -> Self {
        let mut scratch = scratch();
        let mut cursor = Cursor::new(&mut scratch);
        cursor.write(slot.bytes());
        prefix.encode_prefix(&mut cursor);
        let start = codec::copy(cursor.written());
        let end = after(start.clone());
        Self::new(Some(start), end)
    }

    /// Without a start there is nothing; without an end all that follows.
    fn new(start: Option<Vec<u8>>, end: Option<Vec<u8>>) -> Self {
        Self {
            is_read: start.is_none(),
            start: start.unwrap_or_default(),
            end: end.unwrap_or_default(),
            front: Vec::new().into_iter(),
            back: Vec::new().into_iter(),
            page: PAGE,
            entry: PhantomData,
        }
    }

    /// Reads `page` entries at a time instead of 16; at least 1, at most 256.
    pub fn pages_of(mut self, page: u32) -> Self {
        self.page = page.max(1);
        self
    }

    /// Reads the next page from one end. Says whether there was anything.
    fn read(&mut self, order: Order) -> bool {
        if self.is_read || (!self.end.is_empty() && self.start >= self.end) {
            return false;
        }
        let page = entry::page(&self.start, &self.end, order, self.page);
        self.is_read = page.is_last;
        let Some(last) = page.entries.last() else { return false };
        match order {
            Order::Ascending => match after(last.key.clone()) {
                Some(start) => self.start = start,
                None => self.is_read = true,
            },
            Order::Descending => self.end.clone_from(&last.key),
        }
        let entries = page.entries.into_iter();
        match order {
            Order::Ascending => self.front = entries,
            Order::Descending => self.back = entries,
        }
        true
    }
}

impl<K: Key, V: Data> Iterator for Range<'_, K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        let mut raw = self.front.next();
        if raw.is_none() && self.read(Order::Ascending) {
            raw = self.front.next();
        }
        // The rest may have been read from the other end.
        raw.or_else(|| self.back.next_back()).map(typed)
    }
}

impl<K: Key, V: Data> DoubleEndedIterator for Range<'_, K, V> {
    fn next_back(&mut self) -> Option<(K, V)> {
        let mut raw = self.back.next();
        if raw.is_none() && self.read(Order::Descending) {
            raw = self.back.next();
        }
        raw.or_else(|| self.front.next_back()).map(typed)
    }
}

impl<K: Key, V: Data> FusedIterator for Range<'_, K, V> {}

/// The whole key of the entry for `key`.
fn whole(slot: Slot, key: &impl Key) -> Vec<u8> {
    codec::copy(slot.key(key, &mut scratch()))
}

/// The least key that is larger than all that begin with `key`, if there is one.
///
/// No key of a field begins another, so it is also the least after `key` itself; and it is no longer than it.
fn after(mut key: Vec<u8>) -> Option<Vec<u8>> {
    while let Some(last) = key.pop() {
        if let Some(next) = last.checked_add(1) {
            key.push(next);
            return Some(key);
        }
    }
    None
}

/// The entry as the field's types.
fn typed<K: Key, V: Data>(raw: RawEntry) -> (K, V) {
    let key = raw.key.get(size_of::<u32>()..).unwrap_or_default();
    let mut input = Input::new(key);
    match (K::decode_key(&mut input), codec::decode(&raw.value)) {
        (Ok(key), Ok(value)) if input.is_empty() => (key, value),
        (Ok(_) | Err(Malformed), _) => trap("a stored entry has another type"),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn what_is_after_a_key_is_after_all_that_begin_with_it() {
        assert_eq!(after(vec![1, 2]), Some(vec![1, 3]));
        assert_eq!(after(vec![1, 0xff, 0xff]), Some(vec![2]));
        assert_eq!(after(vec![0xff]), None);
        assert_eq!(after(vec![]), None);
    }
}
