//! Reads the proof of one path from a trie.

use lockstep_abi::{
    Hash, Height, List,
    state::{
        PathProof, Terminal,
        trie::{EMPTY, bit, is_leaf},
    },
};

use super::{
    Leaf, MISSING_PAGE, Page, PageId, Pages, TOO_DEEP,
    id::{PAGE_BITS, SLOTS},
    nodes::Nodes,
    page::Slot,
};
use crate::StateError;

/// What the trie has on `path`, with the nodes beside it. Reads one page for every four levels.
///
/// # Errors
/// [`StateError`] if a page cannot be read.
pub fn prove(pages: &dyn Pages, path: &Hash) -> Result<PathProof, StateError> {
    Ok(prove_with_root(pages, path)?.1)
}

/// [`prove`], and the root.
pub(crate) fn prove_with_root(pages: &dyn Pages, path: &Hash) -> Result<(Hash, PathProof), StateError> {
    let mut siblings = Vec::new();
    let mut id = PageId::ROOT;
    let mut page = pages.page(&id)?.unwrap_or_else(|| Page::empty(Height(0)));
    let root = page.node();
    let terminal = loop {
        match descend(&id, &page, path, &mut siblings)? {
            End::Here(terminal) => break terminal,
            End::Below { .. } if id.is_last() => return Err(TOO_DEEP),
            End::Below { slot } => {
                id = id.child(slot);
                page = pages.page(&id)?.ok_or(MISSING_PAGE)?;
            }
        }
    };
    let siblings = List::try_from(siblings).map_err(|_| TOO_DEEP)?;
    Ok((root, PathProof { terminal, siblings }))
}

/// Where a page leaves a path.
enum End {
    Here(Terminal),
    Below { slot: usize },
}

fn descend(id: &PageId, page: &Page, path: &Hash, siblings: &mut Vec<Hash>) -> Result<End, StateError> {
    /// A branch whose node is a leaf's: it proves nothing, least of all that there is no entry.
    const NO_LEAF: StateError = StateError::Damaged { what: "a leaf of the Merkle trie has no entry" };
    let nodes = Nodes::of(page);
    // Which node of its level, and how many slots are below it.
    let (mut at, mut width) = (0, SLOTS);
    for depth in 0..PAGE_BITS {
        let node = nodes.get(depth, at);
        if node == EMPTY {
            return Ok(End::Here(Terminal::Empty));
        }
        if is_leaf(&node) {
            let below = page.slots().skip(at.saturating_mul(width)).take(width);
            let leaf = below.flatten().find_map(|slot| match slot {
                Slot::Leaf(leaf) => Some(leaf),
                Slot::Branch(_) => None,
            });
            return Ok(End::Here(terminal(leaf.ok_or(NO_LEAF)?, path)));
        }
        let left = at.saturating_mul(2);
        let right = left.saturating_add(1);
        let below = depth.saturating_add(1);
        let (taken, sibling) = match bit(path, id.depth().saturating_add(depth)) {
            true => (right, left),
            false => (left, right),
        };
        siblings.push(nodes.get(below, sibling));
        (at, width) = (taken, width / 2);
    }
    Ok(match page.slot(at) {
        Some(Slot::Branch(_)) => End::Below { slot: at },
        Some(Slot::Leaf(leaf)) => End::Here(terminal(leaf, path)),
        None => End::Here(Terminal::Empty),
    })
}

fn terminal(Leaf { path, value, .. }: Leaf, sought: &Hash) -> Terminal {
    if path == *sought { Terminal::Own } else { Terminal::Other { path, value } }
}
