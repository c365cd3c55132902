//! `jmt` 0.12, the Jellyfish Merkle tree of the Penumbra and Sovereign chains, on the same blocks.
//!
//! In memory, where ours is on disk: its nodes are in a hash map, those of the newest version only. That is less than
//! its own `MockTreeStore` does, which keeps all versions and all values behind a lock. Hashing keys and values is
//! measured, for both. Hashes with SHA-256, as it does by default, or with BLAKE3, as ours does.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use blake3::Hasher as Blake3;
use jmt::{
    JellyfishMerkleTree, KeyHash, OwnedValue, SimpleHasher, Version,
    storage::{LeafNode, Node, NodeKey, TreeReader},
};
use sha2::Digest;

use crate::{
    BLOCKS, Effort,
    table::Spread,
    traffic::{Entry, Traffic},
};

/// A hash that it can be used with.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// Fills a tree with so many keys, then commits blocks of each size of [`BLOCKS`].
    pub(crate) run: fn(u64, Effort) -> [Series; BLOCKS.len()],
}

pub(crate) const PEERS: [Peer; 2] =
    [Peer { name: "SHA-256", run: run::<Sha256> }, Peer { name: "BLAKE3", run: run::<Blake> }];

/// What blocks of one size took, by changed key, in microseconds.
pub(crate) struct Series {
    /// Hashing keys and values, and computing the new nodes.
    pub(crate) compute: Spread,
    /// That, and putting them into the map.
    pub(crate) whole: Spread,
}

fn run<H: SimpleHasher>(keys: u64, effort: Effort) -> [Series; BLOCKS.len()] {
    let (mut nodes, mut traffic) = (Nodes::default(), Traffic::new());
    let at_once = (keys / 100).clamp(1_000, 10_000);
    let mut versions = 0..;
    for begin in (0..keys).step_by(at_once as usize) {
        let entries = traffic.fill(at_once.min(keys - begin));
        nodes.take::<H>(entries, versions.next().unwrap_or_default());
    }
    let measured = if effort == Effort::Smoke { 3 } else { 20 };
    BLOCKS.map(|changed| {
        let by_key = |time: Duration| time.as_secs_f64() * 1e6 / changed as f64;
        let spent = versions.by_ref().take(measured).map(|version| {
            let (compute, whole) = nodes.take::<H>(traffic.block(changed), version);
            (by_key(compute), by_key(whole))
        });
        let (compute, whole): (Vec<f64>, Vec<f64>) = spent.unzip();
        Series { compute: Spread::of(compute.into_iter()), whole: Spread::of(whole.into_iter()) }
    })
}

/// The nodes of the newest version.
#[derive(Default)]
struct Nodes(HashMap<NodeKey, Node>);

impl Nodes {
    /// Gives what computing took, and what all of it did.
    fn take<H: SimpleHasher>(&mut self, entries: Vec<Entry>, version: Version) -> (Duration, Duration) {
        let start = Instant::now();
        let tree = JellyfishMerkleTree::<Self, H>::new(self);
        let hashed = entries.into_iter().map(|(key, value)| (KeyHash::with::<H>(key), value));
        let (_, update) = tree.put_value_set(hashed, version).expect("a new version");
        let compute = start.elapsed();
        for stale in update.stale_node_index_batch {
            self.0.remove(&stale.node_key);
        }
        self.0.extend(update.node_batch.nodes().iter().map(|(key, node)| (key.clone(), node.clone())));
        (compute, start.elapsed())
    }
}

impl TreeReader for Nodes {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(self.0.get(key).cloned())
    }

    fn get_value_option(&self, _: Version, _: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        unreachable!("values are not read here")
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        unreachable!("no tree is restored here")
    }
}

/// What `jmt` takes by default is an older version of the same crate, which is as fast.
struct Sha256(sha2::Sha256);

impl SimpleHasher for Sha256 {
    fn new() -> Self {
        Self(sha2::Sha256::new())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finalize(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

struct Blake(Blake3);

impl SimpleHasher for Blake {
    fn new() -> Self {
        Self(Blake3::new())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finalize(self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}
