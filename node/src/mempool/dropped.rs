//! Remembers why transactions were dropped, so that whoever waits for one is told.

use std::collections::{HashMap, VecDeque};

use lockstep_abi::Hash;

use super::Dropped;

/// How many are remembered; 100 bytes each.
const MAX_REMEMBERED: usize = 4_096;

/// The last ones, by id.
#[derive(Debug, Default)]
pub(super) struct DroppedLog {
    order: VecDeque<Hash>,
    why: HashMap<Hash, Dropped>,
    count: u64,
}

impl DroppedLog {
    pub(super) fn get(&self, id: &Hash) -> Option<&Dropped> {
        self.why.get(id)
    }

    /// How many there were, forgotten ones included.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn push(&mut self, id: Hash, why: Dropped) {
        self.count += 1;
        // One that was dropped before keeps its place; the newer reason counts.
        if self.why.insert(id, why).is_some() {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > MAX_REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.why.remove(&oldest);
        }
    }
}
