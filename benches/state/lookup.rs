//! Reading an entry: the store, an earlier state of it, and RocksDB by itself.
//!
//! RocksDB has the same entries alone in a database, with its own defaults but for a filter of 10 bits a key and a
//! cache of the same size. Its tables are not compressed and their indices lie beside the cache, so that it has
//! more memory than the store. The rounds of all readers are taken in turn, over the same random keys.

use std::time::Instant;

use lockstep_abi::Height;
use lockstep_state::{Read, RocksOptions};
use rocksdb::{BlockBasedOptions, Cache, DB, Options, WaitForCompactOptions, WriteBatch};
use tempfile::TempDir;

use crate::{
    Effort,
    store::{Node, PAST},
    table::{Must, Spread, Table},
    traffic::{self, Traffic},
};

/// Reads of one round.
const READS: usize = 5_000;

pub(crate) fn report(table: &mut Table, node: &Node, effort: Effort) {
    let (_folder, plain) = plain(node);
    let store = node.store();
    let snapshot = store.snapshot();
    let earlier = snapshot.at(Height(node.height().0.saturating_sub(PAST / 2))).expect("a kept height");
    let ours = |key: &[u8]| store.get(key).expect("no fault").is_some();
    let earlier = |key: &[u8]| earlier.get(key).expect("no fault").is_some();
    let plain = |key: &[u8]| plain.get(key).expect("no fault").is_some();
    let rounds = if effort == Effort::Smoke { 3 } else { 30 };

    let present = measure(rounds, &node.traffic, Traffic::present, [&ours, &plain, &earlier]);
    let absent = measure(rounds, &node.traffic, Traffic::absent, [&ours, &plain, &earlier]);
    for (name, [ours, plain, earlier]) in [("present", present), ("absent", absent)] {
        let mut add = |what: &str, unit, must, spread| {
            table.add(format!("lookup of {name} keys: {what}"), unit, must, Some(spread));
        };
        add("the newest state", "us", Must::No, ours);
        add("RocksDB by itself", "us", Must::No, plain);
        add("times RocksDB's", "times", Must::Most(2.0), Spread::one(ours.median / plain.median));
        add("a state 64 blocks before", "us", Must::No, earlier);
    }
}

type Reader<'a> = &'a dyn Fn(&[u8]) -> bool;

/// What a read of each takes, in microseconds; the first round warms up.
fn measure<const N: usize>(
    rounds: usize,
    traffic: &Traffic,
    pick: fn(&mut Traffic) -> u64,
    readers: [Reader<'_>; N],
) -> [Spread; N] {
    let mut traffic = traffic.clone();
    let mut found = [const { Vec::new() }; N];
    for _ in 0..=rounds {
        let keys: Vec<Vec<u8>> = (0..READS).map(|_| traffic::key(pick(&mut traffic))).collect();
        for (read, found) in readers.iter().zip(&mut found) {
            let start = Instant::now();
            let present = keys.iter().filter(|key| read(key)).count();
            found.push(start.elapsed().as_secs_f64() * 1e6 / READS as f64);
            assert!(present == 0 || present > READS / 2, "what is sought is where it should be");
        }
    }
    found.map(|found| Spread::of(found.into_iter().skip(1)))
}

/// The node's entries in a database of their own.
fn plain(node: &Node) -> (TempDir, DB) {
    let folder = tempfile::Builder::new().prefix("lockstep-bench-plain-").tempdir().expect("a folder");
    let mut table = BlockBasedOptions::default();
    table.set_bloom_filter(10.0, false);
    table.set_block_cache(&Cache::new_lru_cache(RocksOptions::default().cache_bytes));
    let mut options = Options::default();
    options.create_if_missing(true);
    options.set_block_based_table_factory(&table);
    let db = DB::open(&options, folder.path()).expect("a database");
    let ids: Vec<u64> = node.traffic.all().collect();
    for ids in ids.chunks(10_000) {
        let mut batch = WriteBatch::default();
        for id in ids {
            let key = traffic::key(*id);
            let value = node.store().get(&key).expect("no fault").expect("an entry");
            batch.put(key, value);
        }
        db.write(batch).expect("a write");
    }
    let mut wait = WaitForCompactOptions::default();
    wait.set_flush(true);
    db.wait_for_compact(&wait).expect("compactions");
    (folder, db)
}
