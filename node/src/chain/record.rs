//! What the chain's records look like in the store.
//!
//! | family | key | value |
//! |---|---|---|
//! | `Blocks` | height | the header |
//! | `Blocks` | height, index | one transaction of that block |
//! | `Receipts` | height, index | its receipt |
//! | `TxIndex` | transaction's id | height, index |
//! | `BlockIndex` | block's id | height |
//! | `Meta` | `genesis`, `head` | what the chain began from, where it is |
//! | `Meta` | `oldest_block` | the height of the oldest block that is there; absent if all are |
//! | `Meta` | `pruning` | what was chosen to be kept of the past |
//!
//! Heights (8 bytes) and indices (4) are big-endian, so that a block is one range and starts with its header.
//! Values are borsh. One record a transaction: whoever asks for one does not read eight megabytes.

use borsh::{BorshDeserialize, BorshSerialize};
use lockstep_abi::{
    Address, Amount, ChainId, Hash, Header, Height, Receipt, SignedTx, codec,
    limits::wire::{MAX_BLOCK_BYTES, MAX_TX_BYTES},
};
use lockstep_runtime::Genesis;

use super::{ChainError, Pruning};

pub(super) const HEAD: &[u8] = b"head";
pub(super) const GENESIS: &[u8] = b"genesis";
pub(super) const OLDEST_BLOCK: &[u8] = b"oldest_block";
pub(super) const PRUNING: &[u8] = b"pruning";

/// Bytes of a header, a head or a position; the longest has under 400.
const MAX_SMALL_BYTES: usize = 1 << 10;
/// Bytes of a receipt: 32 results of 128 KiB, and events with 256 KiB of data and their topics.
const MAX_RECEIPT_BYTES: usize = 8 << 20;
/// Bytes of a genesis: about 300 thousand accounts.
pub(super) const MAX_GENESIS_BYTES: usize = 16 << 20;

/// Where a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Position {
    /// Its block.
    pub height: Height,
    /// Which one in the block, counted from 0.
    pub index: u32,
}

/// A record of one kind: how it is decoded, and what to say if it cannot be.
pub(super) trait Record: BorshSerialize + BorshDeserialize {
    const WHAT: &'static str;
    const MAX_BYTES: usize;

    fn of_bytes(bytes: &[u8]) -> Result<Self, ChainError> {
        codec::decode(bytes, Self::MAX_BYTES).map_err(|_| ChainError::Damaged { what: Self::WHAT })
    }
}

impl Record for Header {
    const WHAT: &'static str = "a header cannot be decoded";
    const MAX_BYTES: usize = MAX_SMALL_BYTES;
}

impl Record for super::Head {
    const WHAT: &'static str = "the head cannot be decoded";
    const MAX_BYTES: usize = MAX_SMALL_BYTES;
}

impl Record for Position {
    const WHAT: &'static str = "a transaction's position cannot be decoded";
    const MAX_BYTES: usize = MAX_SMALL_BYTES;
}

impl Record for Height {
    const WHAT: &'static str = "a block's height cannot be decoded";
    const MAX_BYTES: usize = MAX_SMALL_BYTES;
}

impl Record for SignedTx {
    const WHAT: &'static str = "a transaction cannot be decoded";
    const MAX_BYTES: usize = MAX_TX_BYTES;
}

impl Record for Receipt {
    const WHAT: &'static str = "a receipt cannot be decoded";
    const MAX_BYTES: usize = MAX_RECEIPT_BYTES;
}

impl Record for Pruning {
    const WHAT: &'static str = "the choice of what is kept cannot be decoded";
    const MAX_BYTES: usize = MAX_SMALL_BYTES;
}

/// The id of the transaction whose receipt is stored as `bytes`: it comes first, and the rest may be megabytes.
pub(super) fn tx_of_receipt(bytes: &[u8]) -> Result<Hash, ChainError> {
    match bytes.first_chunk() {
        Some(id) => Ok(Hash(*id)),
        None => Err(ChainError::Damaged { what: Receipt::WHAT }),
    }
}

/// [`Genesis`] as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct GenesisRecord {
    chain_id: ChainId,
    time_ms: u64,
    balances: Vec<(Address, Amount)>,
}

impl Record for GenesisRecord {
    const WHAT: &'static str = "the genesis cannot be decoded";
    const MAX_BYTES: usize = MAX_GENESIS_BYTES;
}

impl GenesisRecord {
    pub(super) const fn chain_id(&self) -> &ChainId {
        &self.chain_id
    }
}

impl From<&Genesis> for GenesisRecord {
    fn from(genesis: &Genesis) -> Self {
        let Genesis { chain_id, time_ms, balances } = genesis.clone();
        Self { chain_id, time_ms, balances }
    }
}

impl From<GenesisRecord> for Genesis {
    fn from(record: GenesisRecord) -> Self {
        let GenesisRecord { chain_id, time_ms, balances } = record;
        Self { chain_id, time_ms, balances }
    }
}

/// The key of a block's header, and the start of the block's range.
pub(super) fn block_key(height: Height) -> Vec<u8> {
    height.0.to_be_bytes().to_vec()
}

/// The key of what belongs to one transaction of a block.
pub(super) fn tx_key(Position { height, index }: Position) -> Vec<u8> {
    [height.0.to_be_bytes().as_slice(), &index.to_be_bytes()].concat()
}

/// The key of what is found by an id.
pub(super) fn id_key(id: &Hash) -> Vec<u8> {
    id.0.to_vec()
}

// A block's transactions are read one by one, so their sum has no limit of its own here.
const _: () = assert!(MAX_TX_BYTES < MAX_BLOCK_BYTES);

#[cfg(test)]
mod tests {
    use lockstep_abi::{Gas, List, receipt::Outcome};

    use super::*;

    #[test]
    fn a_receipt_begins_with_the_id_of_its_transaction() {
        let receipt = Receipt {
            tx: Hash([7; 32]),
            outcome: Outcome::Success { results: List::default() },
            gas_used: Gas(1),
            fee: Amount(1),
            events: List::default(),
        };
        assert_eq!(tx_of_receipt(&codec::encode(&receipt)).unwrap(), receipt.tx);
        assert!(matches!(tx_of_receipt(&[7; 31]), Err(ChainError::Damaged { .. })));
    }
}
