//! The state in RocksDB, where it is far larger than the caches that it is given: most blocks of data that are read
//! come from the operating system and are decompressed. Indexes and filters do fit, as in a default node they do up
//! to some ten million entries: without them each read takes a hundred times as long, and no price covers that. The
//! files are in the page cache: no device is waited for, nor has one a say in what is measured. Charged is what
//! the host function takes, fixed and by the byte.
//!
//! Reads are here; what a write costs is in `disk/write.rs`.

mod write;

use std::{hint::black_box, ops::ControlFlow, sync::Arc, thread, time::Duration};

use lockstep_abi::{Hash, Height, hash::Context, host::HostFunction, price};
use lockstep_benches::{Spent, Started};
use lockstep_state::{
    CommitBatch, Delta, Order, Read, RocksOptions, RocksStore,
    merkle::{TreeUpdate, leaf_changes},
};
use tempfile::TempDir;

use crate::Row;

/// Small entries; each has a key of 64 bytes and a value of 100.
const ENTRIES: u64 = 1_000_000;
const KEY_BYTES: u64 = 64;
const VALUE_BYTES: u64 = 100;
const SMALL_BYTES: u64 = KEY_BYTES + VALUE_BYTES;
/// Entries with the longest values that there may be.
const LARGE_ENTRIES: u64 = 2_000;
const LARGE_VALUE_BYTES: u64 = 64 << 10;

pub(crate) fn measure(report: &mut dyn FnMut(Row)) {
    let mut node = Node::filled();
    node.open(128 << 20);
    reads(&node, report);
    write::measure(&mut node, report);
}

