//! A store that takes blocks as a node's does, and what that takes.
//!
//! The order is the node's: a block is committed with the trie of the one before, and then its own trie is
//! computed. The node does the latter while it executes the next block; here nothing runs beside it but RocksDB's
//! threads. What is kept is what a node keeps that keeps all blocks: [`PAST`] states, so that each commit also
//! deletes what the oldest of them had to itself. A series begins when as many blocks of its size are behind it, and
//! when the pages of the trie that there is room for are in memory, as they are in a node that has run for a while.

use std::{
    collections::VecDeque,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use lockstep_abi::{Height, state::trie::EntryHasher};
use lockstep_benches::Started;
use lockstep_state::{
    Changes, CommitBatch, Delta, Family, MemoryStore, Read, RocksOptions, RocksStore, Sync,
    merkle::{Leaf, LeafChange, TreeUpdate, leaf_changes},
};
use tempfile::TempDir;

use crate::{
    Effort,
    disk::{Bytes, settle},
    table::Spread,
    traffic::{Entry, Traffic, key, noise},
};

/// Heights behind the newest that can be read: those of a node in the mode `full`.
pub(crate) const PAST: u64 = 128;

/// How often a store is synced that does not sync each block.
pub(crate) const INTERVAL: Duration = Duration::from_secs(1);

/// Keys that a transaction changes: a token transfer's balances, the sender's account, the proposer's.
const KEYS_PER_TX: usize = 4;
const HEADER_BYTES: usize = 200;
const TX_BYTES: usize = 300;
const RECEIPT_BYTES: usize = 200;

/// Whether a store has a trie over its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trie {
    Kept,
    /// As no node's: to tell what a trie costs.
    None,
}

/// How a series is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode {
    pub(crate) sync: Sync,
    pub(crate) pace: Pace,
}

/// How soon a block follows another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// After as long as the one before took: RocksDB's threads and the writing of tries have the machine for half of
    /// the time. In a node, blocks are executed then, on one of the processors.
    Half,
    /// At once: all of that takes place while tries are computed and blocks are committed.
    None,
}

/// A store in a folder of its own.
#[derive(Debug)]
pub(crate) struct Node {
    folder: TempDir,
    /// None while it is opened anew.
    store: Option<RocksStore>,
    /// That of the last series, since which it was not opened anew.
    sync: Option<Sync>,
    keys: u64,
    trie: Trie,
    /// That of the newest block; to be committed with the next one.
    tree: Option<Arc<TreeUpdate>>,
    next: Height,
    /// What it took to open it the last time.
    pub(crate) opening: Duration,
    /// How many keys each of the blocks changed whose history is kept.
    kept: VecDeque<u64>,
    pub(crate) traffic: Traffic,
}

/// What blocks of one size took, by changed key, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Series {
    /// Computing the trie; 0 without one.
    pub(crate) tree: Spread,
    /// Committing the block.
    pub(crate) commit: Spread,
    /// The processor time of all threads, compactions included, and making the block.
    pub(crate) processor: f64,
    /// Bytes of pages that the trie writes.
    pub(crate) page_bytes: f64,
    /// As many pages.
    pub(crate) pages: f64,
}

struct Spent {
    commit: Duration,
    tree: Duration,
    pages: usize,
    page_bytes: usize,
}

impl Node {
    /// A store with `keys` entries and no past.
    pub(crate) fn fill(keys: u64, trie: Trie) -> Self {
        let folder = tempfile::Builder::new().prefix("lockstep-bench-state-").tempdir().expect("a folder");
        let store = Some(open(&folder, Sync::Interval(INTERVAL), page_cache_bytes(keys)));
        let mut node = Self {
            folder,
            store,
            sync: None,
            keys,
            trie,
            tree: None,
            next: Height(0),
            opening: Duration::ZERO,
            kept: VecDeque::new(),
            traffic: Traffic::new(),
        };
        let nothing = MemoryStore::new();
        let at_once = (keys / 100).clamp(1_000, 50_000);
        for begin in (0..keys).step_by(at_once as usize) {
            let entries = node.traffic.fill(at_once.min(keys - begin));
            node.commit(&changes(&nothing, entries), 0);
        }
        node
    }

    pub(crate) fn store(&self) -> &RocksStore {
        self.store.as_ref().expect("an open store")
    }

    /// The newest block.
    pub(crate) fn height(&self) -> Height {
        Height(self.next.0 - 1)
    }

    /// Bytes on disk, when all is in tables and RocksDB has nothing left to do.
    pub(crate) fn settled_bytes(&mut self) -> Bytes {
        // Without room for tries in memory, all of them go to disk with the next block.
        self.open(Sync::Interval(INTERVAL), 0);
        let past = if self.kept.is_empty() { 0 } else { PAST };
        self.commit(&Changes::default(), past);
        // What is in memory and the log only goes into tables when it is opened.
        self.reopen(Sync::Interval(INTERVAL));
        settle(self.folder.path());
        self.store = None;
        let bytes = Bytes::of(self.folder.path());
        self.reopen(Sync::Interval(INTERVAL));
        bytes
    }

    /// How many changes the kept past has.
    pub(crate) fn kept_changes(&self) -> u64 {
        self.kept.iter().sum()
    }

    fn reopen(&mut self, sync: Sync) {
        self.open(sync, page_cache_bytes(self.keys));
    }

    fn open(&mut self, sync: Sync, page_cache_bytes: usize) {
        // Closed before it is opened: a folder has one store.
        self.store = None;
        let start = Instant::now();
        self.store = Some(open(&self.folder, sync, page_cache_bytes));
        self.opening = start.elapsed();
    }

