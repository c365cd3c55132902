//! Where a chain is, and what its next header must say.
//!
//! But for the root of the state, which is there a little later than the block; see `follower.rs`.

use borsh::{BorshDeserialize, BorshSerialize};
use lockstep_abi::{
    Address, Block, Gas, Hash, Header, Height, Receipt,
    block::{receipts_hash, txs_hash},
    state::trie::EMPTY,
};

use super::InvalidHeader;

/// The newest block, and the hash of its receipts.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Head {
    /// The block's header.
    pub header: Header,
    /// The block's id.
    pub id: Hash,
    /// The hash of the block's receipts; the next header carries it too.
    pub receipts_hash: Hash,
}

impl Head {
    /// The head after `block`, whose execution gave `receipts`.
    #[must_use]
    pub fn after(block: &Block, receipts: &[Receipt]) -> Self {
        let receipts_hash = receipts_hash(receipts);
        Self { id: block.header.id(), header: block.header.clone(), receipts_hash }
    }

    /// The newest height.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.header.height
    }

    /// The header of the next block, without transactions and root yet: neither is looked at by execution. Its time is
    /// `now_ms`, or a millisecond after its parent's if that is later: the clock of one machine may go back, a chain's
    /// does not.
    #[must_use]
    pub fn child(&self, now_ms: u64, proposer: Address, gas_limit: Gas) -> Header {
        Header {
            chain_id: self.header.chain_id.clone(),
            height: self.header.height.next(),
            time_ms: now_ms.max(self.header.time_ms.saturating_add(1)),
            parent: self.id,
            state_root: EMPTY,
            txs_hash: txs_hash(&[]),
            receipts_hash: self.receipts_hash,
            proposer,
            gas_limit,
        }
    }

    /// Whether a header continues the chain here, where the state has `state_root`. Its transactions are not looked at.
    ///
    /// # Errors
    /// The first [`InvalidHeader`].
    pub fn check_child(&self, header: &Header, state_root: Hash) -> Result<(), InvalidHeader> {
        if header.chain_id != self.header.chain_id {
            return Err(InvalidHeader::Chain { found: header.chain_id.clone() });
        }
        let (expected, found) = (self.header.height.next(), header.height);
        if found != expected {
            return Err(InvalidHeader::Height { expected, found });
        }
        if header.parent != self.id {
            return Err(InvalidHeader::Parent);
        }
        let (parent, found) = (self.header.time_ms, header.time_ms);
        if found <= parent {
            return Err(InvalidHeader::Time { parent, found });
        }
        let (expected, found) = (state_root, header.state_root);
        if found != expected {
            return Err(InvalidHeader::StateRoot { expected, found });
        }
        let (expected, found) = (self.receipts_hash, header.receipts_hash);
        if found != expected {
            return Err(InvalidHeader::ReceiptsHash { expected, found });
        }
        Ok(())
    }
}
