//! The store as it was at one instant, whatever is committed since.

use std::fmt;

use rocksdb::{DB, DBPinnableSlice, DBRawIteratorWithThreadMode, ReadOptions, Snapshot};

use super::{
    Family,
    access::{Access, handle},
    error::failed,
};
use crate::{Commitment, Order, Read, StateError, Visit};

/// All families at one instant: what a query reads while blocks are committed. Cheap to take; while it is
/// held, RocksDB keeps what it sees.
pub struct RocksSnapshot<'a> {
    db: &'a DB,
    snapshot: Snapshot<'a>,
}

impl<'a> RocksSnapshot<'a> {
    pub(super) fn of(db: &'a DB) -> Self {
        Self { db, snapshot: db.snapshot() }
    }
}

impl RocksSnapshot<'_> {
    /// The value of a record.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    pub fn get_record(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        self.value(family, key)
    }

    /// Visits a family's records as [`Read::range`] does the state's.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    pub fn range_records(
        &self,
        family: Family,
        start: &[u8],
        end: &[u8],
        order: Order,
        visit: &mut Visit<'_>,
    ) -> Result<(), StateError> {
        self.visit(family, (start, end), order, visit)
    }

    /// The commitment to the state at this instant.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    pub fn commitment(&self) -> Result<Commitment, StateError> {
        self.read_commitment()
    }
}

impl Access for RocksSnapshot<'_> {
    fn pinned(&self, family: Family, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>, StateError> {
        self.snapshot.get_pinned_cf(handle(self.db, family)?, key).map_err(failed)
    }

    fn iterator(
        &self,
        family: Family,
        options: ReadOptions,
    ) -> Result<DBRawIteratorWithThreadMode<'_, DB>, StateError> {
        Ok(self.snapshot.raw_iterator_cf_opt(handle(self.db, family)?, options))
    }
}

impl Read for RocksSnapshot<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        self.value(Family::State, key)
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StateError> {
        Ok(self.pinned(Family::State, key)?.is_some())
    }

    fn range(&self, start: &[u8], end: &[u8], order: Order, visit: &mut Visit<'_>) -> Result<(), StateError> {
        self.visit(Family::State, (start, end), order, visit)
    }
}

impl fmt::Debug for RocksSnapshot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.snapshot.sequence_number();
        f.debug_struct("RocksSnapshot").field("sequence_number", &number).finish_non_exhaustive()
    }
}