    /// Commits blocks that change so many keys.
    pub(crate) fn run(&mut self, mode: Mode, changed: u64, effort: Effort) -> Series {
        let Mode { sync, pace } = mode;
        if self.sync != Some(sync) {
            self.reopen(sync);
            self.read_pages();
            self.sync = Some(sync);
        }
        // So many that a trie goes to disk several times, and flushes and compactions fall into them.
        let many = (600_000 / changed).min(400);
        let (before, measured) = match (effort, sync) {
            (Effort::Smoke, _) => (3, 20),
            (Effort::Full, Sync::Interval(_)) => (PAST + 2, many),
            // The past is there already.
            (Effort::Full, Sync::Always) => (5, 20),
        };
        for _ in 0..before {
            self.block(changed);
        }
        let start = Started::now();
        let paced = |_| {
            let began = Instant::now();
            let spent = self.block(changed);
            if pace == Pace::Half {
                thread::sleep(began.elapsed());
            }
            spent
        };
        let spent: Vec<Spent> = (0..measured).map(paced).collect();
        let processor = start.elapsed_ps() / 1e6 / (measured * changed) as f64;
        let by_key = |time: fn(&Spent) -> Duration| {
            Spread::of(spent.iter().map(|spent| time(spent).as_secs_f64() * 1e6 / changed as f64))
        };
        let mean = |of: fn(&Spent) -> usize| {
            spent.iter().map(of).sum::<usize>() as f64 / (measured * changed) as f64
        };
        Series {
            tree: by_key(|spent| spent.tree),
            commit: by_key(|spent| spent.commit),
            processor,
            page_bytes: mean(|spent| spent.page_bytes),
            pages: mean(|spent| spent.pages),
        }
    }

    /// Has every page of the trie read once, by updates that change nothing.
    fn read_pages(&mut self) {
        if self.trie == Trie::None {
            return;
        }
        // With the next block the trie of the newest state is committed.
        self.commit(&Changes::default(), PAST);
        let hasher = EntryHasher::new();
        let leaf = |id| {
            let key = key(id);
            let value = self.store().get(&key).expect("no fault").expect("an entry");
            Leaf::of(&hasher, &key, &value).into()
        };
        let mut ids = self.traffic.all();
        while !ids.is_empty() {
            let mut leaves: Vec<LeafChange> = ids.by_ref().take(100_000).map(leaf).collect();
            leaves.sort_unstable_by_key(|leaf| leaf.path);
            let update = self.store().update_tree(self.next, &leaves).expect("no fault");
            assert!(update.pages.is_empty(), "an entry is not what the trie has of it");
        }
    }

    fn block(&mut self, changed: u64) -> Spent {
        let entries = self.traffic.block(changed);
        // Reads what is replaced. In a node, execution has read that.
        let changes = changes(self.store(), entries);
        self.kept.push_back(changed);
        if self.kept.len() as u64 > PAST {
            self.kept.pop_front();
        }
        self.commit(&changes, PAST)
    }

    fn commit(&mut self, changes: &Changes, past: u64) -> Spent {
        let height = self.next;
        self.next = height.next();
        let mut batch = CommitBatch::new(height, changes);
        batch.keep_from(Height(height.0.saturating_sub(past)));
        if let Some(tree) = &self.tree {
            batch.set_tree(Arc::clone(tree));
        }
        set_records(&mut batch, height, changes.len().div_ceil(KEYS_PER_TX));
        let start = Instant::now();
        self.store().commit(batch).expect("a commit");
        let commit = start.elapsed();
        let start = Instant::now();
        if self.trie == Trie::Kept {
            let tree = self.store().update_tree(height, &leaf_changes(changes)).expect("no fault");
            self.tree = Some(Arc::new(tree));
        }
        let tree = start.elapsed();
        let changed = || self.tree.iter().flat_map(|tree| &tree.pages);
        let page_bytes =
            changed().filter_map(|(_, page)| page.as_ref()).map(|page| page.as_bytes().len()).sum();
        Spent { commit, tree, pages: changed().count(), page_bytes }
    }
}

fn open(folder: &TempDir, sync: Sync, page_cache_bytes: usize) -> RocksStore {
    RocksStore::open(folder.path(), &RocksOptions { sync, page_cache_bytes, ..RocksOptions::default() })
        .expect("a store")
}

/// What a node has for pages of the trie, or as much as all of them take where that is more.
pub(crate) fn page_cache_bytes(keys: u64) -> usize {
    /// Of which three quarters are for the newest trie: 115 bytes an entry at ten million, some 180 at a million.
    const PER_ENTRY: usize = 200;
    RocksOptions::default().page_cache_bytes.max(keys as usize * PER_ENTRY)
}

fn changes(base: &dyn Read, entries: Vec<Entry>) -> Changes {
    let mut delta = Delta::new(base);
    for (key, value) in entries {
        match value {
            Some(value) => delta.set(key, value),
            None => delta.remove(key),
        }
    }
    delta.into_changes().expect("no fault")
}

/// The records that a node writes with a block of so many transactions.
fn set_records(batch: &mut CommitBatch<'_>, height: Height, txs: usize) {
    let block = height.0.to_be_bytes();
    batch.set_record(Family::Blocks, block.to_vec(), noise::<HEADER_BYTES>(&[4, height.0]).to_vec());
    for index in 0..txs as u32 {
        let position = [&block[..], &index.to_be_bytes()].concat();
        let of = [5, height.0, u64::from(index)];
        batch.set_record(Family::Blocks, position.clone(), noise::<TX_BYTES>(&of).to_vec());
        batch.set_record(Family::Receipts, position.clone(), noise::<RECEIPT_BYTES>(&of).to_vec());
        batch.set_record(Family::TxIndex, noise::<32>(&of).to_vec(), position);
    }
}
