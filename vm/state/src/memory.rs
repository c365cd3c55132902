//! A store in memory: for tests, tools and simulations that end with the process.

use std::{collections::BTreeMap, ops::Bound, ops::ControlFlow};

use lockstep_abi::{
    Hash, Height,
    state::{
        PathProof,
        trie::{EMPTY, EntryHasher},
    },
};

use crate::{
    Changes, Order, Read, StateError, Visit,
    merkle::{MemoryPages, TreeUpdate, leaf_changes, prove, update},
};

/// The newest state and the trie over it. Reads never fail.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    pages: MemoryPages,
    /// How many changes were applied, and the root after them; none before the first.
    tree: Option<(Height, Hash)>,
}

impl MemoryStore {
    /// An empty state.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the changes of a delta over this state and brings the trie up to date.
    ///
    /// # Panics
    /// If the changes were made over another state. The store is then neither the old nor the new one.
    pub fn apply(&mut self, changes: &Changes) {
        for change in changes.with_before() {
            let before = match &change.after {
                Some(value) => self.entries.insert(change.key.to_vec(), value.clone()),
                None => self.entries.remove(&*change.key),
            };
            assert_eq!(before, change.before, "changes of another state, at key {:02x?}", change.key);
        }
        let update = self.update(changes);
        self.tree = Some((update.height, update.root));
        self.pages.apply(update);
    }

    fn update(&self, changes: &Changes) -> TreeUpdate {
        let base = self.tree.map(|(height, _)| height);
        let height = base.map_or(Height(0), Height::next);
        update(&self.pages, base, height, &leaf_changes(changes)).expect(WHOLE)
    }

    /// The root that the state would have with `changes`, which are not applied.
    #[must_use]
    pub fn root_with(&self, changes: &Changes) -> Hash {
        self.update(changes).root
    }

    /// The state root.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree.map_or(EMPTY, |(_, root)| root)
    }

    /// What proves to a holder of the root what the value of a key is, or that it has none.
    #[must_use]
    pub fn prove(&self, key: &[u8]) -> PathProof {
        prove(&self.pages, &EntryHasher::new().path(key)).expect(WHOLE)
    }
}

impl Read for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.entries.get(key).cloned())
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StateError> {
        Ok(self.entries.contains_key(key))
    }

    fn len(&self, key: &[u8]) -> Result<Option<usize>, StateError> {
        Ok(self.entries.get(key).map(Vec::len))
    }

    fn range(&self, start: &[u8], end: &[u8], order: Order, visit: &mut Visit<'_>) -> Result<(), StateError> {
        if start >= end {
            return Ok(());
        }
        let mut entries = self.entries.range::<[u8], _>((Bound::Included(start), Bound::Excluded(end)));
        let mut visit = |(key, value): (&Vec<u8>, &Vec<u8>)| visit(key, value);
        // A break is the visitor's wish, not a failure.
        let _: ControlFlow<()> = match order {
            Order::Ascending => entries.try_for_each(&mut visit),
            Order::Descending => entries.rev().try_for_each(&mut visit),
        };
        Ok(())
    }
}

const WHOLE: &str = "the pages in memory are those of the newest trie";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Delta;

    fn changes(base: &dyn Read, key: &[u8], value: &[u8]) -> Changes {
        let mut delta = Delta::new(base);
        delta.set(key.to_vec(), value.to_vec());
        delta.into_changes().unwrap()
    }

    #[test]
    fn a_copy_goes_its_own_way() {
        let mut store = MemoryStore::new();
        let copy = store.clone();
        store.apply(&changes(&copy, b"a", b"1"));
        assert_eq!(copy.get(b"a").unwrap(), None);
        assert_ne!(copy.root(), store.root());
    }

    #[test]
    #[should_panic(expected = "changes of another state")]
    fn changes_made_over_another_state_are_noticed() {
        let mut store = MemoryStore::new();
        let first = changes(&store, b"a", b"1");
        let late = changes(&store, b"a", b"2");
        store.apply(&first);
        store.apply(&late);
    }
}
