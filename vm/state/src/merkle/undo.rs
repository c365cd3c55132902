//! What a height replaced in a page: with it, the page as it was before.
//!
//! Encoded: the page's id; the slots that changed, as a mask of 16 bits, little-endian; and unless the mask is 0, which
//! says that there was no page, the page that it was with these slots alone, as pages are stored.

use lockstep_abi::Height;

use super::{
    Page, PageId,
    id::SLOTS,
    page::{Mask, PageWriter, Slot},
};
use crate::StateError;

const DAMAGED: StateError =
    StateError::Damaged { what: "what was replaced in a page of the Merkle trie cannot be decoded" };

/// What one height replaced in one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// All of them if the page went.
    changed: Mask,
    /// With the changed slots only; none if the page came.
    before: Option<Page>,
}

impl Undo {
    /// Adds what [`Self::split_from`] reads: a page as it was, of which some slots are replaced. More than were may be
    /// given, and all must be if it goes.
    pub(super) fn encode(id: &PageId, before: Option<&Page>, changed: Mask, bytes: &mut Vec<u8>) {
        id.append_to(bytes);
        match before {
            None => bytes.extend_from_slice(&Mask::NONE.to_bytes()),
            Some(before) => {
                bytes.extend_from_slice(&changed.to_bytes());
                before.append_only(changed, bytes);
            }
        }
    }

    /// The first page in `bytes`, and how many of them are about it.
    ///
    /// # Errors
    /// [`StateError::Damaged`] if there is none.
    pub fn first_of(bytes: &[u8]) -> Result<(PageId, usize), StateError> {
        let (id, _, rest) = split(bytes).ok_or(DAMAGED)?;
        Ok((id, bytes.len().saturating_sub(rest.len())))
    }

    /// Reads one from the start of `bytes`, such as [`TreeUpdate::undo`](super::TreeUpdate::undo): which page, what was
    /// replaced, and what is left of the bytes.
    ///
    /// # Errors
    /// [`StateError::Damaged`] if there is none.
    pub fn split_from(bytes: &[u8]) -> Result<(PageId, Self, &[u8]), StateError> {
        let (id, (changed, before), rest) = split(bytes).ok_or(DAMAGED)?;
        let before = before.map(Page::of_slots);
        let within =
            |page: &Page| page.slots().enumerate().all(|(at, slot)| slot.is_none() || changed.has(at));
        if before.as_ref().is_none_or(within) {
            Ok((id, Self { changed, before }, rest))
        } else {
            Err(DAMAGED)
        }
    }

    /// The page before the height, if this is what it was after it.
    pub fn page_before(&self, after: Option<&Page>) -> Option<Page> {
        let before = self.before.as_ref()?;
        let mut page = PageWriter::new();
        for slot in 0..SLOTS {
            let content = if self.changed.has(slot) { before } else { after? };
            page.push(slot, content.slot(slot));
        }
        Some(page.finish(before.height()))
    }
}

/// Which slots changed, and the bytes of the page with these.
type Replaced<'a> = (Mask, Option<&'a [u8]>);

/// The page, what was replaced in it, and what is left of the bytes.
fn split(bytes: &[u8]) -> Option<(PageId, Replaced<'_>, &[u8])> {
    let (id, bytes) = PageId::split_from(bytes)?;
    let (changed, bytes) = bytes.split_first_chunk()?;
    let changed = Mask::from_bytes(*changed);
    if changed == Mask::NONE {
        return Some((id, (changed, None), bytes));
    }
    let (before, rest) = Page::split_bytes(bytes)?;
    Some((id, (changed, Some(before)), rest))
}

/// A page as it was at some height, found from what the heights above replaced in it. Nothing is known of it at first.
#[derive(Debug, Default)]
pub struct Rewound {
    known: Mask,
    slots: [Option<Slot>; SLOTS],
}

impl Rewound {
    /// Takes what the next height replaced that changed the page: from the oldest up. Gives the page as soon as all of
    /// it is known, or that there was none.
    ///
    /// # Errors
    /// [`StateError::Damaged`] if a page came that was there.
    pub fn take(&mut self, undo: &Undo) -> Result<Option<Option<Page>>, StateError> {
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
    pub fn over(mut self, now: Option<&Page>) -> Option<Page> {
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
