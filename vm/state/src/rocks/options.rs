//! What the machine grants the store, and how the whole database is set up for it.
//!
//! What is set up for each kind of data is in `family.rs`.

use std::time::Duration;

use rocksdb::{Cache, ColumnFamilyDescriptor, DBRecoveryMode, Env, Options, WriteBufferManager};

use super::Family;

/// What the machine grants the store. Has no effect on what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RocksOptions {
    /// Bytes of cache for what RocksDB reads, shared by all families; index and filter blocks are in it too.
    pub cache_bytes: usize,
    /// Bytes of memory for pages of the newest trie: three quarters hold all of them at some 115 an entry of ten million, or
    /// 180 of a million. A quarter is for tries that are not on disk yet: the more room they have, the less is written, and
    /// the longer takes a start after a crash.
    pub page_cache_bytes: usize,
    /// Threads for flushes and compactions.
    pub background_threads: u16,
    /// Files kept open. An operating system's usual limit is 1,024 a process, sockets included.
    pub max_open_files: u16,
    /// When blocks are made to outlast a power cut.
    pub sync: Sync,
}

impl Default for RocksOptions {
    /// 512 MiB of cache, and 1 GiB for pages; each block synced.
    fn default() -> Self {
        Self {
            cache_bytes: 512 << 20,
            page_cache_bytes: 1 << 30,
            background_threads: 2,
            max_open_files: 512,
            sync: Sync::Always,
        }
    }
}

/// When blocks are made to outlast a power cut. If the process alone ends, however it does, no committed block is
/// lost either way: the operating system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// Before each commit returns.
    Always,
    /// Every so often, of 1 ms or more, and when the store is dropped. A power cut loses at most the blocks of one
    /// interval and of the time that a sync takes, those at the end, and each as a whole: the log is read up to its
    /// first damaged record.
    Interval(Duration),
}

/// Bytes of all families' unwritten data together; each alone may have several buffers.
const WRITE_BUFFERS_BYTES: usize = 384 << 20;

/// One machine's database: what every way of opening it shares.
pub(super) struct Setup {
    granted: RocksOptions,
    cache: Cache,
    buffers: WriteBufferManager,
}

impl Setup {
    pub(super) fn new(granted: &RocksOptions) -> Self {
        let cache = Cache::new_lru_cache(granted.cache_bytes);
        // Without stalling: it flushes early, and never stops writers, who have nobody to wake them if the
        // flush waits for something else.
        let buffers = WriteBufferManager::new_write_buffer_manager(WRITE_BUFFERS_BYTES, false);
        Self { granted: *granted, cache, buffers }
    }

    pub(super) fn families(&self) -> impl Iterator<Item = ColumnFamilyDescriptor> {
        Family::ALL.iter().map(|family| family.descriptor(&self.cache))
    }

    pub(super) fn database(&self, recovery: DBRecoveryMode) -> Options {
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_wal_recovery_mode(recovery);
        // A log that was synced and is missing, or shorter than it was, is damage: without this the blocks in it would
        // be left out, and those of the logs behind it applied.
        options.set_track_and_verify_wals_in_manifest(true);
        options.increase_parallelism(i32::from(self.granted.background_threads));
        // Flushes and compactions have all the time between two blocks.
        if let Ok(mut env) = Env::new() {
            env.lower_thread_pool_cpu_priority();
            env.lower_high_priority_thread_pool_cpu_priority();
            options.set_env(&env);
        }
        options.set_max_open_files(i32::from(self.granted.max_open_files));
        options.set_write_buffer_manager(&self.buffers);
        // A family that is seldom flushed, such as Meta, keeps every log since its last flush alive. Also what a
        // start has to read again.
        options.set_max_total_wal_size(256 << 20);
        // Table files go to the disk as they are written. At their end all at once, they would make the sync of a
        // block wait for them.
        options.set_bytes_per_sync(1 << 20);
        options.set_keep_log_file_num(4);
        options
    }
}
