//! What a height replaced in a page: with it, the page as it was before.
//!
//! Encoded: the page's id; the slots that changed, as a mask of 16 bits, little-endian; and unless the mask is 0, which
//! says that there was no page, the page that it was with these slots alone, as pages are stored.

use lockstep_abi::Height;

use super::{
    Page, PageChange, PageId,
    id::SLOTS,
    page::{Mask, PageWriter, Slot},
};
use crate::StateError;

const DAMAGED: StateError =
    StateError::Damaged { what: "what was replaced in a page of the Merkle trie cannot be decoded" };

/// What one height replaced in one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Undo {
    /// All of them if the page went.
    changed: Mask,
    /// With the changed slots only; none if the page came.
    before: Option<Page>,
}

impl Undo {
    /// Adds what [`Self::split_from`] reads.
    pub(crate) fn encode(change: &PageChange, bytes: &mut Vec<u8>) {
        change.id.append_to(bytes);
        let Some(before) = &change.before else {
            bytes.extend_from_slice(&Mask::default().to_bytes());
            return;
        };
        let mut changed = Mask::default();
        let mut replaced = PageWriter::new();
        let after = change.after.as_ref();
        let mut after_slots = after.into_iter().flat_map(Page::slots);
        for (at, slot) in before.slots().enumerate() {
            let new = after_slots.next().flatten();
            if after.is_none() || slot != new {
                changed.set(at);
                replaced.push(at, slot);
            }
        }
        bytes.extend_from_slice(&changed.to_bytes());
        bytes.extend_from_slice(replaced.finish(before.height()).as_bytes());
    }

    /// Reads what [`Self::encode`] gave from the start of `bytes`: which page, what was replaced, and what is left of
    /// the bytes.
    pub(crate) fn split_from(bytes: &[u8]) -> Result<(PageId, Self, &[u8]), StateError> {
        let (id, bytes) = PageId::split_from(bytes).ok_or(DAMAGED)?;
        let (changed, bytes) = bytes.split_first_chunk().ok_or(DAMAGED)?;
        let changed = Mask::from_bytes(*changed);
        if changed == Mask::default() {
            return Ok((id, Self { changed, before: None }, bytes));
        }
        let (before, bytes) = Page::split_from(bytes).ok_or(DAMAGED)?;
        let within = before.slots().enumerate().all(|(at, slot)| slot.is_none() || changed.has(at));
        if within { Ok((id, Self { changed, before: Some(before) }, bytes)) } else { Err(DAMAGED) }
    }

    /// The page before the height, if this is what it was after it.
    pub(crate) fn page_before(&self, after: Option<&Page>) -> Option<Page> {
        let before = self.before.as_ref()?;
        let mut page = PageWriter::new();
        for slot in 0..SLOTS {
            let content = if self.changed.has(slot) { before } else { after? };
            page.push(slot, content.slot(slot));
        }
        Some(page.finish(before.height()))
    }
}

/// A page as it was at some height, found from what the heights above replaced in it.
#[derive(Debug)]
pub(crate) struct Rewound {
    known: Mask,
    slots: [Option<Slot>; SLOTS],
}

impl Rewound {
    /// Nothing is known of it yet.
    pub(crate) const fn new() -> Self {
        Self { known: Mask::NONE, slots: [None; SLOTS] }
    }

    /// Takes what the next height replaced that changed the page: from the oldest up. Gives the page as soon as all of
    /// it is known, or that there was none.
    pub(crate) fn take(&mut self, undo: &Undo) -> Result<Option<Option<Page>>, StateError> {
        /// One that was there, and that a later height made.
        const CAME_TWICE: StateError = StateError::Damaged { what: "a page of the Merkle trie came twice" };
        let Some(before) = &undo.before else {
            return if self.known == Mask::NONE { Ok(Some(None)) } else { Err(CAME_TWICE) };
        };
        for (at, slot) in before.slots().enumerate() {
            if undo.changed.has(at) && !self.known.has(at) {
                self.known.set(at);
                if let Some(known) = self.slots.get_mut(at) {
                    *known = slot;
                }
            }
        }
        Ok((self.known == Mask::ALL).then(|| Some(self.page())))
    }

    /// The page, if no further height changed it and it is now as given.
    pub(crate) fn over(mut self, now: Option<&Page>) -> Option<Page> {
        let now = now?;
        for (at, slot) in now.slots().enumerate() {
            if let Some(unknown) = self.slots.get_mut(at).filter(|_| !self.known.has(at)) {
                *unknown = slot;
            }
        }
        Some(self.page())
    }

    /// Which height changed it last is not known.
    fn page(&self) -> Page {
        let mut page = PageWriter::new();
        self.slots.iter().enumerate().for_each(|(at, slot)| page.push(at, *slot));
        page.finish(Height(0))
    }
}
