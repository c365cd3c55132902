//! From the trie of one height to the next: which pages change, and the new root.
//!
//! Goes down once, with the changes split by the slots that they go through, and comes back with the nodes.
//! Where there are many changes, slots are worked on by several threads; the outcome is the same.

use lockstep_abi::{Hash, Height};

use super::{
    Leaf, LeafChange, MISSING_PAGE, Page, PageId, PageTree, Pages,
    id::SLOTS,
    page::{Lone, Mask, PageWriter, Slot},
    share::share_out,
    tree::PageNode,
    undo::Undo,
};
use crate::StateError;

/// From so many changes on, a page's slots are shared out to threads. Handing over takes some microseconds, a
/// change about two.
const PARALLEL: usize = 128;

/// What is replaced in a page is told with all that it had once in so many heights, if it changes in them: whoever seeks
/// a page of long ago need not go through all heights since, because a slot of it never changed.
const WHOLE_EVERY: u64 = 1_024;

/// Down to this level, which has at most 65,536 pages, the nodes of pages that an update made stay in memory: a KiB
/// each. A changed slot there takes five hashes, and up to 31 in a page that keeps none.
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
    PageTree::default().update(pages, base, height, changes)
}

impl PageTree {
    /// As [`update`], over the trie that this has pages of, with `pages` for the others. Afterwards this has pages of the
    /// new trie.
    ///
    /// # Errors
    /// [`StateError`] if a page cannot be read. Then nothing is in memory any more.
    pub(crate) fn update(
        &mut self,
        pages: &dyn Pages,
        base: Option<Height>,
        height: Height,
        changes: &[LeafChange],
    ) -> Result<TreeUpdate, StateError> {
        debug_assert!(changes.is_sorted_by(|a, b| a.path < b.path), "changes out of order");
        let updater = Updater { pages, height };
        let Self { root, bytes } = std::mem::take(self);
        let (id, mut out) = (PageId::ROOT, Output { grown: bytes, ..Output::default() });
        let mut root = match root {
            Some(root) => root,
            None => out.take(PageNode::of(pages.page(&id)?.unwrap_or_else(|| Page::empty(Height(0))))),
        };
        if let Some((before, changed)) = updater.change(id, &mut root, changes, &mut out)? {
            // A root's page stays if it has one entry.
            let before = Some(&before).filter(|before| !before.is_empty());
            let after = Some(&root.page).filter(|after| !after.is_empty());
            out.push(height, id, before, changed, after);
        }
        let (mut pages, mut undo) = (Vec::new(), Vec::new());
        for level in out.levels {
            pages.extend(level.pages);
            undo.extend(level.undo);
        }
        let update = TreeUpdate { base, height, root: root.node(), pages, undo };
        *self = Self { root: Some(root), bytes: out.grown };
        Ok(update)
    }
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
    /// By how much what is in memory grew, in bytes.
    grown: isize,
}

#[derive(Default)]
struct Level {
    pages: Vec<(PageId, Option<Page>)>,
    undo: Vec<u8>,
}

impl Output {
    /// Notes that a page is in memory now.
    fn take(&mut self, node: PageNode) -> PageNode {
        self.grown = self.grown.saturating_add(node.own_bytes());
        node
    }

    /// Takes a page some of whose slots `height` changed.
    fn push(
        &mut self,
        height: Height,
        id: PageId,
        before: Option<&Page>,
        changed: Mask,
        after: Option<&Page>,
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
        level.pages.push((id, after.cloned()));
    }

    /// Adds what came of slots after those so far.
    fn append(&mut self, later: Self) {
        self.grown = self.grown.saturating_add(later.grown);
        if self.levels.len() < later.levels.len() {
            self.levels.resize_with(later.levels.len(), Level::default);
        }
        for (level, later) in self.levels.iter_mut().zip(later.levels) {
            level.pages.extend(later.pages);
            level.undo.extend(later.undo);
        }
    }
}

/// A slot after its changes.
struct Changed {
    slot: usize,
    old: Option<Slot>,
    new: Option<Slot>,
    /// The page below, if the slot has one that it had not.
    built: Option<PageNode>,
}

