//! The open store.

use std::path::Path;

use rocksdb::{
    Cache, DB, DBPinnableSlice, DBRawIteratorWithThreadMode, Options, ReadOptions, WriteBatch, WriteOptions,
};

use super::{
    COMMITMENT_KEY, CommitBatch, Family, OpenError, RocksSnapshot,
    access::{Access, handle},
    error::failed,
    format,
};
use crate::{Commitment, Order, Read, StateError, Visit};

/// What the machine grants the store. Has no effect on what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RocksOptions {
    /// Bytes of cache, shared by all families; index and filter blocks are in it too.
    pub cache_bytes: usize,
    /// Threads for flushes and compactions.
    pub background_threads: u16,
    /// Files kept open. An operating system's usual limit is 1,024 a process, sockets included.
    pub max_open_files: u16,
}

impl Default for RocksOptions {
    fn default() -> Self {
        Self { cache_bytes: 256 << 20, background_threads: 2, max_open_files: 512 }
    }
}

/// A folder with the newest state and a node's records. Share it in an `Arc`: reads and snapshots go on
/// while a block is committed.
///
/// Reading it directly sees each commit as soon as it is made; a query of more than one read wants a
/// [`Self::snapshot`].
#[derive(Debug)]
pub struct RocksStore {
    db: DB,
}

impl RocksStore {
    /// Opens the store in the folder `path`, or makes one there if the folder is missing or empty. It stays
    /// locked against every other process until this value is dropped.
    ///
    /// # Errors
    /// [`OpenError`] if it is not a folder, not a store, of a newer format, in use, or cannot be read.
    pub fn open(path: impl AsRef<Path>, options: &RocksOptions) -> Result<Self, OpenError> {
        let path = path.as_ref();
        format::claim(path)?;
        let cache = Cache::new_lru_cache(options.cache_bytes);
        let families = Family::ALL.iter().map(|family| family.descriptor(&cache));
        DB::open_cf_descriptors(&database_options(options), path, families)
            .map(|db| Self { db })
            .map_err(|error| OpenError::of_rocks(path, error))
    }

    /// Writes a block: after this returned, all of the batch outlasts a power cut; if the machine stops
    /// before, none of it is there.
    ///
    /// # Errors
    /// [`StateError`] if the database fails; none of the batch can be seen then, but whether it is on
    /// disk is unknown until the next start.
    pub fn commit(&self, batch: CommitBatch<'_>) -> Result<(), StateError> {
        let mut writes = WriteBatch::default();
        let state = handle(&self.db, Family::State)?;
        for (key, value) in batch.changes.iter() {
            match value {
                Some(value) => writes.put_cf(state, key, value),
                None => writes.delete_cf(state, key),
            }
        }
        for (family, key, value) in &batch.records {
            writes.put_cf(handle(&self.db, *family)?, key, value);
        }
        writes.put_cf(handle(&self.db, Family::Meta)?, COMMITMENT_KEY, batch.commitment.to_bytes());
        let mut durable = WriteOptions::default();
        durable.set_sync(true);
        // The log is what makes a batch atomic over the families.
        durable.disable_wal(false);
        self.db.write_opt(writes, &durable).map_err(failed)
    }

    /// The store at this instant.
    #[must_use]
    pub fn snapshot(&self) -> RocksSnapshot<'_> {
        RocksSnapshot::of(&self.db)
    }

    /// The value of a record.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    pub fn get_record(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        self.value(family, key)
    }

    /// The commitment to the newest state; the one to an empty state if nothing was ever committed.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    pub fn commitment(&self) -> Result<Commitment, StateError> {
        self.read_commitment()
    }
}

fn database_options(granted: &RocksOptions) -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.increase_parallelism(i32::from(granted.background_threads));
    options.set_max_open_files(i32::from(granted.max_open_files));
    // A family that is seldom flushed, such as Meta, keeps every log since its last flush alive.
    options.set_max_total_wal_size(256 << 20);
    options.set_keep_log_file_num(4);
    options
}

impl Access for RocksStore {
    fn pinned(&self, family: Family, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>, StateError> {
        self.db.get_pinned_cf(handle(&self.db, family)?, key).map_err(failed)
    }

    fn iterator(
        &self,
        family: Family,
        options: ReadOptions,
    ) -> Result<DBRawIteratorWithThreadMode<'_, DB>, StateError> {
        Ok(self.db.raw_iterator_cf_opt(handle(&self.db, family)?, options))
    }
}

impl Read for RocksStore {
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

impl Drop for RocksStore {
    fn drop(&mut self) {
        // Stops compactions where they are, rather than at their end, and waits until they have stopped.
        self.db.cancel_all_background_work(true);
    }
}
