//! Proofs of entries: what a node takes to make one, what a client takes to check it, and how long it is.

use std::time::Instant;

use lockstep_abi::{Hash, Height, codec};
use lockstep_state::{Proven, RocksSnapshot};

use crate::{
    Effort,
    store::Node,
    table::{Must, Spread, Table},
    traffic,
};

/// Proofs of one round.
const PROOFS: usize = 100;

pub(crate) fn report(table: &mut Table, node: &Node, effort: Effort) {
    let snapshot = node.store().snapshot();
    let tree = snapshot.tree().expect("no fault").expect("a trie");
    let mut traffic = node.traffic.clone();
    let (mut prove_us, mut verify_us, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..if effort == Effort::Smoke { 3 } else { 30 } {
        let keys: Vec<Vec<u8>> = (0..PROOFS).map(|_| traffic::key(traffic.present())).collect();
        let start = Instant::now();
        let proofs = prove(&snapshot, tree.height, &keys);
        prove_us.push(start.elapsed().as_secs_f64() * 1e6 / PROOFS as f64);
        let start = Instant::now();
        keys.iter().zip(&proofs).for_each(|(key, proven)| verify(&tree.root, key, proven));
        verify_us.push(start.elapsed().as_secs_f64() * 1e6 / PROOFS as f64);
        bytes.extend(proofs.iter().map(|proven| codec::encode(&proven.path).len() as f64));
    }
    let mut add = |what: &str, unit, found: Vec<f64>| {
        table.add(format!("proof of an entry: {what}"), unit, Must::No, Some(Spread::of(found.into_iter())));
    };
    add("made", "us", prove_us);
    add("verified", "us", verify_us);
    add("path, without key, value and header", "bytes", bytes);
}

fn prove(snapshot: &RocksSnapshot<'_>, height: Height, keys: &[Vec<u8>]) -> Vec<Proven> {
    keys.iter().map(|key| snapshot.prove(height, key).expect("a proof")).collect()
}

fn verify(root: &Hash, key: &[u8], Proven { value, path }: &Proven) {
    path.verify(root, key, value.as_deref()).expect("a true proof");
}
