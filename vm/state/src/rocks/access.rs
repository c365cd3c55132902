//! The reads that a store and a snapshot of it share.

use lockstep_abi::Height;
use rocksdb::{ColumnFamily, DB, DBPinnableSlice, DBRawIteratorWithThreadMode, ReadOptions};

use super::{
    Family,
    error::failed,
    progress::{PROGRESS_KEY, Progress},
};
use crate::{Order, StateError, Visit};

/// Where [`Family::Pages`] keeps the height of their trie: behind all pages.
pub(super) const WRITTEN_KEY: &[u8] = b"\xFFheight";

/// The column family's handle.
pub(super) fn handle(db: &DB, family: Family) -> Result<&ColumnFamily, StateError> {
    // All were opened or created with the database.
    db.cf_handle(family.name()).ok_or(StateError::Damaged { what: "a column family is missing" })
}

/// A database at some instant.
pub(super) trait Access {
    /// The value, not copied yet.
    fn pinned(&self, family: Family, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>, StateError>;

    /// An iterator that is nowhere yet.
    fn iterator(
        &self,
        family: Family,
        options: ReadOptions,
    ) -> Result<DBRawIteratorWithThreadMode<'_, DB>, StateError>;

    fn value(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.pinned(family, key)?.map(|value| value.to_vec()))
    }

    /// At the first entry with `start <= key < end`, in the given order.
    fn cursor(
        &self,
        family: Family,
        (start, end): (&[u8], &[u8]),
        order: Order,
    ) -> Result<Cursor<'_>, StateError> {
        // Bounded on both sides: an iterator without bounds steps over whatever was removed beyond them.
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(start);
        options.set_iterate_upper_bound(end);
        let mut iterator = self.iterator(family, options)?;
        match order {
            Order::Ascending => iterator.seek_to_first(),
            Order::Descending => iterator.seek_to_last(),
        }
        Ok(Cursor { iterator, order })
    }

    fn visit(
        &self,
        family: Family,
        (start, end): (&[u8], &[u8]),
        order: Order,
        visit: &mut Visit<'_>,
    ) -> Result<(), StateError> {
        if start >= end {
            return Ok(());
        }
        let mut cursor = self.cursor(family, (start, end), order)?;
        while let Some((key, value)) = cursor.item()? {
            if visit(key, value).is_break() {
                return Ok(());
            }
            cursor.advance();
        }
        Ok(())
    }

    /// The height of the trie on disk; none before the first.
    fn written(&self) -> Result<Option<Height>, StateError> {
        const DAMAGED: StateError = StateError::Damaged { what: "the height of the trie on disk" };
        let Some(height) = self.pinned(Family::Pages, WRITTEN_KEY)? else { return Ok(None) };
        let height = (*height).try_into().map_err(|_| DAMAGED)?;
        Ok(Some(Height(u64::from_be_bytes(height))))
    }

    /// How far the store is; nowhere before the first block.
    fn progress(&self) -> Result<Option<Progress>, StateError> {
        self.pinned(Family::Meta, PROGRESS_KEY)?.map(|bytes| Progress::decode(&bytes)).transpose()
    }
}

impl Access for DB {
    fn pinned(&self, family: Family, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>, StateError> {
        self.get_pinned_cf(handle(self, family)?, key).map_err(failed)
    }

    fn iterator(
        &self,
        family: Family,
        options: ReadOptions,
    ) -> Result<DBRawIteratorWithThreadMode<'_, DB>, StateError> {
        Ok(self.raw_iterator_cf_opt(handle(self, family)?, options))
    }
}

/// A key and its value.
type Item<'a> = (&'a [u8], &'a [u8]);

/// A place among the entries of one family, within bounds.
pub(super) struct Cursor<'a> {
    iterator: DBRawIteratorWithThreadMode<'a, DB>,
    order: Order,
}

impl Cursor<'_> {
    /// The entry here; none at the end.
    pub(super) fn item(&self) -> Result<Option<Item<'_>>, StateError> {
        match self.iterator.item() {
            Some(item) => Ok(Some(item)),
            None => {
                // An iterator that met damage ends like one that met its bound.
                self.iterator.status().map_err(failed)?;
                Ok(None)
            }
        }
    }

    /// To the next entry; there must be one here.
    pub(super) fn advance(&mut self) {
        match self.order {
            Order::Ascending => self.iterator.next(),
            Order::Descending => self.iterator.prev(),
        }
    }

    /// To the first entry that is not below `key`.
    pub(super) fn seek(&mut self, key: &[u8]) {
        self.iterator.seek(key);
    }

    /// To the last entry that is not above `key`.
    pub(super) fn seek_back(&mut self, key: &[u8]) {
        self.iterator.seek_for_prev(key);
    }
}
