//! What the state on disk costs: its trie a changed key, a lookup, a proof, an entry's bytes. One table.
//!
//! `cargo bench --workspace --bench state`, with `-- --keys 10000,1000000` for other sizes, or `-- --test` to see in
//! some seconds that it runs.
//!
//! Measured is what a node does with a block's net changes, through the store's own API: the trie of the block is
//! computed on all processors, and committed with the next block (`store.rs`). What of a commit is the trie's is
//! told by a second store, which takes the same blocks and has no trie. Beside it, in the same run: `jmt` in
//! memory (`peer.rs`), and RocksDB by itself (`lookup.rs`).
//!
//! A trie goes to disk beside the blocks, some blocks late: its time is in the processor time, and a block that has to
//! wait for it says so in the commit's. Memory for pages is a node's 1 GiB, or what all of them take: 2 GB at ten million.
//!
//! Excluded: executing transactions, and reading what their changes replace. Files are in the operating system's
//! page cache, as far as it has room; what waits for the device is the sync alone, which has rows of its own.
//! Times are the wall's, so that a busy machine shows: see the spread.

mod disk;
mod lookup;
mod peer;
mod proof;
mod store;
mod table;
mod traffic;

use std::{env, fs, thread};

use lockstep_state::Sync;

use peer::Peer;
use store::{INTERVAL, Mode, Node, Pace, Series, Trie};
use table::{Must, Spread, Table};

const MODES: [Mode; 3] = [
    Mode { sync: Sync::Interval(INTERVAL), pace: Pace::Half },
    Mode { sync: Sync::Interval(INTERVAL), pace: Pace::None },
    Mode { sync: Sync::Always, pace: Pace::Half },
];

/// How many keys a block changes.
const BLOCKS: [u64; 2] = [1_000, 10_000];

/// `jmt` in memory takes some gigabytes above.
const MAX_PEER_KEYS: u64 = 1_000_000;

/// The trie's computation, and its part of the commit: what a changed key may cost, in microseconds.
const TRIE_MUST: Must = Must::MostAt(&[(1_000_000, 5.0), (10_000_000, 8.0)]);

/// How a run is cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effort {
    Full,
    /// To see that it runs.
    Smoke,
}

fn main() {
    let (sizes, effort) = arguments(env::args().skip(1));
    println!("{}", machine());
    println!("stores are made in {}", env::temp_dir().display());
    let mut table = Table::new(sizes.clone());
    for keys in sizes {
        measure(keys, effort, &mut table);
    }
    println!("\n{}", table.text());
}

fn measure(keys: u64, effort: Effort, table: &mut Table) {
    let began = std::time::Instant::now();
    let progress = |what: &str| eprintln!("{keys} keys, {:4.0} s: {what}", began.elapsed().as_secs_f64());
    progress("filling a store");
    let mut node = Node::fill(keys, Trie::Kept);
    progress("settling");
    let filled = node.settled_bytes();
    progress("filling one without a trie");
    let mut without = Node::fill(keys, Trie::None);
    without.settled_bytes();
    // Mode by mode: a store is opened anew for another way of syncing, and then reads all its pages.
    let costs = MODES.map(|mode| {
        progress(&format!("{mode:?}"));
        BLOCKS.map(|changed| Cost {
            with: node.run(mode, changed, effort),
            without: without.run(mode, changed, effort),
        })
    });
    // Before the blocks that are synced one by one, and after others whose newest tries were in memory only.
    let opening = Spread::one(node.opening.as_secs_f64());
    table.add("a start, with the tries made anew that were not on disk", "s", Must::No, Some(opening));
    let [interval, at_once, always] = &costs;
    let mut ours = [0.0; BLOCKS.len()];
    for (at, (changed, ours)) in BLOCKS.into_iter().zip(&mut ours).enumerate() {
        *ours = report(table, changed, [&interval[at], &at_once[at], &always[at]]);
    }
    drop(without);
    progress("settling");
    let after = node.settled_bytes();
    disk::report(table, keys, &filled, node.kept_changes(), &after);
    progress("proofs and lookups");
    proof::report(table, &node, effort);
    lookup::report(table, &node, effort);
    drop(node);
    progress("jmt");
    for peer in peer::PEERS {
        report_peer(table, &peer, (keys <= MAX_PEER_KEYS).then(|| (peer.run)(keys, effort)), ours);
    }
    progress("done");
}

