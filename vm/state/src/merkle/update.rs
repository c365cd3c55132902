//! From the trie of one height to the next: which pages change, and the new root.
//!
//! Goes down once, with the changes split by the slots that they go through, and comes back with the nodes.
//! Where there are many changes, slots are worked on by several threads; the outcome is the same.

use std::iter::repeat_n;

use lockstep_abi::{Hash, Height};
use rayon::prelude::*;

use super::{
    Leaf, LeafChange, Page, PageId, PageKey, Pages,
    id::SLOTS,
    page::{Lone, PageWriter, Slot},
};
use crate::StateError;

/// From so many changes on, a page's slots are shared out to threads. Handing over takes some microseconds, a
/// change about two.
const PARALLEL: usize = 128;

/// What a height changes in the trie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeUpdate {
    /// The height whose trie it was made over; none if over an empty one.
    pub base: Option<Height>,
    /// The height whose trie this leads to.
    pub height: Height,
    /// Its root.
    pub root: Hash,
    /// The pages that it writes, in the order of their ids; the root's is always among them.
    pub pages: Vec<(PageId, Page)>,
    /// The pages that it has no use for any more.
    pub stale: Vec<PageKey>,
}

/// The trie at `height`, which has `changes` (in the order of their paths, each path once) over the one at
/// `base`; over an empty one without a `base`. A change that removes what is not there is none.
///
/// `height` may be `base` again, for a trie that is built in pieces: the pages written then replace those of the same
/// key, and the stale ones may be removed at once.
///
/// # Errors
/// [`StateError`] if a page cannot be read.
pub fn update(
    pages: &dyn Pages,
    base: Option<Height>,
    height: Height,
    changes: &[LeafChange],
) -> Result<TreeUpdate, StateError> {
    debug_assert!(changes.is_sorted_by(|a, b| a.path < b.path), "changes out of order");
    let updater = Updater { pages, height };
    let mut out = Output::default();
    let before = match base.map(PageKey::root) {
        Some(root) => {
            // If it is of this height, the new one has its key.
            if base != Some(height) {
                out.stale.push(root);
            }
            pages.page(&root)?
        }
        None => Page::empty(),
    };
    let page = updater.change(PageId::ROOT, &before, changes, &mut out)?;
    let root = page.node();
    out.write(PageId::ROOT, page);
    let pages = out.levels.into_iter().flatten().collect();
    Ok(TreeUpdate { base, height, root, pages, stale: out.stale })
}

struct Updater<'a> {
    pages: &'a dyn Pages,
    height: Height,
}

/// What was written and is stale so far.
#[derive(Default)]
struct Output {
    /// By level. Within a level pages are met in the order of their ids, so that all are in order in the end without
    /// being sorted.
    levels: Vec<Vec<(PageId, Page)>>,
    stale: Vec<PageKey>,
}

impl Output {
    fn write(&mut self, id: PageId, page: Page) {
        let level = usize::from(id.level());
        if self.levels.len() <= level {
            self.levels.resize_with(level.saturating_add(1), Vec::new);
        }
        if let Some(pages) = self.levels.get_mut(level) {
            pages.push((id, page));
        }
    }

    /// Adds what came of slots after those so far.
    fn append(&mut self, later: Self) {
        let missing = later.levels.len().saturating_sub(self.levels.len());
        self.levels.extend(repeat_n(Vec::new(), missing));
        for (pages, later) in self.levels.iter_mut().zip(later.levels) {
            pages.extend(later);
        }
        self.stale.extend(later.stale);
    }
}

