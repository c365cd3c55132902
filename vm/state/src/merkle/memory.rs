//! Pages in memory: those of the newest trie only.

use std::collections::BTreeMap;

use lockstep_abi::Height;

use super::{MISSING_PAGE, Page, PageId, PageKey, Pages, TreeUpdate};
use crate::StateError;

/// One trie, by place.
#[derive(Debug, Clone, Default)]
pub struct MemoryPages(BTreeMap<PageId, (Height, Page)>);

impl MemoryPages {
    /// Takes what an update writes, and drops what it has no use for.
    pub fn apply(&mut self, update: TreeUpdate) {
        // First, since a page of the same place may be among the new ones.
        for key in &update.stale {
            self.0.remove(&key.id);
        }
        for (id, page) in update.pages {
            self.0.insert(id, (update.height, page));
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none, which is so until the first update.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Pages for MemoryPages {
    fn page(&self, key: &PageKey) -> Result<Page, StateError> {
        match self.0.get(&key.id) {
            Some((height, page)) if *height == key.height => Ok(page.clone()),
            Some(_) | None => Err(MISSING_PAGE),
        }
    }
}
