//! What it costs to change an entry of a large state, as a node keeps it unless it is told otherwise: 128 states of
//! the past can be read, and each block deletes what the oldest of them had to itself.
//!
//! Of each series of blocks the last ones are measured. Those before fill the past, so that deleting is steady, and
//! have what the series before left to be compacted. A block changes about as many entries as one that is full of such
//! changes: with fewer, the trie's upper pages would be shared by fewer.

use lockstep_abi::{
    host::{HostFunction, Price},
    price::STORAGE_REPLACED_PER_BYTE,
};
use lockstep_benches::Spent;

use super::{
    ENTRIES, Edit, KEY_BYTES, LARGE_ENTRIES, LARGE_VALUE_BYTES, Node, SMALL_BYTES, VALUE_BYTES, large,
    large_key, large_value, small, small_key, small_value,
};
use crate::Row;

/// Heights behind the newest that can be read.
const PAST: u64 = 128;
/// Blocks that are measured, of each series.
const MEASURED: u64 = 40;
/// Small entries that a block changes.
const SMALL_AT_ONCE: u64 = 10_000;
const LARGE_AT_ONCE: u64 = 100;

pub(super) fn measure(node: &mut Node, report: &mut dyn FnMut(Row)) {
    let mut row = |price: &'static str, what: &str, spent: Spent| {
        report(Row { price, what: what.into(), spent });
        spent
    };
    let gas = |Price { fixed, per_byte }: Price, bytes: u64, replaced: u64| {
        (fixed + per_byte * bytes + STORAGE_REPLACED_PER_BYTE * replaced) as f64
    };
    let set = HostFunction::storage_set.price();
    let remove = HostFunction::storage_remove.price();

    let small_again = |id, round| (small_key(id), Some(small_value(id + (round + 1) * ENTRIES)));
    let [ps] = series(node, ENTRIES, SMALL_AT_ONCE, [&small_again]);
    let spent = Spent { ps, gas: gas(set, SMALL_BYTES, VALUE_BYTES) };
    let small_replaced = row("storage_set", "an entry of a large state replaced", spent);
    let [removed, added] =
        series(node, ENTRIES, SMALL_AT_ONCE, [&|id, _| (small_key(id), None), &|id, _| small(id)]);
    let spent = Spent { ps: removed, gas: gas(remove, KEY_BYTES, VALUE_BYTES) };
    let small_removed = row("storage_remove", "an entry of a large state removed", spent);
    let spent = Spent { ps: added, gas: gas(set, SMALL_BYTES, 0) };
    let small_added = row("storage_set", "an entry added to a large state", spent);

    let large_again = |id, round| (large_key(id), Some(large_value(id + (round + 1) * LARGE_ENTRIES)));
    let [again] = series(node, LARGE_ENTRIES, LARGE_AT_ONCE, [&large_again]);
    let [removed, added] =
        series(node, LARGE_ENTRIES, LARGE_AT_ONCE, [&|id, _| (large_key(id), None), &|id, _| large(id)]);
    let mut byte = |price, what, ps, gas, small: Spent| {
        let bytes = (LARGE_VALUE_BYTES - VALUE_BYTES) as f64;
        row(price, what, Spent { ps, gas }.less(small).over(bytes));
    };
    let (length, key) = (LARGE_VALUE_BYTES, KEY_BYTES);
    byte("STORAGE_REPLACED_PER_BYTE", "a byte removed", removed, gas(remove, key, length), small_removed);
    byte("storage_set", "a byte added", added, gas(set, key + length, 0), small_added);
    byte("storage_set", "a byte over another", again, gas(set, key + length, length), small_replaced);
}

/// Blocks that change `at_once` entries each, those with ids below `count` in turn, in one way after the other; gives
/// what an entry takes, by way. A way is told the id, and how often all had their turn.
fn series<const WAYS: usize>(
    node: &mut Node,
    count: u64,
    at_once: u64,
    ways: [&dyn Fn(u64, u64) -> Edit; WAYS],
) -> [f64; WAYS] {
    let (before, measured) = ((PAST + 2).div_ceil(WAYS as u64), MEASURED.div_ceil(WAYS as u64));
    let mut ps = [0.0; WAYS];
    for turn in 0..before + measured {
        for (way, ps) in ways.iter().zip(&mut ps) {
            let places = turn * at_once..(turn + 1) * at_once;
            let edits = places.map(|place| way(place % count, place / count)).collect();
            let spent = node.block(edits, PAST);
            if turn >= before {
                *ps += spent / (measured * at_once) as f64;
            }
        }
    }
    ps
}
