//! The open store.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use lockstep_abi::Height;
use rocksdb::{DB, WriteBatch};

use super::{
    CommitBatch, Family, OpenError, RocksOptions, RocksSnapshot,
    access::{Access, handle},
    batch::assert_is_record,
    checkpoint::Checkpoints,
    commit,
    open::{Opened, open},
    progress::Progress,
    sync::Writer,
    tries::Tries,
};
use crate::{
    Changes, Order, Read, StateError, Visit,
    merkle::{LeafChange, TreeUpdate},
};

/// So many entries are removed at most before those that are in memory go to a table, whose compaction then drops them.
/// A range that meets them all steps over them in about a millisecond, and a table of so many is a megabyte.
const MAX_REMOVED_UNFLUSHED: usize = 10_000;

/// A folder with the newest state, earlier ones as far as they are kept, their tries, and a node's records. Share
/// it in an `Arc`: reads and snapshots go on while a block is committed.
///
/// Reading it directly sees each commit as soon as it is made; a query of more than one read wants a
/// [`Self::snapshot`], which also knows heights.
#[derive(Debug)]
pub struct RocksStore {
    writer: Writer,
    pub(super) tries: Arc<Tries>,
    checkpoints: Mutex<Checkpoints>,
    /// How far the store is; held while a block is committed.
    progress: Mutex<Option<Progress>>,
    /// How many entries of the state were removed since its last flush from here; changes with `progress`.
    removed: AtomicUsize,
    pub(super) db: Arc<DB>,
}

impl RocksStore {
    /// Opens the store in the folder `path`, or makes one there if the folder is missing or empty. It stays
    /// locked against every other process until this value is dropped.
    ///
    /// Blocks that were not synced when the power was cut are gone, those at the end and each as a whole. Tries that were
    /// in memory only are made anew, which takes the longer the more room they had.
    ///
    /// # Errors
    /// [`OpenError`] if it is not a folder, not a store, of another format, in use, cannot be read, has lost a
    /// block that was synced or one before others, or the root of its newest trie is not the one that was noted.
    pub fn open(path: impl AsRef<Path>, options: &RocksOptions) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let Opened { db, synced, progress } = open(path, options)?;
        let tries = Arc::new(Tries::new(options.page_cache_bytes));
        if let Some(progress) = &progress {
            let unreadable = |source| OpenError::Unreadable { path: path.to_path_buf(), source };
            tries.recover(&db, progress).map_err(unreadable)?;
        }
        let writer = Writer::new(Arc::clone(&db), synced, options.sync)
            .map_err(|source| OpenError::Io { path: path.to_path_buf(), source })?;
        let checkpoints = Mutex::new(Checkpoints::new(path));
        Ok(Self {
            writer,
            tries,
            checkpoints,
            progress: Mutex::new(progress),
            removed: AtomicUsize::new(0),
            db,
        })
    }

    /// Writes a block: if the machine stops before this returned, all of the batch is there or none of it. With
    /// [`Sync::Always`](crate::Sync::Always) all of it outlasts a power cut once this returned.
    ///
    /// # Errors
    /// [`StateError`] if the database fails, or failed to sync an earlier block. None of the batch can be seen
    /// then, but whether it is on disk is unknown until the next start: no commit succeeds any more.
    ///
    /// # Panics
    /// If the block does not follow the newest one, or its trie is not that one's or not made over the newest trie.
    pub fn commit(&self, batch: CommitBatch<'_>) -> Result<(), StateError> {
        // What it guards is replaced at the end, as a whole.
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        self.writer.check()?;
        commit::check(progress.as_ref(), &batch);
        let written = self.tries.ahead().written;
        let (writes, after) = commit::plan(&self.db, progress.as_ref(), &batch, written)?;
        // Before the block can be seen.
        if let Some(update) = &batch.tree {
            self.tries.push(Arc::clone(update));
        }
        self.writer.write(batch.height, writes)?;
        *progress = Some(after);
        self.checkpoints().begin_if_due(&self.db, self.writer.disk(), &self.tries);
        self.flush_removed(batch.changes);
        Ok(())
    }

    fn checkpoints(&self) -> MutexGuard<'_, Checkpoints> {
        self.checkpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that ranges do not step over removed entries for long; see `family.rs`.
    fn flush_removed(&self, changes: &Changes) {
        let removed = changes.iter().filter(|(_, after)| after.is_none()).count();
        let removed = self.removed.load(Ordering::Relaxed).saturating_add(removed);
        let flush = removed >= MAX_REMOVED_UNFLUSHED;
        self.removed.store(if flush { 0 } else { removed }, Ordering::Relaxed);
        if flush {
            self.writer.begin_flush(Family::State);
        }
    }

    /// The trie at `height`, which has `changes` ([`leaf_changes`](crate::merkle::leaf_changes)) over the newest committed
    /// trie and is above it. Writes nothing: that is for the batch of the next block. No other trie may be committed
    /// before it, nor meanwhile: this one might have pages of both. After one that is not committed, the next update finds
    /// no page in memory but those that are not on disk, which it first puts together: some tenths of a second.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    pub fn update_tree(&self, height: Height, changes: &[LeafChange]) -> Result<TreeUpdate, StateError> {
        // Not held during the update: its threads may be given other work, and that might commit.
        let progress = *self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let base = progress.and_then(|progress| progress.tree);
        self.tries.update(&self.db, base, height, changes)
    }

    /// The store at this instant.
    #[must_use]
    pub fn snapshot(&self) -> RocksSnapshot<'_> {
        self.tries.while_steady(|ahead| RocksSnapshot::of(&self.db, ahead))
    }

    /// How far the store is, while nobody else has it.
    pub(super) fn progress_mut(&mut self) -> &mut Option<Progress> {
        self.progress.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a record that belongs to no block, such as what is chosen at a start. It outlasts a power cut once this
    /// returned.
    ///
    /// # Errors
    /// As [`Self::commit`].
    ///
    /// # Panics
    /// As [`CommitBatch::set_record`].
    pub fn set_record(&self, family: Family, key: &[u8], value: &[u8]) -> Result<(), StateError> {
        assert_is_record(family, key);
        self.writer.check()?;
        let mut writes = WriteBatch::default();
        writes.put_cf(handle(&self.db, family)?, key, value);
        self.writer.write_aside(writes)
    }

    /// The value of a record.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    pub fn get_record(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        self.db.value(family, key)
    }
}

/// A range steps over entries that were removed, as long as no compaction has dropped them: `family.rs` says for how long.
impl Read for RocksStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        self.db.value(Family::State, key)
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StateError> {
        Ok(self.db.pinned(Family::State, key)?.is_some())
    }

    fn len(&self, key: &[u8]) -> Result<Option<usize>, StateError> {
        Ok(self.db.pinned(Family::State, key)?.map(|value| value.len()))
    }

    fn range(&self, start: &[u8], end: &[u8], order: Order, visit: &mut Visit<'_>) -> Result<(), StateError> {
        self.db.visit(Family::State, (start, end), order, visit)
    }
}

impl Drop for RocksStore {
    fn drop(&mut self) {
        self.checkpoints().wait(self.writer.disk());
        self.writer.stop();
        // Stops compactions where they are, rather than at their end, and waits until they have stopped.
        self.db.cancel_all_background_work(true);
    }
}
