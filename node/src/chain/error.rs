//! What can be wrong with a chain's folder, and with a block that claims to be next.

use std::{io, path::PathBuf};

use lockstep_abi::{ChainId, Hash, Height};
use lockstep_runtime::Fault;
use lockstep_state::{AtError, OpenError, StateError};

use super::{TrieError, TrieFailure};

/// Why a chain cannot be opened, read or written. Except for the first four, this machine is broken and
/// the node must stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The folder cannot be opened as a store.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The folder holds another chain.
    #[error(
        "{} holds the chain `{found}`, not `{expected}`: a folder is one chain for ever; give another folder",
        path.display()
    )]
    OtherChain {
        /// The folder.
        path: PathBuf,
        /// Its chain.
        found: ChainId,
        /// The chain that was asked for.
        expected: ChainId,
    },
    /// The folder holds a chain of the same name that began differently.
    #[error(
        "{} holds a chain `{chain_id}` with another genesis (time or balances); give another folder or chain id",
        path.display()
    )]
    OtherGenesis {
        /// The folder.
        path: PathBuf,
        /// The name of both.
        chain_id: ChainId,
    },
    /// There is no chain where one was expected.
    #[error("{} holds no chain; `lockstep node --dev --data DIR` starts one", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// The store holds what was never written, or lacks what was.
    #[error("the chain's store is damaged: {what}")]
    Damaged {
        /// What, and what is wrong with it.
        what: &'static str,
    },
    /// The trie that is stored does not have the root that the head's header promises.
    #[error(
        "the state before block {height} has the root {found}, the block says {expected}: the store is damaged"
    )]
    Root {
        /// The head's height.
        height: Height,
        /// What its header promises.
        expected: Hash,
        /// What the trie before it has.
        found: Hash,
    },
    /// The database failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// The root of the newest state is not to be had, and no block can follow. Everybody who asks gets the same.
    #[error(transparent)]
    Trie(#[from] TrieError),
    /// The operating system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
    /// The genesis cannot be executed.
    #[error("the genesis is impossible: {0}")]
    Genesis(#[source] Fault),
}

impl ChainError {
    /// A header that another record needs is not there.
    pub(super) const MISSING_HEADER: Self = Self::Damaged { what: "a header is missing" };

    /// A name for programs, which stays.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open(error) => name_of_open(error),
            Self::OtherChain { .. } => "other_chain",
            Self::OtherGenesis { .. } => "other_genesis",
            Self::Empty { .. } => "no_chain",
            Self::Damaged { .. } | Self::Root { .. } => "damaged",
            Self::State(error) => name_of_state(error),
            Self::Trie(error) => match &*error.source {
                TrieFailure::State(error) => name_of_state(error),
                TrieFailure::Panicked => "broken",
            },
            Self::Thread(_) | Self::Genesis(_) => "broken",
        }
    }
}

fn name_of_open(error: &OpenError) -> &'static str {
    match error {
        OpenError::NotADirectory { .. } | OpenError::Foreign { .. } => "not_a_store",
        OpenError::Newer { .. } | OpenError::Older { .. } => "other_version",
        OpenError::Locked { .. } => "in_use",
        OpenError::Damaged { .. } | OpenError::Lost { .. } => "damaged",
        OpenError::Unreadable { source, .. } => name_of_state(source),
        // Whatever else it is, the state was not looked at.
        _ => "io",
    }
}

pub(super) fn name_of_at(error: &AtError) -> &'static str {
    match error {
        AtError::Pruned { .. } => "pruned",
        AtError::State(error) => name_of_state(error),
        _ => "not_found",
    }
}

pub(super) fn name_of_state(error: &StateError) -> &'static str {
    match error {
        StateError::Damaged { .. } => "damaged",
        _ => "broken",
    }
}

/// Why a header does not continue a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidHeader {
    /// Another chain's.
    #[error("the block is of the chain `{found}`")]
    Chain {
        /// The header's.
        found: ChainId,
    },
    /// Not the next height.
    #[error("the height is {found}, the next one is {expected}")]
    Height {
        /// The next height.
        expected: Height,
        /// The header's.
        found: Height,
    },
    /// Built on another block.
    #[error("the parent is not the head")]
    Parent,
    /// Not later than its parent.
    #[error("the time {found} ms is not later than the parent's, {parent} ms")]
    Time {
        /// The parent's.
        parent: u64,
        /// The header's.
        found: u64,
    },
    /// Built on another state.
    #[error("the state root is {found}, the state has {expected}")]
    StateRoot {
        /// This chain's.
        expected: Hash,
        /// The header's.
        found: Hash,
    },
    /// Built on other receipts.
    #[error("the hash of the parent's receipts is {found}, they have {expected}")]
    ReceiptsHash {
        /// This chain's.
        expected: Hash,
        /// The header's.
        found: Hash,
    },
}
