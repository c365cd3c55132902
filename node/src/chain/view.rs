//! The chain at one instant: what every question to a node reads.

use std::{fmt, ops::ControlFlow, sync::Arc};

use lockstep_abi::{
    Block, Hash, Header, Height, List, Receipt, SignedTx,
    state::{StateKey, StateProof},
};
use lockstep_state::{AtError, Family, Order, Proven, Read, RocksSnapshot, StateAt, Tree};

use super::{
    ChainError, Head, Position,
    follower::{Awaited, Tries},
    record::{OLDEST_BLOCK, Record, block_key, id_key, tx_key, tx_of_receipt},
    stored_head,
};

/// Head, state, trie and records that belong together, whatever is committed since.
pub struct View<'a> {
    snapshot: RocksSnapshot<'a>,
    head: Head,
    /// The head's.
    trie: Arc<Awaited>,
}

/// Why an entry cannot be proved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The height is of no use.
    #[error(transparent)]
    At(#[from] AtError),
    /// The newest state, against whose root nothing can be proved yet.
    #[error(
        "the root of the state after block {height} is in the header of block {}, which is not there yet",
        height.next()
    )]
    NoHeader {
        /// The height of the newest state.
        height: Height,
    },
    /// The store fails or is damaged.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl<'a> View<'a> {
    /// The chain as `snapshot` has it, of whose head the trie is among `tries`.
    pub(super) fn of(snapshot: RocksSnapshot<'a>, tries: Tries) -> Result<Self, ChainError> {
        let head = stored_head(&snapshot)?;
        let trie = tries.of(head.height());
        Ok(Self { snapshot, head, trie })
    }
}

