//! The reads that a store and a snapshot of it share.

use rocksdb::{ColumnFamily, DB, DBPinnableSlice, DBRawIteratorWithThreadMode, ReadOptions};

use super::{COMMITMENT_KEY, Family, error::failed};
use crate::{Commitment, Order, StateError, Visit};

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
        // Bounded on both sides: an iterator without bounds steps over whatever was removed beyond them.
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(start);
        options.set_iterate_upper_bound(end);
        let mut iterator = self.iterator(family, options)?;
        match order {
            Order::Ascending => iterator.seek_to_first(),
            Order::Descending => iterator.seek_to_last(),
        }
        while let Some((key, value)) = iterator.item() {
            if visit(key, value).is_break() {
                return Ok(());
            }
            match order {
                Order::Ascending => iterator.next(),
                Order::Descending => iterator.prev(),
            }
        }
        // An iterator that met damage ends like one that met its bound.
        iterator.status().map_err(failed)
    }

    fn read_commitment(&self) -> Result<Commitment, StateError> {
        match self.pinned(Family::Meta, COMMITMENT_KEY)? {
            None => Ok(Commitment::new()),
            Some(bytes) => match bytes.as_array() {
                Some(bytes) => Ok(Commitment::from_bytes(bytes)),
                None => Err(StateError::Damaged { what: "the commitment's length is wrong" }),
            },
        }
    }
}
