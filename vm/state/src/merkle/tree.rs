//! The pages of a trie that are in memory, each held by the one above it.
//!
//! So a page is one step away from the one above it, however many there are. `update.rs` changes them where they are;
//! `shrink.rs` lets go of those that a store has.

use std::{hint, ptr};

use lockstep_abi::Hash;

use super::{
    Page,
    id::{SLOTS, slot_of},
    nodes::Nodes,
    page::Mask,
};

/// Pages of one trie: from the root down, so that of each page all above it are here too. Which of the others there are is
/// not known here.
#[derive(Default)]
pub(crate) struct PageTree {
    /// None if it is not in memory; without a slot if the trie has no entry.
    pub(super) root: Option<PageNode>,
    /// What all of them take, about.
    pub(super) bytes: isize,
}

/// A page, and those below it.
pub(super) struct PageNode {
    pub(super) page: Page,
    nodes: Option<Box<Nodes>>,
    /// A place for each branch of the page, in order, for the page below it; or no places if none of these is in memory.
    pub(super) below: Box<[Place]>,
}

/// Where a page belongs; none if it is not in memory.
pub(super) type Place = Option<PageNode>;

impl PageNode {
    /// A page with none below it in memory.
    pub(super) fn of(page: Page) -> Self {
        Self { page, nodes: None, below: Box::default() }
    }

    /// A page with all those below it, by its branches.
    pub(super) fn with_below(page: Page, below: Vec<Place>) -> Self {
        debug_assert_eq!(page.branches().count(), below.len(), "a page for each branch");
        Self { page, nodes: None, below: below.into() }
    }

    /// The node that stands for the page.
    pub(super) fn node(&self) -> Hash {
        self.nodes.as_ref().map_or_else(|| self.page.node(), |nodes| nodes.own())
    }

    /// Reads the pages in memory that these paths go through, one level after the other: so the processor waits for many
    /// of them at once, rather than for one after the other. A fifth less for an update of a million entries.
    pub(super) fn read_ahead<'a>(&self, level: u8, paths: impl Iterator<Item = &'a Hash>) {
        let mut met: Vec<(&Self, &Hash)> = paths.map(|path| (self, path)).collect();
        let mut read = 0;
        for level in level.. {
            for (node, path) in met.chunk_by(|a, b| ptr::eq(a.0, b.0)).filter_map(<[_]>::first) {
                read ^= node.touch(slot_of(level, path));
            }
            met.retain_mut(|(node, path)| match node.child(slot_of(level, path)) {
                Some(child) => {
                    *node = child;
                    true
                }
                None => false,
            });
            if met.is_empty() {
                break;
            }
        }
        // Or else nothing need be read.
        hint::black_box(read);
    }

    /// Reads some of each of the page's cache lines, and of the nodes that a change of the slot is hashed with.
    fn touch(&self, slot: usize) -> u8 {
        const CACHE_LINE_BYTES: usize = 64;
        let lines = self.page.as_bytes().iter().step_by(CACHE_LINE_BYTES);
        lines.fold(self.nodes.as_ref().map_or(0, |nodes| nodes.touch(slot)), |read, byte| read ^ byte)
    }

    fn child(&self, slot: usize) -> Option<&Self> {
        self.below.get(self.page.branches().place_of(slot)?)?.as_ref()
    }

    /// The page, and by slot the places of those below it, if one of the slots `wanted` is a branch.
    pub(super) fn places(
        &mut self,
        mut wanted: impl Iterator<Item = usize>,
    ) -> (&Page, [Option<&mut Place>; SLOTS]) {
        let Self { page, below, .. } = self;
        let mut places = [const { None }; SLOTS];
        let branches = page.branches();
        if wanted.any(|slot| branches.has(slot)) {
            if below.is_empty() {
                *below = branches.slots().map(|_| None).collect();
            }
            for (slot, place) in branches.slots().zip(below.iter_mut()) {
                if let Some(of_slot) = places.get_mut(slot) {
                    *of_slot = Some(place);
                }
            }
        }
        (page, places)
    }

    /// Puts another page here, with those that come to be below it; gives the one that was. What is below it stays where
    /// both have a branch.
    pub(super) fn replace(&mut self, page: Page, built: Vec<(usize, Self)>) -> Page {
        let (before, after) = (self.page.branches(), page.branches());
        if before != after {
            let mut places = [const { None }; SLOTS];
            let kept = before.slots().zip(std::mem::take(&mut self.below));
            for (slot, node) in kept.chain(built.into_iter().map(|(slot, node)| (slot, Some(node)))) {
                if let Some(place) = places.get_mut(slot) {
                    *place = node;
                }
            }
            let mut place_of = |slot| places.get_mut(slot).and_then(Option::take);
            self.below = after.slots().map(&mut place_of).collect();
        }
        std::mem::replace(&mut self.page, page)
    }

    /// Keeps the page's nodes from now on; of those that it keeps already, the changed ones are others.
    pub(super) fn keep_nodes(&mut self, changed: Mask) {
        match &mut self.nodes {
            Some(nodes) => nodes.change(&self.page, changed),
            None => self.nodes = Some(Box::new(Nodes::of(&self.page))),
        }
    }

    /// What it takes in memory without those below it, about.
    pub(super) fn own_bytes(&self) -> isize {
        /// The counters of its bytes, and what an allocator rounds up.
        const EXTRA: usize = 40;
        let nodes = if self.nodes.is_some() { size_of::<Nodes>() } else { 0 };
        let places = size_of_val(&*self.below);
        let bytes = [self.page.as_bytes().len(), nodes, places, EXTRA];
        isize::try_from(bytes.into_iter().fold(0, usize::saturating_add)).unwrap_or(isize::MAX)
    }
}
