//! Whether the stored state is the one that the newest header commits to, entry for entry.
//!
//! At its start a node compares two roots that it wrote itself. Here every entry is read and hashed anew, and every
//! page of the trie is compared with its parent: what a failing disk did to either is found before a block meets it.

use lockstep_abi::{Hash, Height};
use lockstep_state::{
    AtError, MemoryStore,
    merkle::{Rebuilt, Walked, rebuild, walk},
};

use super::{Chain, ChainError, View, error::name_of_at};

/// What was found in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audited {
    /// The height of the state: that before the newest block, whose header has its root; that of the genesis if
    /// there is no other block.
    pub height: Height,
    /// Its root.
    pub root: Hash,
    /// Its entries.
    pub entries: u64,
    /// The pages of its trie.
    pub pages: u64,
    /// Their bytes.
    pub page_bytes: u64,
}

/// What is not in order, or why that cannot be said; [`Self::name`] tells which.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The folder cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The state cannot be read.
    #[error(transparent)]
    At(#[from] AtError),
    /// The entries of the state are not those that the header commits to.
    #[error(
        "the stored state is not what the chain commits to: the {entries} entries after block {height} have the root \
         {found}, not {expected}"
    )]
    Entries {
        /// The height of the state.
        height: Height,
        /// How many there are.
        entries: u64,
        /// What the header says.
        expected: Hash,
        /// Theirs.
        found: Hash,
    },
    /// The trie has other entries than the state.
    #[error(
        "the stored trie is not what the chain commits to: after block {height} it has {leaves} leaves and the root \
         {found}, not {entries} and {expected}"
    )]
    Trie {
        /// The height of both.
        height: Height,
        /// How many entries the trie has.
        leaves: u64,
        /// How many the state has.
        entries: u64,
        /// The root of the entries.
        expected: Hash,
        /// The root of the trie.
        found: Hash,
    },
}

impl AuditError {
    /// A name for programs, which stays. `not_the_same` accuses; every other says that there is no telling.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Chain(error) => error.name(),
            Self::At(error) => name_of_at(error),
            Self::Entries { .. } | Self::Trie { .. } => "not_the_same",
        }
    }
}

/// Entries that are hashed and sorted at once: 256 MiB.
pub(super) const LEAVES_AT_ONCE: u64 = 4 << 20;

/// Reads the whole state that the newest block started from, and every page of its trie.
///
/// # Errors
/// The first [`AuditError`].
pub fn audit(chain: &Chain) -> Result<Audited, AuditError> {
    let view = chain.view()?;
    let header = &view.head().header;
    let Some(height) = header.height.0.checked_sub(1).map(Height) else { return audit_genesis(chain, &view) };
    let Rebuilt { root, entries } =
        rebuild(&view.state_at(height)?.without_limit(), LEAVES_AT_ONCE).map_err(ChainError::from)?;
    if root != header.state_root {
        return Err(AuditError::Entries { height, entries, expected: header.state_root, found: root });
    }
    let trie = view.snapshot().trie_at(height)?;
    let Walked { root: found, leaves, pages, page_bytes } = walk(&trie).map_err(ChainError::from)?;
    if found != root || leaves != entries {
        return Err(AuditError::Trie { height, leaves, entries, expected: root, found });
    }
    Ok(Audited { height, root, entries, pages, page_bytes })
}

/// No header has the root yet, and no trie is stored: the state is what the genesis says, or it is not.
fn audit_genesis(chain: &Chain, view: &View<'_>) -> Result<Audited, AuditError> {
    let mut state = MemoryStore::new();
    state.apply(&chain.genesis().changes().map_err(ChainError::Genesis)?);
    let (height, expected) = (Height(0), state.root());
    let Rebuilt { root, entries } = rebuild(view.state(), LEAVES_AT_ONCE).map_err(ChainError::from)?;
    match root == expected {
        true => Ok(Audited { height, root, entries, pages: 0, page_bytes: 0 }),
        false => Err(AuditError::Entries { height, entries, expected, found: root }),
    }
}
