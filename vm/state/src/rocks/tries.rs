//! The newest tries, which are not on disk yet, and the pages that the next one is made over.
//!
//! A trie follows from its block's changes, so that it need not be on disk as soon as they are: it stays in memory
//! until there are [`MAX_AHEAD`] of them, or their pages take too much room. Then the newest page of each place is
//! written, in the batch of the block that comes next: one that many blocks changed is written once. After a crash
//! [`Tries::recover`] makes anew what was not on disk.
//!
//! What the update of a trie reads is found by place: among the pages that are not on disk, then among those that are
//! and were used lately, then on disk. Earlier tries are not read from here; see `trie_at.rs`.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lockstep_abi::{Hash, Height, state::trie::EMPTY};
use quick_cache::{Weighter, sync::Cache};
use rocksdb::DB;

use super::{Family, RocksSnapshot, access::Access, progress::Progress};
use crate::{
    StateError,
    merkle::{LeafChange, Page, PageId, Pages, TreeUpdate, leaf_changes, update},
};

/// So many tries are in memory only at the most: a start makes them anew, and the list of each block's changed keys is
/// kept as long.
const MAX_AHEAD: usize = 128;

/// What a page takes beside its bytes: its place thrice (in its update, among the newest pages, in the cache), and the
/// indexes over them. An estimate.
const PAGE_EXTRA_BYTES: usize = 200;

#[derive(Debug)]
pub(super) struct Tries {
    ahead: Mutex<Ahead>,
    newest: Mutex<Arc<Newest>>,
    cache: Cache<PageId, Page, Weight>,
    /// From how many bytes of [`Ahead`] on its tries are written.
    limit_bytes: usize,
}

/// Tries that are not on disk, from the oldest on; or are there by now, for readers who do not see that yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Ahead {
    pub(super) updates: Arc<[Arc<TreeUpdate>]>,
    bytes: usize,
}

/// The pages of the newest trie that are not on disk; none where there is none any more.
pub(super) type Newest = HashMap<PageId, Option<Page>>;

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<PageId, Page> for Weight {
    fn weight(&self, _: &PageId, page: &Page) -> u64 {
        u64::try_from(page_bytes(page)).unwrap_or(u64::MAX)
    }
}

fn page_bytes(page: &Page) -> usize {
    page.as_bytes().len().saturating_add(PAGE_EXTRA_BYTES)
}

impl Tries {
    /// A quarter of `bytes` is for tries that are not on disk.
    pub(super) fn new(bytes: usize) -> Self {
        /// A page of the lower levels, where most are: a few slots.
        const EXPECTED_PAGE_BYTES: usize = 512;
        let limit_bytes = bytes / 4;
        let cached = bytes.saturating_sub(limit_bytes);
        let capacity = u64::try_from(cached).unwrap_or(u64::MAX);
        let cache = Cache::with_weighter(cached / EXPECTED_PAGE_BYTES, capacity, Weight);
        Self { ahead: Mutex::default(), newest: Mutex::default(), cache, limit_bytes }
    }

    /// Makes the tries anew that `progress` tells of and that are not on disk.
    ///
    /// # Errors
    /// [`StateError`] if the database fails or has lost some of what they follow from, or if the newest root is not the
    /// one that was noted.
    pub(super) fn recover(&self, db: &DB, progress: &Progress) -> Result<(), StateError> {
        const OTHER_ROOT: StateError =
            StateError::Damaged { what: "the root of the newest trie is not the one noted" };
        let (Some(tree), Some(written)) = (progress.tree, progress.written) else { return Ok(()) };
        let snapshot = RocksSnapshot::of(db, Ahead::default());
        let mut base = written;
        while base < tree.height {
            let height = base.next();
            let changes = leaf_changes(&snapshot.changes_of(height, progress.newest)?);
            self.push(Arc::new(self.update(db, Some(base), height, &changes)?));
            base = height;
        }
        if self.root(db)? == tree.root { Ok(()) } else { Err(OTHER_ROOT) }
    }

    /// The trie of `height`, made over the newest one, which is of the height `base`.
    pub(super) fn update(
        &self,
        db: &DB,
        base: Option<Height>,
        height: Height,
        changes: &[LeafChange],
    ) -> Result<TreeUpdate, StateError> {
        update(&self.over(db), base, height, changes)
    }

    fn root(&self, db: &DB) -> Result<Hash, StateError> {
        Ok(self.over(db).page(&PageId::ROOT)?.map_or(EMPTY, |page| page.node()))
    }

    fn over<'a>(&'a self, db: &'a DB) -> NewestPages<'a> {
        NewestPages { newest: self.newest(), cache: &self.cache, db }
    }

    /// Takes a trie over the newest one.
    pub(super) fn push(&self, update: Arc<TreeUpdate>) {
        let mut newest = lock(&self.newest);
        // Nobody else has it, unless an update is being made: then it is copied.
        let pages = Arc::make_mut(&mut newest);
        for change in &update.pages {
            pages.insert(change.id, change.after.clone());
        }
        let bytes =
            update.pages.iter().map(|change| change.after.as_ref().map_or(PAGE_EXTRA_BYTES, page_bytes));
        let mut ahead = lock(&self.ahead);
        ahead.bytes = bytes.fold(ahead.bytes, usize::saturating_add);
        ahead.updates = ahead.updates.iter().cloned().chain([update]).collect();
    }

    /// Whether it is time to write them.
    pub(super) fn are_due(&self) -> bool {
        let ahead = lock(&self.ahead);
        ahead.bytes >= self.limit_bytes || ahead.updates.len() >= MAX_AHEAD
    }

    /// All of them are on disk.
    pub(super) fn written(&self) {
        *lock(&self.ahead) = Ahead::default();
        let newest = std::mem::take(&mut *lock(&self.newest));
        for (id, page) in Arc::unwrap_or_clone(newest) {
            match page {
                Some(page) => self.cache.insert(id, page),
                None => drop(self.cache.remove(&id)),
            }
        }
    }

    pub(super) fn newest(&self) -> Arc<Newest> {
        Arc::clone(&lock(&self.newest))
    }

    /// Takes a look at the database while these tries are those that it does not have, or has besides.
    pub(super) fn while_steady<T>(&self, look: impl FnOnce(Ahead) -> T) -> T {
        let ahead = lock(&self.ahead);
        look(ahead.clone())
    }

    pub(super) fn ahead(&self) -> Ahead {
        lock(&self.ahead).clone()
    }
}

/// What is guarded is replaced or extended as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pages of the newest trie.
struct NewestPages<'a> {
    newest: Arc<Newest>,
    cache: &'a Cache<PageId, Page, Weight>,
    db: &'a DB,
}

impl Pages for NewestPages<'_> {
    fn page(&self, id: &PageId) -> Result<Option<Page>, StateError> {
        if let Some(page) = self.newest.get(id) {
            return Ok(page.clone());
        }
        if let Some(page) = self.cache.get(id) {
            return Ok(Some(page));
        }
        let page = read_page(self.db, id)?;
        if let Some(page) = &page {
            self.cache.insert(*id, page.clone());
        }
        Ok(page)
    }
}

/// A page of the trie that is on disk.
pub(super) fn read_page(from: &dyn Access, id: &PageId) -> Result<Option<Page>, StateError> {
    let bytes = from.pinned(Family::Pages, &id.to_bytes())?;
    bytes.map(|bytes| Page::from_bytes(id, &bytes)).transpose()
}
