//! Pages in memory: those of the newest trie only.

use std::collections::BTreeMap;

use super::{Page, PageId, Pages, TreeUpdate};
use crate::StateError;

/// One trie, by place.
#[derive(Debug, Clone, Default)]
pub struct MemoryPages(BTreeMap<PageId, Page>);

impl MemoryPages {
    /// Takes what an update changes.
    pub fn apply(&mut self, update: TreeUpdate) {
        for (id, page) in update.pages {
            match page {
                Some(page) => self.0.insert(id, page),
                None => self.0.remove(&id),
            };
        }
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = (&PageId, &Page)> {
        self.0.iter()
    }

    #[cfg(test)]
    pub(super) fn put(&mut self, id: PageId, page: Page) {
        self.0.insert(id, page);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none, as of an empty trie.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Pages for MemoryPages {
    fn page(&self, id: &PageId) -> Result<Option<Page>, StateError> {
        Ok(self.0.get(id).cloned())
    }
}
