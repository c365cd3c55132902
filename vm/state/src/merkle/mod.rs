//! The Merkle trie over the state, kept in pages.
//!
//! What its nodes are is part of consensus and lies in [`lockstep_abi::state::trie`]. Here is how a node keeps
//! them: sub-tries of four levels in one [`Page`] each, of which the four levels themselves are computed when
//! they are needed. A page belongs to the height that wrote it and never changes, so that the tries of two
//! heights share most of their pages, and an old one is there for as long as its pages are.
//!
//! `update.rs` brings a trie from one height to the next, `prove.rs` reads a proof from one. `rebuild.rs` and
//! `walk.rs` audit: the root of plain entries, and every page against its parent. Where pages lie is up to
//! whoever implements [`Pages`].

mod id;
mod leaf;
mod memory;
mod page;
mod prove;
mod rebuild;
#[cfg(test)]
mod tests;
mod update;
mod walk;

use crate::StateError;

pub use id::{PageId, PageKey};
pub use leaf::{Leaf, LeafChange, leaf_changes};
pub use memory::MemoryPages;
pub use page::Page;
pub use prove::prove;
#[cfg(feature = "rocks")]
pub(crate) use prove::prove_below;
pub use rebuild::{Rebuilt, rebuild};
pub use update::{TreeUpdate, update};
pub use walk::{Walked, walk};

/// Where pages are read from; by several threads at once.
pub trait Pages: Sync {
    /// The page of a key.
    ///
    /// # Errors
    /// [`StateError`] if it is not there, or what holds it fails. Only keys that a page or a root names are
    /// asked for, so that a missing one is damage.
    fn page(&self, key: &PageKey) -> Result<Page, StateError>;
}

/// A branch where no bit of a path is left: two different paths part before.
const TOO_DEEP: StateError =
    StateError::Damaged { what: "the Merkle trie is deeper than its paths are long" };

/// A page that must be there is not.
pub(crate) const MISSING_PAGE: StateError =
    StateError::Damaged { what: "a page of the Merkle trie is missing" };