/// The same blocks in both stores.
struct Cost {
    with: Series,
    without: Series,
}

impl Cost {
    /// What a trie takes.
    fn of_trie(&self) -> f64 {
        self.with.tree.median + self.in_commit()
    }

    /// What a commit takes more with a trie.
    fn in_commit(&self) -> f64 {
        self.with.commit.median - self.without.commit.median
    }
}

/// Gives what the trie costs a changed key, in microseconds.
fn report(table: &mut Table, changed: u64, [interval, at_once, always]: [&Cost; 3]) -> f64 {
    let mut add = |what: &str, must, spread| {
        table.add(format!("{changed} keys a block: {what}"), "us/key", must, Some(spread));
    };
    let ours = at_once.of_trie();
    add("**the trie**, computed and committed", TRIE_MUST, Spread::one(ours));
    add("- computed", Must::No, at_once.with.tree);
    add("- its part of the commit", Must::No, Spread::one(at_once.in_commit()));
    let processor = at_once.with.processor - at_once.without.processor;
    add("- all threads' processor time, compactions too", Must::No, Spread::one(processor));
    add("the trie at half the pace", Must::No, Spread::one(interval.of_trie()));
    add("- computed at half the pace", Must::No, interval.with.tree);
    add("- its part of the commit at half the pace", Must::No, Spread::one(interval.in_commit()));
    add(
        "- its part of the commit at half the pace, each block synced",
        Must::No,
        Spread::one(always.in_commit()),
    );
    add("the whole commit, synced now and then", Must::No, interval.with.commit);
    add("the whole commit, each block synced", Must::No, always.with.commit);
    let mut add = |what: &str, unit, found| {
        table.add(format!("{changed} keys a block: {what}"), unit, Must::No, Some(Spread::one(found)));
    };
    add("pages that the trie changes", "pages/key", interval.with.pages);
    add("their bytes", "bytes/key", interval.with.page_bytes);
    ours
}

type PeerSeries = [peer::Series; BLOCKS.len()];

fn report_peer(table: &mut Table, peer: &Peer, theirs: Option<PeerSeries>, ours: [f64; BLOCKS.len()]) {
    let theirs = theirs.as_ref();
    for (at, (changed, ours)) in BLOCKS.into_iter().zip(ours).enumerate() {
        let theirs = theirs.map(|theirs| &theirs[at]);
        let mut add = |what: &str, unit, spread| {
            let what = format!("jmt 0.12 with {}, {changed} keys a block: {what}", peer.name);
            table.add(what, unit, Must::No, spread);
        };
        add("computed, and kept in memory", "us/key", theirs.map(|theirs| theirs.whole));
        add("- computed", "us/key", theirs.map(|theirs| theirs.compute));
        add("times ours", "times", theirs.map(|theirs| Spread::one(theirs.whole.median / ours)));
    }
}

/// # Panics
/// With the reason, if they are none that this takes.
fn arguments(mut given: impl Iterator<Item = String>) -> (Vec<u64>, Effort) {
    let mut chosen = None;
    let mut effort = Effort::Full;
    while let Some(argument) = given.next() {
        match argument.as_str() {
            // What cargo adds.
            "--bench" => {}
            "--test" => effort = Effort::Smoke,
            "--keys" => {
                let list = given.next().expect("--keys wants a list, such as 10000,1000000");
                let sizes = list.split(',').map(|size| size.parse().expect("a number of keys"));
                chosen = Some(sizes.collect::<Vec<u64>>());
            }
            other => panic!("`{other}` is neither --keys nor --test"),
        }
    }
    let sizes = chosen.unwrap_or_else(|| match effort {
        Effort::Full => vec![10_000, 1_000_000, 10_000_000],
        Effort::Smoke => vec![10_000],
    });
    let least = BLOCKS.into_iter().max().unwrap_or_default();
    assert!(sizes.iter().all(|&keys| keys >= least), "a block changes {least} keys: no fewer, please");
    (sizes, effort)
}

fn machine() -> String {
    let cores = thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    format!("{cores} processors: {}", model.unwrap_or("unknown"))
}
