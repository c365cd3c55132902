//! A store in memory: for tests, tools and simulations that end with the process.

use std::{collections::BTreeMap, ops::Bound, ops::ControlFlow};

use lockstep_abi::Hash;

use crate::{Changes, Commitment, Order, Read, StateError, Visit};

/// The newest state and its commitment. Reads never fail.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    commitment: Commitment,
}

impl MemoryStore {
    /// An empty state.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the changes of a delta over this state and brings the commitment up to date.
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
        self.commitment.update(changes);
    }

    /// The commitment to the state.
    #[must_use]
    pub const fn commitment(&self) -> &Commitment {
        &self.commitment
    }

    /// The state root.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.commitment.root()
    }
}

impl Read for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.entries.get(key).cloned())
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StateError> {
        Ok(self.entries.contains_key(key))
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
