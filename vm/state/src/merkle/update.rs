//! From the trie of one height to the next: which pages change, and the new root.
//!
//! Goes down once, with the changes split by the slots that they go through, and comes back with the nodes.
//! Where there are many changes, slots are worked on by several threads; the outcome is the same.

use lockstep_abi::{Hash, Height, state::trie::EMPTY};
use rayon::prelude::*;

use super::{
    Leaf, LeafChange, MISSING_PAGE, Page, PageId, Pages,
    id::SLOTS,
    page::{Lone, Mask, PageWriter, Slot},
    undo::Undo,
};
use crate::StateError;

/// From so many changes on, a page's slots are shared out to threads. Handing over takes some microseconds, a
/// change about two.
const PARALLEL: usize = 128;

/// What is replaced in a page is told with all that it had once in so many heights, if it changes in them: whoever seeks
/// a page of long ago need not go through all heights since, because a slot of it never changed.
const WHOLE_EVERY: u64 = 1_024;

/// Down to this level, which has at most 65,536 pages, the nodes of pages that an update made are kept in memory: a KiB
/// each. Takes a sixth off an update of a million entries.
const MAX_LEVEL_WITH_NODES: u8 = 4;

/// What a height changes in the trie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeUpdate {
    /// The height whose trie it was made over; none if over an empty one.
    pub base: Option<Height>,
    /// The height whose trie this leads to.
    pub height: Height,
    /// Its root.
    pub root: Hash,
    /// The pages that it changes, in the order of their ids: each as it is from now on; none if there is none any more.
    pub pages: Vec<(PageId, Option<Page>)>,
    /// What it replaces in them, in the same order, encoded: with it, a store goes back.
    pub undo: Vec<u8>,
}

/// The trie at `height`, which has `changes` (in the order of their paths, each path once) over the one that `pages`
/// have, which is of the height `base`; without a `base` that is an empty one. What changes nothing, such as removing
/// what is not there, is passed over.
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
    let id = PageId::ROOT;
    let before = pages.page(&id)?;
    let base_page = before.clone().unwrap_or_else(Page::empty);
    let page = updater.change(id, &base_page, changes, &mut out)?;
    let root = page.as_ref().map_or(&base_page, |(page, _)| page).node();
    if let Some((page, changed)) = page {
        // A root's page stays if it has one entry.
        out.push(height, id, before.as_ref(), changed, (root != EMPTY).then_some(page));
    }
    let (mut pages, mut undo) = (Vec::new(), Vec::new());
    for level in out.levels {
        pages.extend(level.pages);
        undo.extend(level.undo);
    }
    Ok(TreeUpdate { base, height, root, pages, undo })
}

impl TreeUpdate {
    /// What becomes of the page `id`, if it changes.
    #[must_use]
    pub fn page(&self, id: &PageId) -> Option<&Option<Page>> {
        let at = self.pages.binary_search_by_key(id, |(id, _)| *id).ok()?;
        self.pages.get(at).map(|(_, page)| page)
    }
}

struct Updater<'a> {
    pages: &'a dyn Pages,
    height: Height,
}

/// The pages that changed so far, by level. Within a level pages are met in the order of their ids, so that all are in
/// order in the end without being sorted.
#[derive(Default)]
struct Output {
    levels: Vec<Level>,
}

#[derive(Default)]
struct Level {
    pages: Vec<(PageId, Option<Page>)>,
    undo: Vec<u8>,
}

impl Output {
    /// Takes a page some of whose slots `height` changed.
    fn push(
        &mut self,
        height: Height,
        id: PageId,
        before: Option<&Page>,
        changed: Mask,
        after: Option<Page>,
    ) {
        let level = usize::from(id.level());
        if self.levels.len() <= level {
            self.levels.resize_with(level.saturating_add(1), Level::default);
        }
        let Some(level) = self.levels.get_mut(level) else { return };
        let window = |height: Height| height.0 / WHOLE_EVERY;
        let whole = after.is_none() || before.is_some_and(|page| window(page.height()) < window(height));
        let changed = if whole { Mask::ALL } else { changed };
        Undo::encode(&id, before, changed, &mut level.undo);
        level.pages.push((id, after));
    }

