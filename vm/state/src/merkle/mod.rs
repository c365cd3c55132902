//! The Merkle trie over the state, kept in pages.
//!
//! What its nodes are is part of consensus and lies in [`lockstep_abi::state::trie`]. Here is how a node keeps
//! them: sub-tries of four levels in one [`Page`] each, of which the four levels themselves are not stored. A page
//! is replaced where it is; what of it changed is kept beside (`undo.rs`), so that the pages of earlier tries can be
//! made again.
//!
//! `update.rs` brings a trie from one height to the next, on all processors (`share.rs`), with the pages that are in memory
//! (`tree.rs`), of which `shrink.rs` says how many stay. `prove.rs` reads a proof from one; the nodes between its slots are
//! hashed when they are asked for (`nodes.rs`). `rebuild.rs` and `walk.rs` audit: the root of plain entries, and every page
//! against its parent. Where pages lie is up to whoever implements [`Pages`].

mod id;
mod leaf;
mod memory;
mod nodes;
mod page;
mod prove;
mod rebuild;
mod share;
#[cfg(any(feature = "rocks", test))]
mod shrink;
#[cfg(test)]
mod tests;
mod tree;
mod undo;
mod update;
mod walk;

use crate::StateError;

pub use id::PageId;
pub use leaf::{Leaf, LeafChange, leaf_changes};
pub use memory::MemoryPages;
pub use page::Page;
pub use prove::prove;
#[cfg(feature = "rocks")]
pub(crate) use prove::prove_with_root;
pub use rebuild::{Rebuilt, rebuild};
#[cfg(any(feature = "rocks", test))]
pub(crate) use shrink::Sweep;
pub(crate) use tree::PageTree;
pub use undo::{Rewound, Undo};
pub use update::{TreeUpdate, update};
pub use walk::{Walked, walk};

/// Where the pages of one trie are read from; by several threads at once.
pub trait Pages: Sync {
    /// The page at a place; none if the trie has none there.
    ///
    /// # Errors
    /// [`StateError`] if what holds it fails.
    fn page(&self, id: &PageId) -> Result<Option<Page>, StateError>;
}

/// A branch where no bit of a path is left: two different paths part before.
const TOO_DEEP: StateError =
    StateError::Damaged { what: "the Merkle trie is deeper than its paths are long" };

/// A page that another one names is not there.
pub(crate) const MISSING_PAGE: StateError =
    StateError::Damaged { what: "a page of the Merkle trie is missing" };
