//! The newest tries, which are not on disk yet, and the pages that the next one is made over.
//!
//! A trie follows from its block's changes, so that it need not be on disk as soon as they are: it stays in memory
//! until there are [`MAX_WAITING`] of them, or their pages take too much room. Then the newest one goes to disk
//! (`checkpoint.rs`): a page that many blocks changed is written once. A start makes anew what was not on disk.
//!
//! What the update of a trie reads is found by place: among the pages that are not on disk, then among those that are
//! and were used lately, then on disk. Earlier tries are not read from here; see `trie_at.rs`.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use foldhash::fast::RandomState;
use lockstep_abi::{Hash, Height, state::trie::EMPTY};
use quick_cache::{
    Weighter,
    sync::{Cache, DefaultLifecycle},
};
use rocksdb::DB;

use super::{Family, RocksSnapshot, access::Access, progress::Progress};
use crate::{
    StateError,
    merkle::{LeafChange, Page, PageId, Pages, TreeUpdate, leaf_changes, update},
};

/// So many tries wait at the most, and as many are being written: a start makes them anew, and what their blocks changed
/// is kept as long.
const MAX_WAITING: usize = 128;

/// What a page takes beside its bytes: its place thrice (in its update, among the newest pages, in the cache), and the
/// indexes over them. An estimate.
const PAGE_EXTRA_BYTES: usize = 200;

pub(super) struct Tries {
    ahead: Mutex<Ahead>,
    pages: Mutex<PagesAhead>,
    cache: PageCache,
    /// From how many bytes on the tries since the last that was written are.
    limit_bytes: usize,
}

/// Tries that are not on disk, from the oldest on; or are there by now, for readers who do not see that yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Ahead {
    pub(super) updates: Arc<[Arc<TreeUpdate>]>,
    /// The height of the trie on disk.
    pub(super) written: Option<Height>,
    /// Of how many, and of how many bytes, none is being written.
    waiting: usize,
    waiting_bytes: usize,
}

/// The pages of the newest trie that are not on disk.
#[derive(Debug, Clone, Default)]
struct PagesAhead {
    newest: Arc<PagesById>,
    /// Those that are being written; where `newest` has another one, that counts.
    frozen: Arc<PagesById>,
}

/// Pages by their places; none where there is none any more.
#[expect(
    clippy::disallowed_types,
    reason = "who writes them sorts them, and the order of a cache shows nowhere"
)]
pub(super) type PagesById = std::collections::HashMap<PageId, Option<Page>, RandomState>;

type PageCache = Cache<PageId, Page, Weight, RandomState>;

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<PageId, Page> for Weight {
    fn weight(&self, _: &PageId, page: &Page) -> u64 {
        u64::try_from(page_bytes(page)).unwrap_or(u64::MAX)
    }
}

fn page_bytes(page: &Page) -> usize {
    page.memory_bytes().saturating_add(PAGE_EXTRA_BYTES)
}

impl Tries {
    /// A quarter of `bytes` is for tries that are not on disk: half of that for those that are being written.
    pub(super) fn new(bytes: usize) -> Self {
        /// A page of the lower levels, where most are: a few slots.
        const EXPECTED_PAGE_BYTES: usize = 512;
        let limit_bytes = bytes / 8;
        let cached = bytes.saturating_sub(limit_bytes.saturating_mul(2));
        let capacity = u64::try_from(cached).unwrap_or(u64::MAX);
        let cache = PageCache::with(
            cached / EXPECTED_PAGE_BYTES,
            capacity,
            Weight,
            RandomState::default(),
            DefaultLifecycle::default(),
        );
        Self { ahead: Mutex::default(), pages: Mutex::default(), cache, limit_bytes }
    }