    /// Adds what came of slots after those so far.
    fn append(&mut self, later: Self) {
        if self.levels.len() < later.levels.len() {
            self.levels.resize_with(later.levels.len(), Level::default);
        }
        for (level, later) in self.levels.iter_mut().zip(later.levels) {
            level.pages.extend(later.pages);
            level.undo.extend(later.undo);
        }
    }
}

impl Updater<'_> {
    /// Page `id` after `changes`, all of which go through it, and which slots differ; none if they change nothing.
    fn change(
        &self,
        id: PageId,
        before: &Page,
        changes: &[LeafChange],
        out: &mut Output,
    ) -> Result<Option<(Page, Mask)>, StateError> {
        let slot_of = |change: &LeafChange| id.slot_of(&change.path);
        let groups = changes.chunk_by(|a, b| slot_of(a) == slot_of(b));
        let groups = groups.filter_map(|group| Some((slot_of(group.first()?), group)));
        let mut page = PageWriter::new();
        let (mut next, mut changed) = (0, Mask::NONE);
        let mut put = |slot, old, new| {
            if old != new {
                changed.set(slot);
            }
            page.copy(before, next..slot);
            page.push(slot, new);
            next = slot.saturating_add(1);
        };
        if changes.len() < PARALLEL {
            for (slot, group) in groups {
                let old = before.slot(slot);
                put(slot, old, self.change_slot(&id, slot, old, group, out)?);
            }
        } else {
            let groups: Vec<_> = groups.collect();
            let results = groups.into_par_iter().map(|(slot, group)| {
                let mut out = Output::default();
                let old = before.slot(slot);
                let new = self.change_slot(&id, slot, old, group, &mut out)?;
                Ok((slot, old, new, out))
            });
            for (slot, old, new, later) in results.collect::<Result<Vec<_>, StateError>>()? {
                put(slot, old, new);
                out.append(later);
            }
        }
        page.copy(before, next..SLOTS);
        Ok((changed != Mask::NONE).then(|| {
            let page = page.finish(self.height);
            let page =
                if id.level() <= MAX_LEVEL_WITH_NODES { page.with_nodes(before, changed) } else { page };
            (page, changed)
        }))
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
            (Some(Slot::Branch(_)), _) => {
                let id = parent.child(slot);
                let page = self.pages.page(&id)?.ok_or(MISSING_PAGE)?;
                match self.change(id, &page, changes, out)? {
                    Some((after, changed)) => Ok(self.place(id, Some(&page), changed, after, out)),
                    None => Ok(before),
                }
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
                self.place(id, None, Mask::NONE, page.finish(self.height), out)
            }
        }
    }

    /// What stands for a page in its parent: the page, unless it has one entry or none.
    fn place(
        &self,
        id: PageId,
        before: Option<&Page>,
        changed: Mask,
        page: Page,
        out: &mut Output,
    ) -> Option<Slot> {
        let (slot, after) = match page.lone() {
            Lone::Nothing => (None, None),
            Lone::Leaf(leaf) => (Some(leaf), None),
            Lone::No => (Some(Slot::Branch(page.node())), Some(page)),
        };
        if before.is_some() || after.is_some() {
            out.push(self.height, id, before, changed, after);
        }
        slot
    }
}

/// The leaves that there are after `changes`, in order, if there was at most one before.
fn merge(before: Option<Leaf>, changes: &[LeafChange]) -> Vec<Leaf> {
    let kept = before.filter(|leaf| changes.binary_search_by_key(&leaf.path, |change| change.path).is_err());
    let mut leaves: Vec<Leaf> = changes.iter().filter_map(LeafChange::leaf).chain(kept).collect();
    leaves.sort_unstable_by_key(|leaf| leaf.path);
    leaves
}