fn reads(node: &Node, report: &mut dyn FnMut(Row)) {
    let store = &node.store;
    let point = |row: HostFunction, what: &str, bytes: u64, ps: f64| {
        let gas = (row.price().fixed + row.price().per_byte * bytes) as f64;
        Row { price: row.name(), what: what.into(), spent: Spent { ps, gas } }
    };
    let get = |offset: u64| {
        let step = |at: u64| small_key(offset + at.wrapping_mul(0x9E37_79B9_7F4A_7C15) % ENTRIES);
        least(&|at| drop(black_box(store.get(&step(at)).expect("no fault"))))
    };
    report(point(HostFunction::storage_get, "an entry of a large state", SMALL_BYTES, get(0)));
    report(point(HostFunction::storage_get, "no entry of a large state", KEY_BYTES, get(u64::MAX / 2)));

    let large = |at: u64| large_key(at % LARGE_ENTRIES);
    let per_byte = |row: HostFunction, ps: f64| {
        let spent = Spent { ps: ps / LARGE_VALUE_BYTES as f64, gas: row.price().per_byte as f64 };
        Row { price: row.name(), what: "a byte of a large value".into(), spent }
    };
    let ps = least(&|at| drop(black_box(store.get(&large(at)).expect("no fault"))));
    report(per_byte(HostFunction::storage_get, ps));
    let ps = least(&|at| _ = black_box(store.len(&large(at)).expect("no fault")));
    report(per_byte(HostFunction::storage_has, ps));

    let range = |entries: u64| {
        least(&|at| {
            let from = small_key(at.wrapping_mul(0x9E37_79B9_7F4A_7C15) % ENTRIES);
            let mut left = entries;
            let mut visit = |_: &[u8], _: &[u8]| {
                left = left.saturating_sub(1);
                if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            store.range(&from, &LARGE, Order::Ascending, &mut visit).expect("no fault");
        })
    };
    let (one, many) = (range(1), range(101));
    let price = HostFunction::storage_range.price();
    let entry = price::RANGE_PER_ENTRY + price.per_byte * SMALL_BYTES;
    let spent = Spent { ps: one, gas: (price.fixed + entry) as f64 };
    report(Row { price: "storage_range", what: "the first entry of a large state".into(), spent });
    let spent = Spent { ps: (many - one) / 100.0, gas: entry as f64 };
    report(Row { price: "RANGE_PER_ENTRY", what: "a further entry of a large state".into(), spent });
}

/// The least mean of several thousand reads.
fn least(read: &dyn Fn(u64)) -> f64 {
    const READS: u64 = 5_000;
    let run = |run: u64| {
        let start = Started::now();
        (run * READS..(run + 1) * READS).for_each(read);
        start.elapsed_ps() / READS as f64
    };
    (0..8).map(run).fold(f64::INFINITY, f64::min)
}

/// What becomes of a key.
type Edit = (Vec<u8>, Option<Vec<u8>>);

/// A node's state on disk, and the blocks that change it.
struct Node {
    folder: TempDir,
    store: RocksStore,
    /// That of the newest block, which the next one commits.
    tree: Option<Arc<TreeUpdate>>,
    next: Height,
}

impl Node {
    /// All entries, and no past.
    fn filled() -> Self {
        const AT_ONCE: u64 = 10_000;
        let folder = TempDir::new().expect("a folder");
        let store = open(&folder, 64 << 20);
        let mut node = Self { folder, store, tree: None, next: Height(0) };
        for begin in (0..ENTRIES).step_by(AT_ONCE as usize) {
            node.block((begin..begin + AT_ONCE).map(small).collect(), 0);
        }
        for begin in (0..LARGE_ENTRIES).step_by(100) {
            node.block((begin..begin + 100).map(large).collect(), 0);
        }
        node
    }

    /// Anew, with so many bytes of cache, and half as many for pages of the trie, a quarter of what they would take. Returns when RocksDB has nothing left to compact,
    /// since its threads' time counts.
    fn open(&mut self, cache_bytes: usize) {
        // Closed before it is opened: a folder has one store. What is not written to tables yet is in the log.
        let elsewhere = TempDir::new().expect("a folder");
        drop(std::mem::replace(&mut self.store, open(&elsewhere, cache_bytes)));
        self.store = open(&self.folder, cache_bytes);
        let busy = || {
            let start = Started::now();
            thread::sleep(Duration::from_millis(500));
            // Of the processor time of one thread, a hundredth.
            start.elapsed_ps() > 5e9
        };
        while busy() {}
    }

    /// What all of a block's writes cost once the contract has made them: each looks at the length of what it
    /// replaces; what they come to is found out against the state; the block is committed, with the trie of the one
    /// before, and what only the oldest of `past` heights needed is deleted; its trie is computed. Flushes and
    /// compactions that run meanwhile count.
    fn block(&mut self, edits: Vec<Edit>, past: u64) -> f64 {
        let start = Started::now();
        let mut delta = Delta::new(&self.store);
        for (key, value) in edits {
            black_box(delta.len(&key).expect("no fault"));
            match value {
                Some(value) => delta.set(key, value),
                None => delta.remove(key),
            }
        }
        let changes = delta.into_changes().expect("no fault");
        let mut batch = CommitBatch::new(self.next, &changes);
        batch.keep_from(Height(self.next.0.saturating_sub(past)));
        if let Some(tree) = &self.tree {
            batch.set_tree(Arc::clone(tree));
        }
        self.store.commit(batch).expect("a commit");
        let tree = self.store.update_tree(self.next, &leaf_changes(&changes)).expect("no fault");
        self.tree = Some(Arc::new(tree));
        self.next = self.next.next();
        start.elapsed_ps()
    }
}

fn open(folder: &TempDir, cache_bytes: usize) -> RocksStore {
    let options = RocksOptions { cache_bytes, page_cache_bytes: cache_bytes / 2, ..RocksOptions::default() };
    RocksStore::open(folder.path(), &options).expect("a store")
}

/// What the keys of large entries begin with, and those of small ones do not: they lie apart.
const LARGE: [u8; 1] = [0xFF];

fn small(id: u64) -> Edit {
    (small_key(id), Some(small_value(id)))
}

fn large(id: u64) -> Edit {
    (large_key(id), Some(large_value(id)))
}

/// What looks random and is not: where an entry lies has nothing to do with when it was written.
fn small_key(id: u64) -> Vec<u8> {
    let mut key = noise(id, KEY_BYTES);
    key[0] &= 0x7F;
    key
}

fn large_key(id: u64) -> Vec<u8> {
    [&LARGE, noise(id, KEY_BYTES - 1).as_slice()].concat()
}

/// Half of it can be compressed.
fn small_value(id: u64) -> Vec<u8> {
    let mut value = noise(!id, VALUE_BYTES / 2);
    value.resize(VALUE_BYTES as usize, 0);
    value
}

/// None of it can be compressed.
fn large_value(id: u64) -> Vec<u8> {
    noise(!id, LARGE_VALUE_BYTES)
}

fn noise(id: u64, bytes: u64) -> Vec<u8> {
    let part = |part: u64| Hash::of(Context::Code, &[id.to_le_bytes(), part.to_le_bytes()].concat()).0;
    let mut noise: Vec<u8> = (0..bytes.div_ceil(32)).flat_map(part).collect();
    noise.truncate(bytes as usize);
    noise
}