impl Updater<'_> {
    /// Makes `changes`, all of which go through the page `id`. Gives the page as it was, and which slots differ; none if
    /// nothing does.
    fn change(
        &self,
        id: PageId,
        node: &mut PageNode,
        changes: &[LeafChange],
        out: &mut Output,
    ) -> Result<Option<(Page, Mask)>, StateError> {
        let before_bytes = node.own_bytes();
        let slot_of = |change: &LeafChange| id.slot_of(&change.path);
        let groups = changes.chunk_by(|a, b| slot_of(a) == slot_of(b));
        let groups = groups.filter_map(|group| Some((slot_of(group.first()?), group)));
        let (page, mut places) = node.places(changes.iter().map(slot_of));
        let mut place_of = |slot: usize| places.get_mut(slot).and_then(Option::take);
        let mut after = PageWriter::new();
        let (mut next, mut changed, mut built) = (0, Mask::NONE, Vec::new());
        let mut put = |one: Changed| {
            if one.old != one.new {
                changed.set(one.slot);
            }
            after.copy(page, next..one.slot);
            after.push(one.slot, one.new);
            next = one.slot.saturating_add(1);
            built.extend(one.built.map(|node| (one.slot, node)));
        };
        if changes.len() < PARALLEL {
            for (slot, group) in groups {
                put(self.change_slot(&id, slot, page.slot(slot), place_of(slot), group, out)?);
            }
        } else {
            let groups = groups.map(|(slot, group)| (slot, place_of(slot), group)).collect();
            let results = share_out(groups, |(slot, place, group)| {
                let mut out = Output::default();
                if let Some(Some(node)) = &place
                    && group.len() < PARALLEL
                {
                    node.read_ahead(id.level().saturating_add(1), group.iter().map(|change| &change.path));
                }
                let one = self.change_slot(&id, slot, page.slot(slot), place, group, &mut out)?;
                Ok::<_, StateError>((one, out))
            });
            for result in results {
                let (one, later) = result?;
                put(one);
                out.append(later);
            }
        }
        after.copy(page, next..SLOTS);
        let replaced = (changed != Mask::NONE).then(|| {
            let before = node.replace(after.finish(self.height), built);
            if id.level() <= MAX_LEVEL_WITH_NODES {
                node.keep_nodes(changed);
            }
            (before, changed)
        });
        // Also if nothing changed: there may be places now.
        out.grown = out.grown.saturating_add(node.own_bytes()).saturating_sub(before_bytes);
        Ok(replaced)
    }

    /// A slot after `changes`, all of which go through it. If it is a branch, the page below is in `place`, or belongs
    /// there.
    fn change_slot(
        &self,
        parent: &PageId,
        slot: usize,
        old: Option<Slot>,
        place: Option<&mut Option<PageNode>>,
        changes: &[LeafChange],
        out: &mut Output,
    ) -> Result<Changed, StateError> {
        let (new, built) = match (old, changes) {
            (Some(Slot::Branch(_)), _) => {
                let place = place.ok_or(MISSING_PAGE)?;
                (self.change_below(parent.child(slot), old, place, changes, out)?, None)
            }
            // Most slots with a leaf are met by one change, of that very leaf.
            (None, [change]) => (change.leaf().map(Slot::Leaf), None),
            (Some(Slot::Leaf(leaf)), [change]) if leaf.path == change.path => {
                (change.leaf().map(Slot::Leaf), None)
            }
            (None, _) => self.build(parent, slot, &merge(None, changes), out),
            (Some(Slot::Leaf(leaf)), _) => self.build(parent, slot, &merge(Some(leaf), changes), out),
        };
        Ok(Changed { slot, old, new, built })
    }

    /// What stands in a branch's slot after changes of the page `id` below it, which is in `place` or belongs there: the
    /// page, unless it has one entry or none.
    fn change_below(
        &self,
        id: PageId,
        old: Option<Slot>,
        place: &mut Option<PageNode>,
        changes: &[LeafChange],
        out: &mut Output,
    ) -> Result<Option<Slot>, StateError> {
        let node = match place {
            Some(node) => node,
            None => {
                let page = self.pages.page(&id)?.ok_or(MISSING_PAGE)?;
                place.insert(out.take(PageNode::of(page)))
            }
        };
        let Some((before, changed)) = self.change(id, node, changes, out)? else { return Ok(old) };
        let gone = match node.page.lone() {
            Lone::No => {
                out.push(self.height, id, Some(&before), changed, Some(&node.page));
                return Ok(Some(Slot::Branch(node.node())));
            }
            Lone::Nothing => None,
            Lone::Leaf(leaf) => Some(leaf),
        };
        out.push(self.height, id, Some(&before), changed, None);
        out.grown = out.grown.saturating_sub(node.own_bytes());
        *place = None;
        Ok(gone)
    }

    /// What stands in a slot that only `leaves`, in order, go through. Makes the pages below.
    fn build(
        &self,
        parent: &PageId,
        slot: usize,
        leaves: &[Leaf],
        out: &mut Output,
    ) -> (Option<Slot>, Option<PageNode>) {
        match leaves {
            [] => (None, None),
            [leaf] => (Some(Slot::Leaf(*leaf)), None),
            _ => {
                let id = parent.child(slot);
                let slot_of = |leaf: &Leaf| id.slot_of(&leaf.path);
                let mut page = PageWriter::new();
                let mut built = Vec::new();
                for group in leaves.chunk_by(|a, b| slot_of(a) == slot_of(b)) {
                    let slot = group.first().map_or(0, slot_of);
                    let (content, node) = self.build(&id, slot, group, out);
                    page.push(slot, content);
                    built.extend(node.map(Some));
                }
                let node = out.take(PageNode::with_below(page.finish(self.height), built));
                out.push(self.height, id, None, Mask::NONE, Some(&node.page));
                (Some(Slot::Branch(node.node())), Some(node))
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
