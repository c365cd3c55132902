//! The nodes of a page: those of its slots, and the four levels above them.
//!
//! They are not stored. Hashing all of them takes about a microsecond; of a page whose nodes are in memory, a changed
//! slot takes five hashes.

use std::iter;

use lockstep_abi::{
    Hash,
    state::trie::{EMPTY, join},
};

use super::{
    id::SLOTS,
    page::{Mask, Page},
};

/// All nodes of a page: its own is number 1, those below `n` are `2n` and `2n + 1`, and those of the slots 16 to 31.
#[derive(Clone)]
pub(super) struct Nodes([Hash; 2 * SLOTS]);

impl Nodes {
    /// Those of a page.
    pub(super) fn of(page: &Page) -> Self {
        let mut nodes = Self([EMPTY; 2 * SLOTS]);
        nodes.change(page, Mask::ALL);
        nodes
    }

    /// Makes them those of a page of which only the changed slots are others.
    pub(super) fn change(&mut self, page: &Page, changed: Mask) {
        let Self(nodes) = self;
        for slot in changed.slots() {
            if let Some(node) = nodes.get_mut(SLOTS.saturating_add(slot)) {
                *node = page.slot(slot).map_or(EMPTY, |slot| slot.node());
            }
        }
        // A bit for each node; from the last to the first, so that what is below one is done before it.
        let mut stale = u32::from(changed.bits()).checked_shl(16).unwrap_or_default();
        for at in (1..SLOTS).rev() {
            let (left, right) = (at.saturating_mul(2), at.saturating_mul(2).saturating_add(1));
            if (stale >> left) & 0b11 != 0
                && let Some(&[left, right]) = nodes.get(left..=right)
                && let Some(node) = nodes.get_mut(at)
            {
                *node = join(&left, &right);
                stale |= 1 << at;
            }
        }
    }

    /// Reads some of each node on the way from a slot up, and beside it.
    pub(super) fn touch(&self, slot: usize) -> u8 {
        let on_the_way = iter::successors(Some(SLOTS.saturating_add(slot)), |at| (*at > 1).then_some(at / 2));
        let nodes = on_the_way.flat_map(|at| [at, at ^ 1]).filter_map(|at| self.0.get(at));
        nodes.fold(0, |read, node| read ^ node.0[0])
    }

    /// The page's own.
    pub(super) fn own(&self) -> Hash {
        self.get(0, 0)
    }

    /// The `at`th node, counted from 0, of those `depth` levels below the page's own.
    pub(super) fn get(&self, depth: usize, at: usize) -> Hash {
        let first = u32::try_from(depth).ok().and_then(|depth| 1_usize.checked_shl(depth)).unwrap_or(0);
        self.0.get(first.saturating_add(at)).copied().unwrap_or(EMPTY)
    }
}
