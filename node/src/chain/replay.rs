//! Executes a chain again from its genesis, and compares: receipts byte for byte, roots block by block.
//!
//! An operator's answer to "is this folder what an honest machine would have?". The blocks alone must lead
//! to the head's root, with a state that is built in memory; and the stored state, read whole, must have it.

use lockstep_abi::{Hash, Height};
use lockstep_runtime::{Engine, Fault, InvalidBlock, Log, execute_block};
use lockstep_state::{Commitment, MemoryStore};

use super::{Chain, ChainError, Head, InvalidHeader, View, genesis_block};

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

/// Why a chain is not what its blocks lead to, or could not be executed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The folder cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// This machine is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A header does not continue the chain.
    #[error("block {height}: {error}")]
    Header {
        /// The block.
        height: Height,
        /// Why.
        error: InvalidHeader,
    },
    /// A block cannot be executed.
    #[error("block {height}: {error}")]
    Block {
        /// The block.
        height: Height,
        /// Why.
        error: InvalidBlock,
    },
    /// A stored receipt is not what execution gives.
    #[error("block {height}: the stored receipts are not those that the block gives")]
    Receipts {
        /// The block.
        height: Height,
    },
    /// The last block leads to another state than the head has.
    #[error("the blocks lead to the root {found}, the head says {expected}")]
    Root {
        /// The head's.
        expected: Hash,
        /// What the blocks lead to.
        found: Hash,
    },
    /// The stored state is not what the blocks lead to.
    #[error("the blocks lead to the root {expected}, but the entries of the stored state have {found}")]
    State {
        /// What the blocks lead to.
        expected: Hash,
        /// The stored state's, computed anew.
        found: Hash,
    },
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
    let mut state = MemoryStore::new();
    state.apply(&chain.genesis().changes()?);
    let mut head = Head::after(&genesis_block(chain.genesis()), &[], state.root());
    report(&Replayed::of(&head, 0));
    while head.height() < view.head().height() {
        let height = head.height().next();
        let block = view.block(height)?.ok_or(ChainError::Damaged { what: "a block is missing" })?;
        head.check_child(&block.header).map_err(|error| ReplayError::Header { height, error })?;
        let output = execute_block(engine, &state, &block, Log::default())?
            .map_err(|error| ReplayError::Block { height, error })?;
        if output.receipts != view.receipts(height)? {
            return Err(ReplayError::Receipts { height });
        }
        state.apply(&output.changes);
        head = Head::after(&block, &output.receipts, state.root());
        report(&Replayed::of(&head, block.txs.len()));
    }
    let (expected, found) = (view.head().state_root, head.state_root);
    if found != expected {
        return Err(ReplayError::Root { expected, found });
    }
    if head != *view.head() {
        return Err(ChainError::Damaged { what: "the head is not the last block" }.into());
    }
    let found = stored_root(&view)?;
    match found == expected {
        true => Ok(head),
        false => Err(ReplayError::State { expected, found }),
    }
}

/// The root of the entries that are stored, whatever commitment is stored beside them. Reads all of them.
fn stored_root(view: &View<'_>) -> Result<Hash, ChainError> {
    Commitment::of(view.state()).map(|commitment| commitment.root()).map_err(ChainError::from)
}

impl Replayed {
    fn of(head: &Head, txs: usize) -> Self {
        let Head { header, receipts_hash, state_root, .. } = head;
        Self { height: header.height, txs, receipts_hash: *receipts_hash, state_root: *state_root }
    }
}
