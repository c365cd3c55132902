//! A chain that begins with the state after some block instead of a genesis.
//!
//! The block itself with its receipts, and the one after it, are all else that such a chain needs: the next header
//! carries the root of that state and the hash of those receipts, so whoever trusts the next block's id can check
//! everything. Executing the next block leaves the folder as it always is: the trie one block behind the head. What
//! is before the block is missing as if it had been pruned.
//!
//! Not here: where the state comes from, and how it travels (`snapshot`).

use borsh::{BorshDeserialize, BorshSerialize};
use lockstep_abi::{
    Block, ChainId, DecodeError, Hash, Header, Height, Receipt, block::txs_hash, codec,
    limits::wire::MAX_BLOCK_BYTES,
};
use lockstep_runtime::{BlockOutput, Engine, Fault, InvalidBlock, Log, execute_block};
use lockstep_state::{Changes, CommitBatch, Family, RocksStore, StateError};

use super::{
    Chain, ChainError, Head, InvalidHeader, Step, View,
    record::{GENESIS, GenesisRecord, MAX_GENESIS_BYTES, OLDEST_BLOCK},
};

/// All that a chain needs to go on from the state after a block, but for that state: the block, its receipts, and the
/// block after it, which commits to all of that. The genesis is in no header: a node compares it with its own when it
/// starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    parts: Parts,
    head: Head,
}

#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Parts {
    genesis: GenesisRecord,
    block: Block,
    receipts: Vec<Receipt>,
    next: Block,
}

/// Why bytes are not the base of a chain that has a trusted block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBase {
    /// Not even blocks.
    #[error("its blocks cannot be decoded: {0}")]
    Malformed(#[from] DecodeError),
    /// The state is committed to by another block than the one that is trusted.
    #[error(
        "block {height}, which has the root of its state, has the id {found}, not the trusted {expected}"
    )]
    Untrusted {
        /// What the block says of its height.
        height: Height,
        /// The trusted id.
        expected: Hash,
        /// The block's.
        found: Hash,
    },
    /// The blocks do not follow each other.
    #[error("block {height} does not follow the one before it: {error}")]
    Header {
        /// The later block.
        height: Height,
        /// Why.
        error: InvalidHeader,
    },
    /// Transactions that the header does not commit to.
    #[error("block {height} comes with other transactions than its header commits to")]
    Txs {
        /// The block.
        height: Height,
    },
    /// Receipts of other transactions.
    #[error("block {height} comes with receipts of other transactions")]
    Receipts {
        /// The block.
        height: Height,
    },
    /// A genesis of another chain.
    #[error("the blocks are of the chain `{expected}`, the genesis of `{found}`")]
    Genesis {
        /// The blocks' chain.
        expected: ChainId,
        /// The genesis' chain.
        found: ChainId,
    },
}

/// Why the block after the base was not added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NextError {
    /// It is no block for this version, although it is trusted.
    #[error("block {height} cannot be executed: {error}")]
    Block {
        /// The block.
        height: Height,
        /// Why.
        error: InvalidBlock,
    },
    /// This machine is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The database failed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Bytes of a block's receipts: what all the gas of a block buys is 50 MB, at `RECEIPT_PER_BYTE`.
const MAX_RECEIPTS_BYTES: usize = 64 << 20;

impl Base {
    /// Bytes of the longest encoding.
    pub const MAX_BYTES: usize = MAX_GENESIS_BYTES + 2 * MAX_BLOCK_BYTES + MAX_RECEIPTS_BYTES + (1 << 20);

    /// What a chain has of the block at `height` and the one after it; `None` if it has not both.
    ///
    /// # Errors
    /// [`ChainError`] if the store fails or is damaged.
    pub fn of(chain: &Chain, view: &View<'_>, height: Height) -> Result<Option<Self>, ChainError> {
        let (Some(block), Some(next)) = (view.block(height)?, view.block(height.next())?) else {
            return Ok(None);
        };
        let receipts = view.receipts(height)?;
        let head = Head::after(&block, &receipts);
        let parts = Parts { genesis: GenesisRecord::from(chain.genesis()), block, receipts, next };
        Ok(Some(Self { parts, head }))
    }

    /// The base that `bytes` are, if its later block is the `trusted` one and commits to the rest.
    ///
    /// # Errors
    /// The first [`InvalidBase`].
    pub fn decode(bytes: &[u8], trusted: &Hash) -> Result<Self, InvalidBase> {
        let parts: Parts = codec::decode(bytes, Self::MAX_BYTES)?;
        let Parts { genesis, block, receipts, next } = &parts;
        let (height, found) = (next.header.height, next.header.id());
        if found != *trusted {
            return Err(InvalidBase::Untrusted { height, expected: *trusted, found });
        }
        let head = Head::after(block, receipts);
        // First: until then the earlier header is anybody's, its height included.
        if next.header.parent != head.id {
            return Err(InvalidBase::Header { height, error: InvalidHeader::Parent });
        }
        head.check_child(&next.header, next.header.state_root)
            .map_err(|error| InvalidBase::Header { height, error })?;
        for block in [block, next] {
            if txs_hash(&block.txs) != block.header.txs_hash {
                return Err(InvalidBase::Txs { height: block.header.height });
            }
        }
        let receipts = receipts.iter().map(|receipt| receipt.tx);
        if !receipts.eq(block.txs.iter().map(|tx| tx.body.id())) {
            return Err(InvalidBase::Receipts { height: head.height() });
        }
        if *genesis.chain_id() != next.header.chain_id {
            let (expected, found) = (next.header.chain_id.clone(), genesis.chain_id().clone());
            return Err(InvalidBase::Genesis { expected, found });
        }
        Ok(Self { parts, head })
    }

    /// What [`Self::decode`] reads. The same base gives the same bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(&self.parts)
    }

    /// The block whose state the chain goes on from.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.head.height()
    }

    /// The header of the block after it, which has the root of that state.
    #[must_use]
    pub const fn next(&self) -> &Header {
        &self.parts.next.header
    }

    /// Executes the next block on a store that has the state, and commits both blocks.
    ///
    /// The thread needs the stack that executing contracts takes; see [`crate::STACK_BYTES`].
    ///
    /// # Errors
    /// [`NextError`]; nothing was committed.
    ///
    /// # Panics
    /// If the store's newest height is not [`Self::height`].
    pub fn commit(&self, store: &RocksStore, engine: &Engine) -> Result<Head, NextError> {
        let Parts { genesis, block, receipts, next } = &self.parts;
        let height = next.header.height;
        let output = execute_block(engine, store, next, Log::default())?
            .map_err(|error| NextError::Block { height, error })?;
        let head = Head::after(next, &output.receipts);
        let before = BlockOutput { changes: Changes::default(), receipts: receipts.clone() };
        let mut batch = CommitBatch::new(height, &output.changes);
        // In this order: the later one's head counts.
        for (block, output, head) in [(block, &before, &self.head), (next, &output, &head)] {
            let ids: Vec<Hash> = output.receipts.iter().map(|receipt| receipt.tx).collect();
            Step { block, ids: &ids, output }.add_records(head, &mut batch);
        }
        batch.set_record(Family::Meta, GENESIS.to_vec(), codec::encode(genesis));
        if self.height() > Height(0) {
            batch.set_record(Family::Meta, OLDEST_BLOCK.to_vec(), codec::encode(&self.height()));
        }
        store.commit(batch)?;
        Ok(head)
    }
}