impl Updater<'_> {
    /// Page `id` after `changes`, all of which go through it.
    fn change(
        &self,
        id: PageId,
        before: &Page,
        changes: &[LeafChange],
        out: &mut Output,
    ) -> Result<Page, StateError> {
        let slot_of = |change: &LeafChange| id.slot_of(&change.path);
        let groups = changes.chunk_by(|a, b| slot_of(a) == slot_of(b));
        let groups = groups.filter_map(|group| Some((slot_of(group.first()?), group)));
        let mut page = PageWriter::new();
        let mut next = 0;
        let mut put = |slot, content| {
            page.copy(before, next..slot);
            page.push(slot, content);
            next = slot.saturating_add(1);
        };
        if changes.len() < PARALLEL {
            for (slot, group) in groups {
                put(slot, self.change_slot(&id, slot, before.slot(slot), group, out)?);
            }
        } else {
            let groups: Vec<_> = groups.collect();
            let changed = groups.into_par_iter().map(|(slot, group)| {
                let mut out = Output::default();
                let content = self.change_slot(&id, slot, before.slot(slot), group, &mut out)?;
                Ok((slot, content, out))
            });
            for (slot, content, later) in changed.collect::<Result<Vec<_>, StateError>>()? {
                put(slot, content);
                out.append(later);
            }
        }
        page.copy(before, next..SLOTS);
        Ok(page.finish())
    }

    /// What stands in a slot after `changes`, all of which go through it.
    fn change_slot(
        &self,
        parent: &PageId,
        slot: usize,
        before: Option<Slot>,
        changes: &[LeafChange],
        out: &mut Output,
    ) -> Result<Option<Slot>, StateError> {
        match (before, changes) {
            (Some(Slot::Branch { height, .. }), _) => {
                let id = parent.child(slot);
                let key = PageKey { height, id };
                let page = self.change(id, &self.pages.page(&key)?, changes, out)?;
                let after = self.place(id, page, out);
                // If the page was of this height, the new one has its key.
                if height != self.height || !matches!(after, Some(Slot::Branch { .. })) {
                    out.stale.push(key);
                }
                Ok(after)
            }
            // Most slots with a leaf are met by one change, of that very leaf.
            (None, [change]) => Ok(change.leaf().map(Slot::Leaf)),
            (Some(Slot::Leaf(leaf)), [change]) if leaf.path == change.path => {
                Ok(change.leaf().map(Slot::Leaf))
            }
            (None, _) => Ok(self.build(parent, slot, &merge(None, changes), out)),
            (Some(Slot::Leaf(leaf)), _) => Ok(self.build(parent, slot, &merge(Some(leaf), changes), out)),
        }
    }

    /// What stands in a slot that only `leaves`, in order, go through. Makes the pages below.
    fn build(&self, parent: &PageId, slot: usize, leaves: &[Leaf], out: &mut Output) -> Option<Slot> {
        match leaves {
            [] => None,
            [leaf] => Some(Slot::Leaf(*leaf)),
            _ => {
                let id = parent.child(slot);
                let slot_of = |leaf: &Leaf| id.slot_of(&leaf.path);
                let groups = leaves.chunk_by(|a, b| slot_of(a) == slot_of(b));
                let groups = groups.filter_map(|group| Some((slot_of(group.first()?), group)));
                let mut page = PageWriter::new();
                for (slot, group) in groups {
                    page.push(slot, self.build(&id, slot, group, out));
                }
                self.place(id, page.finish(), out)
            }
        }
    }

    /// What stands for a page in its parent: the page, unless it has one entry or none.
    fn place(&self, id: PageId, page: Page, out: &mut Output) -> Option<Slot> {
        match page.lone() {
            Lone::Nothing => None,
            Lone::Leaf(leaf) => Some(leaf),
            Lone::No => {
                let node = page.node();
                out.write(id, page);
                Some(Slot::Branch { node, height: self.height })
            }
        }
    }
}

/// The leaves that there are after `changes`, in order, if there was at most one before.
fn merge(before: Option<Leaf>, changes: &[LeafChange]) -> Vec<Leaf> {
    let kept = before.filter(|leaf| changes.binary_search_by_key(&leaf.path, |change| change.path).is_err());
    let mut leaves: Vec<Leaf> = changes.iter().filter_map(LeafChange::leaf).chain(kept).collect();
    leaves.sort_unstable_by_key(|leaf| leaf.path);
    leaves
}