    /// Makes the tries anew that `progress` tells of and that are not on disk.
    ///
    /// # Errors
    /// [`StateError`] if the database fails or has lost some of what they follow from, or if the newest root is not the
    /// one that was noted.
    pub(super) fn recover(&self, db: &DB, progress: &Progress) -> Result<(), StateError> {
        const OTHER_ROOT: StateError =
            StateError::Damaged { what: "the root of the newest trie is not the one noted" };
        const TOO_NEW: StateError =
            StateError::Damaged { what: "the trie on disk is newer than the newest that is noted" };
        let written = db.written()?;
        lock(&self.ahead).written = written;
        if written > progress.tree.map(|tree| tree.height) {
            return Err(TOO_NEW);
        }
        let Some(tree) = progress.tree else { return Ok(()) };
        let snapshot = RocksSnapshot::of(db, Ahead::default());
        // If none is on disk, no block was forgotten.
        let mut next = written.map_or(progress.kept_from, Height::next);
        let mut base = written;
        while next <= tree.height {
            let changes = leaf_changes(&snapshot.changes_of(next, progress.newest)?);
            self.push(Arc::new(self.update(db, base, next, &changes)?));
            (base, next) = (Some(next), next.next());
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
        NewestPages { ahead: lock(&self.pages).clone(), cache: &self.cache, db }
    }

    /// Takes a trie over the newest one.
    pub(super) fn push(&self, update: Arc<TreeUpdate>) {
        let mut pages = lock(&self.pages);
        // Nobody else has them, unless an update is being made: then they are copied.
        Arc::make_mut(&mut pages.newest).extend(update.pages.iter().cloned());
        let bytes = update.pages.iter().map(|(_, page)| page.as_ref().map_or(PAGE_EXTRA_BYTES, page_bytes));
        let bytes = bytes.fold(update.undo.len(), usize::saturating_add);
        let mut ahead = lock(&self.ahead);
        ahead.waiting = ahead.waiting.saturating_add(1);
        ahead.waiting_bytes = ahead.waiting_bytes.saturating_add(bytes);
        ahead.updates = ahead.updates.iter().cloned().chain([update]).collect();
    }

    /// If it is time to write the newest trie, its height and the pages that are to be written. First calls `wait`, which
    /// returns when none is being written any more, and tells whether all were.
    pub(super) fn freeze_if_due(&self, wait: impl FnOnce() -> bool) -> Option<(Height, Arc<PagesById>)> {
        let due = |ahead: &Ahead| {
            ahead.waiting > 0 && (ahead.waiting_bytes >= self.limit_bytes || ahead.waiting >= MAX_WAITING)
        };
        if !due(&lock(&self.ahead)) || !wait() {
            return None;
        }
        let mut pages = lock(&self.pages);
        pages.frozen = std::mem::take(&mut pages.newest);
        let mut ahead = lock(&self.ahead);
        (ahead.waiting, ahead.waiting_bytes) = (0, 0);
        Some((ahead.updates.last()?.height, Arc::clone(&pages.frozen)))
    }

    /// Whether each trie is to be on disk before another one comes.
    pub(super) const fn have_no_room(&self) -> bool {
        self.limit_bytes == 0
    }

    /// The trie of a height is on disk, and all before it. To be called before another is frozen.
    pub(super) fn written(&self, height: Height) {
        let frozen = Arc::clone(&lock(&self.pages).frozen);
        for (id, page) in &*frozen {
            match page {
                Some(page) => self.cache.insert(*id, page.clone()),
                None => drop(self.cache.remove(id)),
            }
        }
        lock(&self.pages).frozen = Arc::default();
        let mut ahead = lock(&self.ahead);
        ahead.written = Some(height);
        let left = ahead.updates.iter().filter(|update| update.height > height).cloned().collect();
        let done = std::mem::replace(&mut ahead.updates, left);
        // Hundreds of thousands of pages, which nobody has to wait for.
        drop(ahead);
        drop(done);
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

impl fmt::Debug for Tries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tries").field("written", &self.ahead().written).finish_non_exhaustive()
    }
}

/// What is guarded is replaced or extended as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pages of the newest trie.
struct NewestPages<'a> {
    ahead: PagesAhead,
    cache: &'a PageCache,
    db: &'a DB,
}

impl Pages for NewestPages<'_> {
    fn page(&self, id: &PageId) -> Result<Option<Page>, StateError> {
        let PagesAhead { newest, frozen } = &self.ahead;
        if let Some(page) = newest.get(id).or_else(|| frozen.get(id)) {
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
