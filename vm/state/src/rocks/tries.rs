//! The newest tries, which are not on disk yet, and the pages that the next one is made over.
//!
//! A trie follows from its block's changes, so that it need not be on disk as soon as they are: it stays in memory
//! until there are [`MAX_WAITING`] of them, or their pages take too much room. Then the newest one goes to disk
//! (`checkpoint.rs`): a page that many blocks changed is written once. A start makes anew what was not on disk.
//!
//! The pages of the newest trie that are not on disk, and those that are and were changed lately, hang together as a tree,
//! which an update changes where it is. Earlier tries are not read from here; see `trie_at.rs`.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lockstep_abi::{Hash, Height, state::trie::EMPTY};
use rocksdb::DB;

use super::{Family, RocksSnapshot, Tree, access::Access, progress::Progress};
use crate::{
    StateError,
    merkle::{LeafChange, Page, PageId, PageTree, Pages, Sweep, TreeUpdate, leaf_changes},
};

/// So many tries wait at the most, and as many are being written: a start makes them anew, and what their blocks changed
/// is kept as long.
const MAX_WAITING: usize = 128;

/// What a changed page takes beside its bytes: its place in the update, and what an allocator adds.
const PAGE_EXTRA_BYTES: usize = 100;

pub(super) struct Tries {
    ahead: Mutex<Ahead>,
    newest: Mutex<Newest>,
    /// From how many bytes on the tries since the last that was written are.
    ahead_limit_bytes: usize,
    /// How much the pages in memory of the newest trie may take.
    newest_limit_bytes: isize,
}

/// The newest trie, as far as its pages are in memory: all that are not on disk, and those that were changed
/// lately.
#[derive(Default)]
struct Newest {
    pages: PageTree,
    /// Its root; none if the pages are not those of any trie.
    root: Option<Hash>,
    sweep: Sweep,
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

impl Tries {
    /// A quarter of `bytes` is for tries that are not on disk: half of that for those that are being written.
    pub(super) fn new(bytes: usize) -> Self {
        let ahead_limit_bytes = bytes / 8;
        let newest = bytes.saturating_sub(ahead_limit_bytes.saturating_mul(2));
        Self {
            ahead: Mutex::default(),
            newest: Mutex::default(),
            ahead_limit_bytes,
            newest_limit_bytes: isize::try_from(newest).unwrap_or(isize::MAX),
        }
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
        let mut base = match written {
            Some(height) => Some(Tree { height, root: root_on_disk(db)? }),
            None => None,
        };
        while next <= tree.height {
            let changes = leaf_changes(&snapshot.changes_of(next, progress.newest)?);
            let update = self.update(db, base, next, &changes)?;
            (base, next) = (Some(Tree { height: next, root: update.root }), next.next());
            self.push(Arc::new(update));
        }
        if base.is_some_and(|base| base.root == tree.root) { Ok(()) } else { Err(OTHER_ROOT) }
    }

    /// The trie of `height`, made over the newest one that was committed, which is `base`.
    pub(super) fn update(
        &self,
        db: &DB,
        base: Option<Tree>,
        height: Height,
        changes: &[LeafChange],
    ) -> Result<TreeUpdate, StateError> {
        // Not held during the update: its threads may be given other work, and that might want it.
        let Newest { pages, root, mut sweep } = std::mem::take(&mut *lock(&self.newest));
        let ahead = self.ahead();
        // If a trie was made and not committed, the pages are its.
        let is_base =
            base.is_some_and(|base| root == Some(base.root) && pages.changed() <= Some(base.height));
        let mut pages = if is_base {
            pages
        } else {
            drop(pages);
            ahead.pages()
        };
        if let Some((base, written)) = base.zip(ahead.written) {
            pages.shrink(self.newest_limit_bytes, written, base.height, &mut sweep);
        }
        let update = pages.update(&PagesOnDisk(db), base.map(|base| base.height), height, changes)?;
        *lock(&self.newest) = Newest { pages, root: Some(update.root), sweep };
        Ok(update)
    }

    /// Takes a trie over the newest one.
    pub(super) fn push(&self, update: Arc<TreeUpdate>) {
        let bytes = update.pages.iter().map(|(_, page)| {
            page.as_ref().map_or(0, |page| page.as_bytes().len()).saturating_add(PAGE_EXTRA_BYTES)
        });
        let bytes = bytes.fold(update.undo.len(), usize::saturating_add);
        let mut ahead = lock(&self.ahead);
        ahead.waiting = ahead.waiting.saturating_add(1);
        ahead.waiting_bytes = ahead.waiting_bytes.saturating_add(bytes);
        ahead.updates = ahead.updates.iter().cloned().chain([update]).collect();
    }

    /// If it is time to write the newest trie: all that are not on disk, the newest last. First calls `wait`, which returns
    /// when none is being written any more, and tells whether all were.
    pub(super) fn take_if_due(&self, wait: impl FnOnce() -> bool) -> Option<Arc<[Arc<TreeUpdate>]>> {
        let due = |ahead: &Ahead| {
            ahead.waiting > 0
                && (ahead.waiting_bytes >= self.ahead_limit_bytes || ahead.waiting >= MAX_WAITING)
        };
        if !due(&lock(&self.ahead)) || !wait() {
            return None;
        }
        let mut ahead = lock(&self.ahead);
        (ahead.waiting, ahead.waiting_bytes) = (0, 0);
        Some(Arc::clone(&ahead.updates))
    }

    /// Whether each trie is to be on disk before another one comes.
    pub(super) const fn have_no_room(&self) -> bool {
        self.ahead_limit_bytes == 0
    }

    /// The trie of a height is on disk, and all before it.
    pub(super) fn written(&self, height: Height) {
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

impl Ahead {
    /// The pages of the newest trie that are not on disk.
    fn pages(&self) -> PageTree {
        let Some(newest) = self.updates.last() else { return PageTree::default() };
        PageTree::of(&changed_pages(&self.updates), newest.height)
    }
}

/// The pages that some tries in a row changed, each as the last of them has it, in the order of their ids.
pub(super) fn changed_pages(updates: &[Arc<TreeUpdate>]) -> Vec<&(PageId, Option<Page>)> {
    let mut pages: Vec<_> = updates.iter().rev().flat_map(|update| &update.pages).collect();
    // Stable: of those of one place the newest stays the first, which is the one that is kept.
    pages.sort_by(|(a, _), (b, _)| a.rank().cmp(&b.rank()).then_with(|| a.cmp(b)));
    pages.dedup_by_key(|(id, _)| *id);
    pages
}

/// The trie that is on disk.
pub(super) struct PagesOnDisk<'a>(pub(super) &'a DB);

impl Pages for PagesOnDisk<'_> {
    fn page(&self, id: &PageId) -> Result<Option<Page>, StateError> {
        read_page(self.0, id)
    }
}

fn root_on_disk(db: &DB) -> Result<Hash, StateError> {
    Ok(read_page(db, &PageId::ROOT)?.map_or(EMPTY, |page| page.node()))
}

/// A page of the trie that is on disk.
pub(super) fn read_page(from: &dyn Access, id: &PageId) -> Result<Option<Page>, StateError> {
    let bytes = from.pinned(Family::Pages, &id.to_bytes())?;
    bytes.map(|bytes| Page::from_bytes(id, &bytes)).transpose()
}
