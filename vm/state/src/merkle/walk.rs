//! Every page of a trie against its parent: what an audit finds damage by that no block has met yet.

use lockstep_abi::Hash;

use super::{MISSING_PAGE, Page, PageId, Pages, page::Slot};
use crate::StateError;

/// What a trie was found to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Walked {
    /// Its root, computed from its pages.
    pub root: Hash,
    /// Its leaves.
    pub leaves: u64,
    /// Its pages.
    pub pages: u64,
    /// Bytes of its pages, encoded.
    pub page_bytes: u64,
}

/// Reads every page of a trie.
///
/// # Errors
/// [`StateError`] if a page cannot be read, is one that no trie has at its place, or does not have the node that its
/// parent says.
pub fn walk(pages: &dyn Pages) -> Result<Walked, StateError> {
    let mut walked = Walked::default();
    if let Some(page) = pages.page(&PageId::ROOT)? {
        walked.root = page.node();
        walk_page(pages, PageId::ROOT, &page, &mut walked)?;
    }
    Ok(walked)
}

/// At most 64 levels deep.
fn walk_page(pages: &dyn Pages, id: PageId, page: &Page, walked: &mut Walked) -> Result<(), StateError> {
    page.check(&id)?;
    walked.pages = walked.pages.saturating_add(1);
    let page_bytes = u64::try_from(page.as_bytes().len()).unwrap_or(u64::MAX);
    walked.page_bytes = walked.page_bytes.saturating_add(page_bytes);
    for (at, slot) in page.slots().enumerate() {
        match slot {
            None => {}
            Some(Slot::Leaf(_)) => walked.leaves = walked.leaves.saturating_add(1),
            Some(Slot::Branch(node)) => {
                let id = id.child(at);
                let child = pages.page(&id)?.ok_or(MISSING_PAGE)?;
                if child.node() != node {
                    return Err(StateError::Damaged { what: "a page of the Merkle trie has a wrong hash" });
                }
                walk_page(pages, id, &child, walked)?;
            }
        }
    }
    Ok(())
}
