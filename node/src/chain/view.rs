//! The chain at one instant: what every question to a node reads.

use std::{fmt, ops::ControlFlow};

use lockstep_abi::{Block, Hash, Header, Height, List, Receipt, SignedTx};
use lockstep_state::{Family, Order, Read, RocksSnapshot};

use super::{
    ChainError, Head, Position,
    record::{HEAD, Record, block_key, id_key, tx_key},
};

/// Head, state and records that belong together, whatever is committed since.
pub struct View<'a> {
    snapshot: RocksSnapshot<'a>,
    head: Head,
}

impl<'a> View<'a> {
    pub(super) fn of(snapshot: RocksSnapshot<'a>) -> Result<Self, ChainError> {
        let head = snapshot.get_record(Family::Meta, HEAD)?;
        let head = Head::of_bytes(&head.ok_or(ChainError::Damaged { what: "there is no head" })?)?;
        Ok(Self { snapshot, head })
    }
}

impl View<'_> {
    /// The newest block.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The state after the newest block.
    #[must_use]
    pub const fn state(&self) -> &dyn Read {
        &self.snapshot
    }

    /// The header at a height; `None` above the head.
    ///
    /// # Errors
    /// [`ChainError`] if the store fails or is damaged.
    pub fn header(&self, height: Height) -> Result<Option<Header>, ChainError> {
        self.record(Family::Blocks, &block_key(height))
    }

    /// The block at a height; `None` above the head. Reads all its transactions, up to 8 MiB.
    ///
    /// # Errors
    /// As [`Self::header`].
    pub fn block(&self, height: Height) -> Result<Option<Block>, ChainError> {
        let Some(header) = self.header(height)? else { return Ok(None) };
        let txs: Vec<SignedTx> = self.of_block(Family::Blocks, height)?;
        let txs = List::try_from(txs)
            .map_err(|_| ChainError::Damaged { what: "a block has too many transactions" })?;
        Ok(Some(Block { header, txs }))
    }

    /// The receipts of the block at a height, in the order of its transactions.
    ///
    /// # Errors
    /// As [`Self::header`].
    pub fn receipts(&self, height: Height) -> Result<Vec<Receipt>, ChainError> {
        self.of_block(Family::Receipts, height)
    }

    /// The height of the block with this id.
    ///
    /// # Errors
    /// As [`Self::header`].
    pub fn height_of(&self, id: &Hash) -> Result<Option<Height>, ChainError> {
        self.record(Family::BlockIndex, &id_key(id))
    }

    /// Where the transaction with this id is.
    ///
    /// # Errors
    /// As [`Self::header`].
    pub fn position(&self, id: &Hash) -> Result<Option<Position>, ChainError> {
        self.record(Family::TxIndex, &id_key(id))
    }

    /// The transaction at a position.
    ///
    /// # Errors
    /// As [`Self::header`].
    pub fn tx(&self, position: Position) -> Result<Option<SignedTx>, ChainError> {
        self.record(Family::Blocks, &tx_key(position))
    }

    /// The receipt at a position.
    ///
    /// # Errors
    /// As [`Self::header`].
    pub fn receipt(&self, position: Position) -> Result<Option<Receipt>, ChainError> {
        self.record(Family::Receipts, &tx_key(position))
    }

    /// The block at a height as the head it once was; `None` above the head.
    ///
    /// # Errors
    /// As [`Self::header`].
    pub fn head_at(&self, height: Height) -> Result<Option<Head>, ChainError> {
        if height == self.head.height() {
            return Ok(Some(self.head.clone()));
        }
        let Some(header) = self.header(height)? else { return Ok(None) };
        let next = self.header(height.next())?.ok_or(ChainError::Damaged { what: "a header is missing" })?;
        let (state_root, receipts_hash) = (next.state_root, next.receipts_hash);
        Ok(Some(Head { id: next.parent, header, state_root, receipts_hash }))
    }

    fn record<T: Record>(&self, family: Family, key: &[u8]) -> Result<Option<T>, ChainError> {
        self.snapshot.get_record(family, key)?.map(|bytes| T::of_bytes(&bytes)).transpose()
    }

    /// What one family keeps for each transaction of a block, in order.
    fn of_block<T: Record>(&self, family: Family, height: Height) -> Result<Vec<T>, ChainError> {
        let start = tx_key(Position { height, index: 0 });
        let end = block_key(height.next());
        let mut records = Vec::new();
        let mut damaged = None;
        self.snapshot.range_records(
            family,
            &start,
            &end,
            Order::Ascending,
            &mut |_, bytes| match T::of_bytes(bytes) {
                Ok(record) => {
                    records.push(record);
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    damaged = Some(error);
                    ControlFlow::Break(())
                }
            },
        )?;
        match damaged {
            Some(error) => Err(error),
            None => Ok(records),
        }
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("head", &self.head).finish_non_exhaustive()
    }
}
