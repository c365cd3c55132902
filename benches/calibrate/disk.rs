//! The state in RocksDB, where it is far larger than the cache that it is given: nearly every block of data that is
//! read comes from the operating system and is decompressed. The files are in the page cache: no device is
//! waited for, nor has one a say in what is measured. Charged is what the host function takes, fixed and by the
//! byte.

use std::ops::ControlFlow;

use lockstep_abi::{Hash, hash::Context, host::HostFunction, price};
use lockstep_benches::{Spent, Started};
use lockstep_state::{CommitBatch, Delta, MemoryStore, Order, Read, RocksOptions, RocksStore};
use tempfile::TempDir;

use crate::Row;

/// Entries; each has a key of 64 bytes and a value of 100.
const ENTRIES: u64 = 1_000_000;
const BATCH: u64 = 10_000;
const VALUE_BYTES: usize = 100;

pub(crate) fn measure(report: &mut dyn FnMut(Row)) {
    let folder = TempDir::new().expect("a folder");
    let open = |cache_bytes| {
        let options = RocksOptions { cache_bytes, ..RocksOptions::default() };
        RocksStore::open(folder.path(), &options).expect("a store")
    };
    let store = open(64 << 20);
    let mut ps = 0.0;
    for batch in 0..ENTRIES / BATCH {
        let ids = batch * BATCH..(batch + 1) * BATCH;
        ps += write(&store, ids.map(|id| (key(id), value(id))));
    }
    let price = HostFunction::storage_set.price();
    let spent = Spent {
        ps: ps / ENTRIES as f64,
        gas: (price.fixed + price.per_byte * (64 + VALUE_BYTES as u64)) as f64,
    };
    report(Row { price: "storage_set", what: "a small entry committed, with the flushes".into(), spent });
    drop(store);

    let store = open(2 << 20);
    let get = |what: &str, offset: u64, bytes: usize| {
        let price = HostFunction::storage_get.price();
        let gas = (price.fixed + price.per_byte * bytes as u64) as f64;
        let step = |at: u64| key(offset + at.wrapping_mul(0x9E37_79B9_7F4A_7C15) % ENTRIES);
        let ps = least(&|at| drop(store.get(&step(at)).expect("no fault")));
        Row { price: "storage_get", what: what.into(), spent: Spent { ps, gas } }
    };
    report(get("an entry of a large state", 0, 64 + VALUE_BYTES));
    report(get("no entry of a large state", ENTRIES, 64));

    let price = HostFunction::storage_range.price();
    let range = |entries: u64| {
        least(&|at| {
            let from = key(at.wrapping_mul(0x9E37_79B9_7F4A_7C15) % ENTRIES);
            let mut left = entries;
            let mut visit = |_: &[u8], _: &[u8]| {
                left = left.saturating_sub(1);
                if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            store.range(&from, &[0xFF; 64], Order::Ascending, &mut visit).expect("no fault");
        })
    };
    let (one, many) = (range(1), range(101));
    let bytes = 64 + VALUE_BYTES as u64;
    let entry = price::RANGE_PER_ENTRY + price.per_byte * bytes;
    let spent = Spent { ps: one, gas: (price.fixed + entry) as f64 };
    report(Row { price: "storage_range", what: "the first entry of a large state".into(), spent });
    let spent = Spent { ps: (many - one) / 100.0, gas: entry as f64 };
    report(Row { price: "RANGE_PER_ENTRY", what: "a further entry of a large state".into(), spent });

    let large: u64 = 64 << 10;
    let large_key = |id: u64| key(2 * ENTRIES + id);
    let large_value =
        |id: u64| -> Vec<u8> { (0..large / 64).flat_map(|part| key(id * large + part)).collect() };
    let mut ps = 0.0;
    for batch in 0..20 {
        ps += write(&store, (batch * 100..(batch + 1) * 100).map(|id| (large_key(id), large_value(id))));
    }
    let gas = HostFunction::storage_set.price().per_byte as f64;
    let spent = Spent { ps: ps / 2_000.0 / large as f64, gas };
    report(Row { price: "storage_set", what: "a byte of a large value committed".into(), spent });
    let read = least(&|at| drop(store.get(&large_key(at % 2_000)).expect("no fault")));
    let gas = HostFunction::storage_get.price().per_byte as f64;
    let spent = Spent { ps: read / large as f64, gas };
    report(Row { price: "storage_get", what: "a byte of a large value".into(), spent });
}

/// What looks random and is not: where an entry lies has nothing to do with when it was written.
fn key(id: u64) -> Vec<u8> {
    let half = Hash::of(Context::Code, &id.to_le_bytes()).0;
    [half, half].concat()
}

/// Half of it can be compressed.
fn value(id: u64) -> Vec<u8> {
    let mut value = key(!id);
    value.resize(VALUE_BYTES, 0);
    value
}

/// Commits entries; gives what that takes.
fn write(store: &RocksStore, entries: impl Iterator<Item = (Vec<u8>, Vec<u8>)>) -> f64 {
    let empty = MemoryStore::new();
    let mut delta = Delta::new(&empty);
    entries.for_each(|(key, value)| delta.set(key, value));
    let changes = delta.into_changes().expect("no fault");
    let start = Started::now();
    store.commit(CommitBatch::new(&changes, empty.commitment())).expect("a commit");
    start.elapsed_ps()
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
