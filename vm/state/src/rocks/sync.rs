//! When a commit is on disk: at once, or when a thread comes by.
//!
//! What fails here stops the store: a block may or may not be on disk then, and nothing must be built on it.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use lockstep_abi::Height;
use rocksdb::{DB, FlushOptions, WriteBatch, WriteOptions};

use super::{
    Family, Sync,
    access::{Access, handle},
    error::failed,
    synced::Synced,
};
use crate::StateError;

/// Writes blocks, each as durably as was asked for.
#[derive(Debug)]
pub(super) struct Writer {
    disk: Arc<Disk>,
    syncer: Option<Syncer>,
}

#[derive(Debug)]
pub(super) struct Disk {
    db: Arc<DB>,
    sync: Sync,
    synced: Synced,
    /// With an interval, the newest block that was synced; held meanwhile.
    last: Mutex<Option<Height>>,
    /// What went wrong first.
    failure: OnceLock<Arc<StateError>>,
}

#[derive(Debug)]
struct Syncer {
    /// Hanging up tells the thread to end.
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Writer {
    /// # Errors
    /// If the operating system gives no thread.
    pub(super) fn new(db: Arc<DB>, synced: Synced, sync: Sync) -> std::io::Result<Self> {
        let disk = Arc::new(Disk { db, sync, synced, last: Mutex::default(), failure: OnceLock::new() });
        let syncer = match sync {
            Sync::Always => None,
            Sync::Interval(interval) => {
                let (stop, stopped) = mpsc::channel();
                let disk = Arc::clone(&disk);
                let interval = interval.max(Duration::from_millis(1));
                let work = move || disk.sync_every(interval, &stopped);
                let thread = thread::Builder::new().name("lockstep-sync".into()).spawn(work)?;
                Some(Syncer { stop, thread })
            }
        };
        Ok(Self { disk, syncer })
    }

    pub(super) const fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }

    /// Whether blocks may still be written.
    pub(super) fn check(&self) -> Result<(), StateError> {
        self.disk.failure.get().map_or(Ok(()), |failure| Err(StateError::Stopped(Arc::clone(failure))))
    }

    /// Writes the block of a height.
    pub(super) fn write(&self, height: Height, writes: WriteBatch) -> Result<(), StateError> {
        let mut options = WriteOptions::default();
        // The log is what makes a batch atomic over the families.
        options.disable_wal(false);
        options.set_sync(self.disk.sync == Sync::Always);
        self.disk.db.write_opt(writes, &options).map_err(|error| self.disk.fail(failed(error)))?;
        match self.disk.sync {
            Sync::Always => {
                // This block is on disk, whether that can be noted or not; the next one is refused.
                if let Err(error) = self.disk.set_synced(height) {
                    self.disk.fail(error);
                }
            }
            Sync::Interval(_) => {}
        }
        Ok(())
    }

    /// Writes what belongs to no block: on disk once this returned.
    pub(super) fn write_aside(&self, writes: WriteBatch) -> Result<(), StateError> {
        let mut options = WriteOptions::default();
        options.set_sync(true);
        self.disk.db.write_opt(writes, &options).map_err(|error| self.disk.fail(failed(error)))
    }

    /// Has a family's entries written from memory to a table, without waiting for it.
    pub(super) fn begin_flush(&self, family: Family) {
        let mut options = FlushOptions::default();
        options.set_wait(false);
        let db = &self.disk.db;
        let flush = |family| db.flush_cf_opt(family, &options).map_err(failed);
        // The block is committed all the same; the next one is refused.
        if let Err(error) = handle(db, family).and_then(flush) {
            self.disk.fail(error);
        }
    }

    /// Syncs a last time and ends the thread.
    pub(super) fn stop(&mut self) {
        if let Some(Syncer { stop, thread }) = self.syncer.take() {
            drop(stop);
            // It has no panics of its own, and there is nobody left to tell.
            let _: thread::Result<()> = thread.join();
        }
    }
}

impl Disk {
    /// Sees to it that all blocks so far are on disk.
    pub(super) fn sync_blocks(&self) -> Result<(), StateError> {
        match self.sync {
            Sync::Always => Ok(()),
            Sync::Interval(_) => self.sync_if_newer(),
        }
    }

    /// Syncs until told to stop, and then once more.
    fn sync_every(&self, interval: Duration, stopped: &mpsc::Receiver<()>) {
        loop {
            let end = match stopped.recv_timeout(interval) {
                Err(RecvTimeoutError::Timeout) => false,
                Ok(()) | Err(RecvTimeoutError::Disconnected) => true,
            };
            if let Err(error) = self.sync_if_newer() {
                self.fail(error);
                return;
            }
            if end {
                return;
            }
        }
    }

    /// Syncs if there is a block that was not synced.
    fn sync_if_newer(&self) -> Result<(), StateError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // Read first: what is committed during the sync may not be part of it.
        let newest = self.db.progress()?.map(|progress| progress.newest);
        if let Some(height) = newest.filter(|_| newest != *last) {
            self.db.flush_wal(true).map_err(failed)?;
            self.set_synced(height)?;
            *last = newest;
        }
        Ok(())
    }

    fn set_synced(&self, height: Height) -> Result<(), StateError> {
        self.synced.set(height).map_err(|error| StateError::Database(error.into()))
    }

    /// Whether something went wrong.
    pub(super) fn has_failed(&self) -> bool {
        self.failure.get().is_some()
    }

    /// Lets nothing be written from now on.
    pub(super) fn fail(&self, error: StateError) -> StateError {
        StateError::Stopped(Arc::clone(self.failure.get_or_init(|| Arc::new(error))))
    }
}
