//! The pages of the newest trie in memory: most of what an update reads was written by the one before.
//!
//! By place, not by key: a page that replaces another takes its room too. Each is kept with its height, and found
//! only under it, so that what a commit did not replace can be old but never wrong.

use lockstep_abi::Height;
use quick_cache::{Weighter, sync::Cache};
use rocksdb::DB;

use super::{Family, access::Access};
use crate::{
    StateError,
    merkle::{MISSING_PAGE, Page, PageId, PageKey, Pages, TreeUpdate},
};

type Kept = (Height, Page);

pub(super) struct PageCache(Cache<PageId, Kept, Weight>);

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<PageId, Kept> for Weight {
    fn weight(&self, _: &PageId, (_, page): &Kept) -> u64 {
        /// A place, two counters, and an entry of the cache's index: an estimate.
        const ENTRY_BYTES: usize = 128;
        u64::try_from(page.as_bytes().len().saturating_add(ENTRY_BYTES)).unwrap_or(u64::MAX)
    }
}

impl PageCache {
    pub(super) fn new(bytes: usize) -> Self {
        /// A page of the lower levels, where most are: a few slots.
        const EXPECTED_PAGE_BYTES: usize = 512;
        let capacity = u64::try_from(bytes).unwrap_or(u64::MAX);
        Self(Cache::with_weighter(bytes / EXPECTED_PAGE_BYTES, capacity, Weight))
    }

    /// Takes what an update has written, and lets go of what it has no use for.
    pub(super) fn apply(&self, update: &TreeUpdate) {
        for key in &update.stale {
            self.0.remove_if(&key.id, |(height, _)| *height == key.height);
        }
        for (id, page) in &update.pages {
            self.0.insert(*id, (update.height, page.clone()));
        }
    }

    /// Reads from here, or else from the database, and then keeps.
    pub(super) const fn over<'a>(&'a self, db: &'a DB) -> CachedPages<'a> {
        CachedPages { cache: self, db }
    }
}

impl std::fmt::Debug for PageCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PageCache").field("pages", &self.0.len()).finish_non_exhaustive()
    }
}

pub(super) struct CachedPages<'a> {
    cache: &'a PageCache,
    db: &'a DB,
}

impl Pages for CachedPages<'_> {
    fn page(&self, key: &PageKey) -> Result<Page, StateError> {
        if let Some((height, page)) = self.cache.0.get(&key.id)
            && height == key.height
        {
            return Ok(page);
        }
        let page = read_page(self.db, key)?.ok_or(MISSING_PAGE)?;
        self.cache.0.insert(key.id, (key.height, page.clone()));
        Ok(page)
    }
}

/// A page from the database, if it is there.
pub(super) fn read_page(from: &dyn Access, key: &PageKey) -> Result<Option<Page>, StateError> {
    let bytes = from.pinned(Family::Pages, &key.to_bytes())?;
    bytes.map(|bytes| Page::from_bytes(&key.id, &bytes)).transpose()
}
