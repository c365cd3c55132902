//! What a node keeps of the past, and what it forgets with each block.

use std::{fmt, num::NonZero, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use lockstep_abi::{Height, codec};
use lockstep_state::{CommitBatch, Family, MAX_PRUNED_BLOCKS};

use super::{
    ChainError, View,
    record::{OLDEST_BLOCK, Position, block_key, id_key, tx_key},
};

/// What a node keeps of the past, besides the newest block and its state. Changed from one start to the next, it holds
/// from then on: what was forgotten does not come back, and what there is too much of goes with the next blocks, a few
/// heights each. The folder remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub enum Pruning {
    /// Everything: each height can be read and proved.
    Archive,
    /// All blocks and receipts; states and tries of the [`FULL_STATES`] heights before the newest.
    #[default]
    Full,
    /// Blocks, receipts, states and tries of so many heights before the newest. Such a chain cannot be replayed from
    /// its genesis.
    Blocks(NonZero<u64>),
}

/// How many heights behind the newest can be read where all blocks are kept: enough for a client to finish with a
/// header that it has just seen. go-ethereum keeps as many.
pub const FULL_STATES: u64 = 128;

/// Why a text is not a [`Pruning`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither `archive`, nor `full`, nor a number of blocks from 1 on")]
pub struct PruningError;

impl Pruning {
    /// The oldest state that a node at `newest` keeps.
    fn oldest_state(self, newest: Height) -> Height {
        match self {
            Self::Archive => Height(0),
            Self::Full => Height(newest.0.saturating_sub(FULL_STATES)),
            Self::Blocks(blocks) => Height(newest.0.saturating_sub(blocks.get())),
        }
    }

    /// The oldest block.
    fn oldest_block(self, newest: Height) -> Height {
        match self {
            Self::Archive | Self::Full => Height(0),
            Self::Blocks(_) => self.oldest_state(newest),
        }
    }

    /// Adds to the batch of block `newest` what goes with it.
    pub(super) fn forget(
        self,
        view: &View<'_>,
        newest: Height,
        batch: &mut CommitBatch<'_>,
    ) -> Result<(), ChainError> {
        batch.keep_from(self.oldest_state(newest));
        let (oldest, wanted) = (view.oldest_block()?, self.oldest_block(newest));
        let after = wanted.min(Height(oldest.0.saturating_add(MAX_PRUNED_BLOCKS)));
        if after <= oldest {
            return Ok(());
        }
        for height in (oldest.0..after.0).map(Height) {
            forget_block(view, height, batch)?;
        }
        batch.set_record(Family::Meta, OLDEST_BLOCK.to_vec(), codec::encode(&after));
        Ok(())
    }
}

fn forget_block(view: &View<'_>, height: Height, batch: &mut CommitBatch<'_>) -> Result<(), ChainError> {
    const MISSING: ChainError = ChainError::Damaged { what: "a block that is to be pruned is missing" };
    let header = view.header(height)?.ok_or(MISSING)?;
    batch.remove_record(Family::BlockIndex, id_key(&header.id()));
    batch.remove_record(Family::Blocks, block_key(height));
    for (index, id) in (0..).zip(view.tx_ids(height)?) {
        let key = tx_key(Position { height, index });
        batch.remove_record(Family::TxIndex, id_key(&id));
        batch.remove_record(Family::Blocks, key.clone());
        batch.remove_record(Family::Receipts, key);
    }
    Ok(())
}

impl fmt::Display for Pruning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Archive => f.write_str("archive"),
            Self::Full => f.write_str("full"),
            Self::Blocks(blocks) => blocks.fmt(f),
        }
    }
}

impl FromStr for Pruning {
    type Err = PruningError;

    fn from_str(text: &str) -> Result<Self, PruningError> {
        match text {
            "archive" => Ok(Self::Archive),
            "full" => Ok(Self::Full),
            blocks => blocks.parse().map(Self::Blocks).map_err(|_| PruningError),
        }
    }
}
