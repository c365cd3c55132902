//! What entries are to the trie: a path, and a node that commits to path and value.

use lockstep_abi::{Hash, state::trie::EntryHasher};

use super::share::share_out;
use crate::Changes;

/// An entry of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// Where it lies.
    pub path: Hash,
    /// The hash of its value.
    pub value: Hash,
}

/// What becomes of the entry on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeafChange {
    /// Where it lies.
    pub path: Hash,
    /// The hash of its value from now on; none if it is removed.
    pub value: Option<Hash>,
}

impl Leaf {
    /// The leaf of an entry.
    #[must_use]
    pub fn of(hasher: &EntryHasher, key: &[u8], value: &[u8]) -> Self {
        Self { path: hasher.path(key), value: hasher.value(value) }
    }
}

impl LeafChange {
    pub(super) fn leaf(&self) -> Option<Leaf> {
        self.value.map(|value| Leaf { path: self.path, value })
    }
}

impl From<Leaf> for LeafChange {
    fn from(Leaf { path, value }: Leaf) -> Self {
        Self { path, value: Some(value) }
    }
}

/// The changes as the trie sees them, in the order of their paths. Hashes on all processors.
#[must_use]
pub fn leaf_changes(changes: &Changes) -> Vec<LeafChange> {
    let hasher = EntryHasher::new();
    let changes = changes.with_before();
    let of = |change: &crate::changes::Change| match &change.after {
        Some(value) => Leaf::of(&hasher, &change.key, value).into(),
        None => LeafChange { path: hasher.path(&change.key), value: None },
    };
    // A thread that is woken for a few hashes takes longer than the hashes.
    let mut leaves: Vec<LeafChange> = match changes.len() {
        0..256 => changes.iter().map(of).collect(),
        _ => {
            let parts = changes.chunks(128).collect();
            share_out(parts, |part| part.iter().map(of).collect::<Vec<_>>()).concat()
        }
    };
    leaves.sort_unstable_by_key(|leaf| leaf.path);
    leaves
}
