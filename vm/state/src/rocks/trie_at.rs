//! The trie at one height.

use lockstep_abi::{Hash, Height, state::trie::EMPTY};

use super::{MAX_STEPS_OVER, RocksSnapshot, at::Allowance, tries::read_page, undo::Log};
use crate::{
    StateError,
    merkle::{Page, PageId, Pages, Rewound},
};

/// The trie after the block of some height, within a [`RocksSnapshot`].
///
/// The newest are in memory, beside the pages of one that is on disk. Of the tries before that, a page is found from
/// what was replaced in it since: going back from it as it is on disk, from one change to the one before, which is
/// quick if it changed seldom; and, at the same time, through the heights from the trie's own up, until all its slots
/// were met, which is quick if it changed often: some thousand steps at the worst, or the square root of the heights
/// since if that is more. Only a page that is not there any more takes a step for each height until it changed. There
/// are [`MAX_STEPS_OVER`] steps for all pages of one `TrieAt`.
#[derive(Debug)]
pub struct TrieAt<'a> {
    snapshot: &'a RocksSnapshot<'a>,
    height: Height,
    /// The height of the trie on disk, if there is one.
    written: Option<Height>,
    allowance: Allowance,
}

impl<'a> TrieAt<'a> {
    /// The height must be one that has a trie, and can be read.
    pub(super) const fn new(
        snapshot: &'a RocksSnapshot<'a>,
        height: Height,
        written: Option<Height>,
    ) -> Self {
        Self { snapshot, height, written, allowance: Allowance::of(MAX_STEPS_OVER) }
    }

    /// The root.
    ///
    /// # Errors
    /// As [`Pages::page`].
    pub fn root(&self) -> Result<Hash, StateError> {
        Ok(self.page(&PageId::ROOT)?.map_or(EMPTY, |page| page.node()))
    }

    fn rewound(&self, id: &PageId, written: Height) -> Result<Option<Page>, StateError> {
        const MISSING: StateError =
            StateError::Damaged { what: "what was replaced in a page of the Merkle trie is missing" };
        let now = read_page(self.snapshot, id)?;
        let mut back = now.clone();
        let (mut rewound, mut next) = (Rewound::default(), self.height.next());
        let mut log = Log::of(self.snapshot, next, written)?;
        loop {
            if back.as_ref().is_some_and(|page| page.height() <= self.height) {
                return Ok(back);
            }
            if next > written {
                return Ok(rewound.over(now.as_ref()));
            }
            self.allowance.take()?;
            if let Some(page) = &back {
                // Before it came there may have been another one, so that none is no answer yet.
                back = log.get(page.height(), id)?.ok_or(MISSING)?.page_before(Some(page));
            }
            if let Some(undo) = log.get(next, id)?
                && let Some(page) = rewound.take(&undo)?
            {
                return Ok(page);
            }
            next = next.next();
        }
    }
}

impl Pages for TrieAt<'_> {
    /// # Errors
    /// [`StateError::TooMuchHistory`] beside those of all pages.
    fn page(&self, id: &PageId) -> Result<Option<Page>, StateError> {
        if let Some(written) = self.written.filter(|written| self.height < *written) {
            return self.rewound(id, written);
        }
        let made_since = |height: Height| self.written < Some(height) && height <= self.height;
        let ahead = self.snapshot.ahead.updates.iter().rev().filter(|update| made_since(update.height));
        match ahead.filter_map(|update| update.page(id)).next() {
            Some(page) => Ok(page.clone()),
            None => read_page(self.snapshot, id),
        }
    }
}
