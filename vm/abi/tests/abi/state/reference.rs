//! The trie by its definition, and proofs read off it: slow, short, and right at a glance.

use lockstep_abi::{
    Hash, List,
    state::{
        PathProof, Terminal,
        trie::{self, EMPTY},
    },
};

/// A path, and the hash of the value there.
pub(super) type Entry = (Hash, Hash);

/// Entries in the order of the paths.
#[derive(Debug, Clone)]
pub(super) struct Trie(Vec<Entry>);

impl FromIterator<Entry> for Trie {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut entries = Vec::from_iter(entries);
        entries.sort_unstable();
        entries.dedup_by_key(|(path, _)| *path);
        Self(entries)
    }
}

impl Trie {
    pub(super) fn entries(&self) -> &[Entry] {
        &self.0
    }

    pub(super) fn root(&self) -> Hash {
        node(&self.0, 0)
    }

    /// The hash of the value at a path, if there is one.
    pub(super) fn value(&self, path: &Hash) -> Option<Hash> {
        self.0.iter().find(|(other, _)| other == path).map(|(_, value)| *value)
    }

    /// Goes down until at most one entry is left.
    pub(super) fn prove(&self, path: &Hash) -> PathProof {
        let (mut left_over, mut siblings) = (&self.0[..], Vec::new());
        while left_over.len() > 1 {
            let depth = siblings.len();
            let (left, right) = halves(left_over, depth);
            let (own, other) = if trie::bit(path, depth) { (right, left) } else { (left, right) };
            siblings.push(node(other, depth + 1));
            left_over = own;
        }
        let terminal = match *left_over {
            [] => Terminal::Empty,
            [(own, _), ..] if own == *path => Terminal::Own,
            [(path, value), ..] => Terminal::Other { path, value },
        };
        PathProof { terminal, siblings: List::try_from(siblings).unwrap() }
    }
}

/// The node of entries whose paths share their first `depth` bits.
fn node(entries: &[Entry], depth: usize) -> Hash {
    match entries {
        [] => EMPTY,
        [(path, value)] => trie::leaf(path, value),
        _ => {
            let (left, right) = halves(entries, depth);
            trie::branch(&node(left, depth + 1), &node(right, depth + 1))
        }
    }
}

/// Sorted entries by the bit that follows `depth` shared ones.
pub(super) fn halves(entries: &[Entry], depth: usize) -> (&[Entry], &[Entry]) {
    entries.split_at(entries.partition_point(|(path, _)| !trie::bit(path, depth)))
}
