//! Executes a chain again from its genesis, and compares: receipts byte for byte, roots block by block.
//!
//! An operator's answer to "is this folder what an honest machine would have?". The blocks alone must lead
//! to the head's root, with a state that is built in memory; and the stored state, read whole, must have it.

use lockstep_abi::{Hash, Height};
use lockstep_runtime::{Engine, Fault, InvalidBlock, Log, execute_block};
use lockstep_state::{MemoryStore, merkle::rebuild};

use super::{Chain, ChainError, Head, InvalidHeader, audit::LEAVES_AT_ONCE, genesis_block};

/// One block that was executed again and came to the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    /// Its height.
    pub height: Height,
    /// How many transactions it has.
    pub txs: usize,
    /// The hash of its receipts.
    pub receipts_hash: Hash,
    /// The root of the state after it.
    pub state_root: Hash,
}

/// Why a chain is not what its blocks lead to, or why that cannot be said; [`Self::name`] tells which.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The folder cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// This machine is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The first blocks are gone.
    #[error("the blocks before {oldest} were pruned; a replay needs them all, from the genesis on")]
    Pruned {
        /// The oldest block that is there.
        oldest: Height,
    },
    /// A header does not continue the chain.
    #[error("the chain is not what its blocks lead to: block {height}: {error}")]
    Header {
        /// The block.
        height: Height,
        /// Why.
        error: InvalidHeader,
    },
    /// A block cannot be executed.
    #[error("the chain is not what its blocks lead to: block {height}: {error}")]
    Block {
        /// The block.
        height: Height,
        /// Why.
        error: InvalidBlock,
    },
    /// A stored receipt is not what execution gives.
    #[error(
        "the chain is not what its blocks lead to: the stored receipts of block {height} are not those that it gives"
    )]
    Receipts {
        /// The block.
        height: Height,
    },
    /// The stored trie is not what the blocks lead to.
    #[error("the chain is not what its blocks lead to: the stored trie has the root {found}, not {expected}")]
    Root {
        /// What the blocks lead to.
        expected: Hash,
        /// The trie's.
        found: Hash,
    },
    /// The stored state is not what the blocks lead to.
    #[error(
        "the chain is not what its blocks lead to: the entries of the stored state have the root {found}, not \
         {expected}"
    )]
    State {
        /// What the blocks lead to.
        expected: Hash,
        /// The stored state's, computed anew.
        found: Hash,
    },
}

impl ReplayError {
    /// A name for programs, which stays. `not_the_same` accuses; every other says that there is no telling.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Chain(error) => error.name(),
            Self::Fault(_) => "broken",
            Self::Pruned { .. } => "pruned",
            Self::Header { .. }
            | Self::Block { .. }
            | Self::Receipts { .. }
            | Self::Root { .. }
            | Self::State { .. } => "not_the_same",
        }
    }
}

/// Executes every block again, telling `report` of each. Gives the head that they lead to.
///
/// The thread needs the stack that executing contracts takes; see [`crate::STACK_BYTES`].
///
/// # Errors
/// The first [`ReplayError`]; blocks before it were reported.
pub fn replay(
    chain: &Chain,
    engine: &Engine,
    mut report: impl FnMut(&Replayed),
) -> Result<Head, ReplayError> {
    let view = chain.view()?;
    let oldest = view.oldest_block()?;
    if oldest > Height(0) {
        return Err(ReplayError::Pruned { oldest });
    }
    let mut state = MemoryStore::new();
    state.apply(&chain.genesis().changes()?);
    let mut head = Head::after(&genesis_block(chain.genesis()), &[]);
    report(&Replayed::of(&head, state.root(), 0));
    while head.height() < view.head().height() {
        let height = head.height().next();
        let block = view.block(height)?.ok_or(ChainError::Damaged { what: "a block is missing" })?;
        let invalid = |error| ReplayError::Header { height, error };
        head.check_child(&block.header, state.root()).map_err(invalid)?;
        let output = execute_block(engine, &state, &block, Log::default())?
            .map_err(|error| ReplayError::Block { height, error })?;
        if output.receipts != view.receipts(height)? {
            return Err(ReplayError::Receipts { height });
        }
        state.apply(&output.changes);
        head = Head::after(&block, &output.receipts);
        report(&Replayed::of(&head, state.root(), block.txs.len()));
    }
    if head != *view.head() {
        return Err(ChainError::Damaged { what: "the head is not the last block" }.into());
    }
    let (expected, found) = (state.root(), view.head_root()?);
    if found != expected {
        return Err(ReplayError::Root { expected, found });
    }
    let found = rebuild(view.state(), LEAVES_AT_ONCE).map_err(ChainError::from)?.root;
    match found == expected {
        true => Ok(head),
        false => Err(ReplayError::State { expected, found }),
    }
}

impl Replayed {
    fn of(head: &Head, state_root: Hash, txs: usize) -> Self {
        Self { height: head.height(), txs, receipts_hash: head.receipts_hash, state_root }
    }
}
