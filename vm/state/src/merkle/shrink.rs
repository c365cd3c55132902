//! Which pages stay in memory.
//!
//! A hand goes round over all of them (the clock algorithm, Corbató 1968), and lets go of those that no height changed
//! since the round before; each page has the height that changed it last. What is below a page was not changed after it,
//! so that a page goes with all that is below.

use lockstep_abi::Height;

use super::{
    Page, PageId,
    id::{PAGE_BITS, SLOTS},
    tree::{PageNode, PageTree, Place},
};

/// The hand steps over what is below one page of this level at a time: a 4,096th part of the trie.
const LEVEL: u8 = 3;
const STEPS: u16 = 1 << (LEVEL as usize * PAGE_BITS);

/// The hand.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sweep {
    next: u16,
    /// The newest height when this round began, and when the one before did.
    began: Option<Height>,
    began_before: Option<Height>,
}

impl PageTree {
    /// Pages from the root down: of a trie at `height`, those that are others than in some trie before it. They are in the
    /// order of their ids, and none where there is none any more.
    pub(crate) fn of(pages: &[&(PageId, Option<Page>)], height: Height) -> Self {
        let root = match find(&PageId::ROOT, pages) {
            // Not the one that the trie before had.
            Some(None) => Some(PageNode::of(Page::empty(height))),
            Some(Some(_)) | None => node_of(&PageId::ROOT, pages),
        };
        Self { bytes: root.as_ref().map_or(0, all_bytes), root }
    }

    #[cfg(test)]
    pub(super) fn counted_bytes(&self) -> isize {
        self.root.as_ref().map_or(0, all_bytes)
    }

    /// The height that changed the trie last, as far as is known; none if it has no page in memory.
    pub(crate) fn changed(&self) -> Option<Height> {
        self.root.as_ref().map(|root| root.page.height())
    }

    /// Lets pages go until what is in memory takes at most `limit_bytes`, but none that a height after `written` changed,
    /// up to which a store has them. `newest` is the trie's height.
    pub(crate) fn shrink(&mut self, limit_bytes: isize, written: Height, newest: Height, sweep: &mut Sweep) {
        if self.bytes <= limit_bytes {
            return;
        }
        for _ in 0..STEPS.saturating_mul(2) {
            let unchanged_since = *sweep.began_before.get_or_insert(newest);
            let began = *sweep.began.get_or_insert(newest);
            if let Some(part) = self.root.as_mut().and_then(|root| part(root, sweep.next)) {
                self.bytes = self.bytes.saturating_sub(let_go(part, written.min(unchanged_since)));
            }
            sweep.next = sweep.next.saturating_add(1) % STEPS;
            if sweep.next == 0 {
                (sweep.began_before, sweep.began) = (Some(began), Some(newest));
            }
            if self.bytes <= limit_bytes {
                return;
            }
        }
        // Even the pages at the top are too many.
        let Some(root) = &mut self.root else { return };
        if root.page.height() <= written {
            *self = Self::default();
        } else {
            self.bytes = self.bytes.saturating_sub(let_go(root, written));
        }
    }
}

fn find<'a>(id: &PageId, pages: &[&'a (PageId, Option<Page>)]) -> Option<&'a Option<Page>> {
    let at = pages.binary_search_by_key(&id, |(id, _)| id).ok()?;
    pages.get(at).map(|(_, page)| page)
}

fn node_of(id: &PageId, pages: &[&(PageId, Option<Page>)]) -> Place {
    let page = find(id, pages)?.clone()?;
    let below = page.branches().slots().map(|slot| node_of(&id.child(slot), pages)).collect();
    Some(PageNode::with_below(page, below))
}

/// The `number`th part of all that is below, if its page is in memory.
fn part(mut node: &mut PageNode, number: u16) -> Option<&mut PageNode> {
    for level in (0..LEVEL).rev() {
        let slot = usize::from(number >> (usize::from(level).saturating_mul(PAGE_BITS))) % SLOTS;
        let place = node.page.branches().place_of(slot)?;
        node = node.below.get_mut(place)?.as_mut()?;
    }
    Some(node)
}

/// Lets go of what is below a page and was not changed after `height`. Gives its bytes.
fn let_go(node: &mut PageNode, height: Height) -> isize {
    let (before, mut gone) = (node.own_bytes(), 0_isize);
    for place in &mut node.below {
        gone = gone.saturating_add(match place {
            Some(node) if node.page.height() <= height => place.take().as_ref().map_or(0, all_bytes),
            Some(node) => let_go(node, height),
            None => 0,
        });
    }
    if node.below.iter().all(Option::is_none) {
        node.below = Box::default();
    }
    gone.saturating_add(before).saturating_sub(node.own_bytes())
}

fn all_bytes(node: &PageNode) -> isize {
    let below = node.below.iter().flatten().map(all_bytes);
    below.fold(node.own_bytes(), isize::saturating_add)
}
