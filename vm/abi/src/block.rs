//! Blocks and their headers.

use alloc::vec::Vec;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    Address, ChainId, Gas, Hash, List, Receipt, SignedTx, codec, hash::Context, limits::wire::MAX_BLOCK_TXS,
};

/// A block's position; genesis is 0.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize,
)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Height(pub u64);

impl Height {
    /// The height after this one.
    ///
    /// # Panics
    /// After 2^64 blocks.
    #[must_use]
    pub const fn next(self) -> Self {
        match self.0.checked_add(1) {
            Some(height) => Self(height),
            None => panic!("the chain is over"),
        }
    }
}

impl core::str::FromStr for Height {
    type Err = core::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl core::fmt::Display for Height {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What a block's execution may see, and what its producer promises.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Header {
    /// The chain.
    pub chain_id: ChainId,
    /// The position.
    pub height: Height,
    /// Milliseconds since 1970, later than the parent's; the only clock that a contract sees.
    pub time_ms: u64,
    /// The block before; zeros for genesis.
    pub parent: Hash,
    /// The root of the state that the transactions start from: the one after the parent.
    pub state_root: Hash,
    /// Commits to the transactions and their order.
    pub txs_hash: Hash,
    /// Commits to the receipts of the parent.
    pub receipts_hash: Hash,
    /// Who gets the fees.
    pub proposer: Address,
    /// The most gas that the transactions' limits may sum up to.
    pub gas_limit: Gas,
}

/// A header and its transactions.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Block {
    /// The header.
    pub header: Header,
    /// The transactions, in the order in which they execute.
    pub txs: List<SignedTx, MAX_BLOCK_TXS>,
}

impl Header {
    /// The block's id.
    #[must_use]
    pub fn id(&self) -> Hash {
        Hash::of(Context::Header, &codec::encode(self))
    }
}

/// What a header says of its transactions: the hash of their ids and signatures, in order.
#[must_use]
pub fn txs_hash(txs: &[SignedTx]) -> Hash {
    let parts: Vec<(Hash, [u8; 64])> = txs.iter().map(|tx| (tx.body.id(), tx.signature)).collect();
    Hash::of(Context::Txs, &codec::encode(&parts))
}

/// What a header says of its parent's receipts: the hash of all, in order.
#[must_use]
pub fn receipts_hash(receipts: &[Receipt]) -> Hash {
    Hash::of(Context::Receipts, &codec::encode(&receipts))
}