impl View<'_> {
    /// The newest block.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The root of the state after the newest block. It may have to be waited for, a few microseconds for each entry
    /// that the block changed.
    ///
    /// # Errors
    /// [`ChainError::Trie`] if it cannot be computed; no block can follow then.
    pub fn head_root(&self) -> Result<Hash, ChainError> {
        Ok(self.trie.wait()?.root)
    }

    /// The root of the state after the block of a height: the next header carries it, and of the newest block it is
    /// [`Self::head_root`]. `None` above the head, and below the oldest block but one.
    ///
    /// # Errors
    /// [`ChainError`] if the store fails or is damaged.
    pub fn root_after(&self, height: Height) -> Result<Option<Hash>, ChainError> {
        if height == self.head.height() {
            return self.head_root().map(Some);
        }
        Ok(self.header(height.next())?.map(|next| next.state_root))
    }

    /// The newest root that is known now, and its height: the head's, or else that before it. Only that of the genesis,
    /// which is in no header, is waited for.
    ///
    /// # Errors
    /// As [`Self::head_root`].
    pub fn known_root(&self) -> Result<Tree, ChainError> {
        let Header { height, state_root, .. } = self.head.header;
        match (self.trie.get()?, height.0.checked_sub(1)) {
            (Some(trie), _) => Ok(Tree { height, root: trie.root }),
            (None, Some(before)) => Ok(Tree { height: Height(before), root: state_root }),
            (None, None) => Ok(Tree { height, root: self.head_root()? }),
        }
    }

    pub(super) const fn trie(&self) -> &Arc<Awaited> {
        &self.trie
    }

    /// The state after the newest block.
    #[must_use]
    pub const fn state(&self) -> &dyn Read {
        &self.snapshot
    }

    /// The state after the block of a height.
    ///
    /// # Errors
    /// [`AtError`] if it is not there any more, or not yet.
    pub fn state_at(&self, height: Height) -> Result<StateAt<'_>, AtError> {
        self.snapshot.at(height)
    }

    /// The oldest height whose state can be read.
    ///
    /// # Errors
    /// [`ChainError`] if the store fails or is damaged.
    pub fn oldest_state(&self) -> Result<Height, ChainError> {
        Ok(self.snapshot.oldest()?)
    }

    /// The oldest block that was not pruned.
    ///
    /// # Errors
    /// As [`Self::oldest_state`].
    pub fn oldest_block(&self) -> Result<Height, ChainError> {
        Ok(self.record(Family::Meta, OLDEST_BLOCK)?.unwrap_or_default())
    }

    /// The entry of a key in the state after the block of a height, proved against the header after it.
    ///
    /// # Errors
    /// [`ProveError`] if there is no such state any more, or its root is in no header yet.
    ///
    /// # Panics
    /// If a key or value is longer than any that is stored.
    pub fn prove(&self, height: Height, key: StateKey) -> Result<StateProof, ProveError> {
        const MISSING_TRIE: ChainError =
            ChainError::Damaged { what: "the trie of a state that is kept is missing" };
        if height == self.head.height() {
            return Err(ProveError::NoHeader { height });
        }
        let Proven { value, path } = self.snapshot.prove(height, &key).map_err(|error| match error {
            AtError::NoTree { .. } => MISSING_TRIE.into(),
            other => ProveError::At(other),
        })?;
        let header = self.header(height.next())?.ok_or(ChainError::MISSING_HEADER)?;
        let value = value.map(|value| value.try_into().expect("a stored value is within the limits"));
        Ok(StateProof { header, key, value, path })
    }

    pub(super) const fn snapshot(&self) -> &RocksSnapshot<'_> {
        &self.snapshot
    }

    /// The header at a height; `None` above the head, and below the oldest block.
    ///
    /// # Errors
    /// [`ChainError`] if the store fails or is damaged.
    pub fn header(&self, height: Height) -> Result<Option<Header>, ChainError> {
        self.record(Family::Blocks, &block_key(height))
    }

    /// The block at a height; `None` above the head, and below the oldest block. Reads all its transactions, up to
    /// 8 MiB.
    ///
    /// # Errors
    /// As [`Self::header`].
    pub fn block(&self, height: Height) -> Result<Option<Block>, ChainError> {
        let Some(header) = self.header(height)? else { return Ok(None) };
        let txs = self.of_block(Family::Blocks, height, SignedTx::of_bytes)?;
        let txs = List::try_from(txs)
            .map_err(|_| ChainError::Damaged { what: "a block has too many transactions" })?;
        Ok(Some(Block { header, txs }))
    }

    /// The receipts of the block at a height, in the order of its transactions.
    ///
    /// # Errors
    /// As [`Self::header`].
    pub fn receipts(&self, height: Height) -> Result<Vec<Receipt>, ChainError> {
        self.of_block(Family::Receipts, height, Receipt::of_bytes)
    }

    /// The ids of the transactions of the block at a height, in order.
    ///
    /// # Errors
    /// As [`Self::header`].
    pub(super) fn tx_ids(&self, height: Height) -> Result<Vec<Hash>, ChainError> {
        self.of_block(Family::Receipts, height, tx_of_receipt)
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

    /// The block at a height as the head it once was; `None` above the head, and below the oldest block.
    ///
    /// # Errors
    /// As [`Self::header`].
    pub fn head_at(&self, height: Height) -> Result<Option<Head>, ChainError> {
        if height == self.head.height() {
            return Ok(Some(self.head.clone()));
        }
        let Some(header) = self.header(height)? else { return Ok(None) };
        let next = self.header(height.next())?.ok_or(ChainError::MISSING_HEADER)?;
        Ok(Some(Head { id: next.parent, header, receipts_hash: next.receipts_hash }))
    }

    fn record<T: Record>(&self, family: Family, key: &[u8]) -> Result<Option<T>, ChainError> {
        self.snapshot.get_record(family, key)?.map(|bytes| T::of_bytes(&bytes)).transpose()
    }

    /// What one family keeps for each transaction of a block, in order.
    fn of_block<T>(
        &self,
        family: Family,
        height: Height,
        decode: impl Fn(&[u8]) -> Result<T, ChainError>,
    ) -> Result<Vec<T>, ChainError> {
        let start = tx_key(Position { height, index: 0 });
        let end = block_key(height.next());
        let mut records = Vec::new();
        let mut damaged = None;
        self.snapshot.range_records(family, &start, &end, Order::Ascending, &mut |_, bytes| match decode(
            bytes,
        ) {
            Ok(record) => {
                records.push(record);
                ControlFlow::Continue(())
            }
            Err(error) => {
                damaged = Some(error);
                ControlFlow::Break(())
            }
        })?;
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
