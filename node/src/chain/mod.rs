//! A chain in a folder: its blocks, receipts and newest state, moved on one whole block at a time.
//!
//! Header N carries the root of the state after block N-1 and the hash of its receipts; the [`Head`] keeps
//! both for the next one. What the records look like is in `record.rs`; reads go through a [`View`], which
//! sees one instant.
//!
//! Not here: executing a block (`lockstep-runtime`), deciding what is in it (the producer).

mod error;
mod head;
mod record;
mod replay;
#[cfg(test)]
mod tests;
mod view;

use std::path::{Path, PathBuf};

use lockstep_abi::{Address, Block, Gas, Hash, Header, Height, List, block, codec};
use lockstep_runtime::{BlockOutput, Genesis};
use lockstep_state::{CommitBatch, Commitment, Family, Read, RocksOptions, RocksStore};

pub use error::{ChainError, InvalidHeader};
pub use head::Head;
pub use record::Position;
pub use replay::{ReplayError, Replayed, replay};
pub use view::View;

use record::{GENESIS, GenesisRecord, HEAD, Record, block_key, id_key, tx_key};

/// An open chain. Share it in an `Arc`; there may be many readers and one writer.
#[derive(Debug)]
pub struct Chain {
    store: RocksStore,
    genesis: Genesis,
}

impl Chain {
    /// Opens the chain in the folder `path`, or begins it there if the folder is missing or empty.
    ///
    /// # Errors
    /// [`ChainError`] if the folder holds something else, another chain or a damaged one, or is in use.
    pub fn open(
        path: impl AsRef<Path>,
        genesis: &Genesis,
        options: &RocksOptions,
    ) -> Result<Self, ChainError> {
        let path = path.as_ref();
        let store = RocksStore::open(path, options)?;
        match stored_genesis(&store)? {
            None => begin(&store, genesis)?,
            Some(stored) if stored.chain_id != genesis.chain_id => {
                return Err(ChainError::OtherChain {
                    path: path.to_path_buf(),
                    found: stored.chain_id,
                    expected: genesis.chain_id.clone(),
                });
            }
            Some(stored) if stored != *genesis => {
                let chain_id = stored.chain_id;
                return Err(ChainError::OtherGenesis { path: path.to_path_buf(), chain_id });
            }
            Some(_) => {}
        }
        Self { store, genesis: genesis.clone() }.audited()
    }

    /// Opens the chain in the folder `path`, whatever chain it is.
    ///
    /// # Errors
    /// [`ChainError::Empty`] if there is none; else as [`Self::open`].
    pub fn open_existing(path: impl AsRef<Path>, options: &RocksOptions) -> Result<Self, ChainError> {
        let path = path.as_ref();
        let empty = || ChainError::Empty { path: PathBuf::from(path) };
        // Looked at before the store is opened: that would make one.
        let used = path.read_dir().is_ok_and(|mut entries| entries.next().is_some());
        if !used {
            return Err(empty());
        }
        let store = RocksStore::open(path, options)?;
        let genesis = stored_genesis(&store)?.ok_or_else(empty)?;
        Self { store, genesis }.audited()
    }

    /// The chain, if the commitment stored with its state is the one that its head promises. The entries of
    /// the state are not read: that is what [`replay`] does.
    fn audited(self) -> Result<Self, ChainError> {
        let head = self.view()?.head().clone();
        let found = self.store.commitment()?.root();
        match found == head.state_root {
            true => Ok(self),
            false => Err(ChainError::Root { height: head.height(), expected: head.state_root, found }),
        }
    }

    /// What the chain began from.
    #[must_use]
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The chain at this instant.
    ///
    /// # Errors
    /// [`ChainError`] if the store cannot be read.
    pub fn view(&self) -> Result<View<'_>, ChainError> {
        View::of(self.store.snapshot())
    }

    /// The newest state, which changes with every commit: for the one who commits.
    #[must_use]
    pub const fn state(&self) -> &dyn Read {
        &self.store
    }

    /// Adds a block and what its execution on the newest state came to: all of it or nothing. After this
    /// returned it outlasts a power cut.
    ///
    /// # Errors
    /// [`ChainError`] if the store fails.
    ///
    /// # Panics
    /// If the block does not continue the chain or the output is of another block: our own bug.
    pub fn commit(&self, block: &Block, output: &BlockOutput) -> Result<Head, ChainError> {
        let parent = self.view()?.head().clone();
        parent.check_child(&block.header).expect("a block that continues the chain");
        assert_eq!(block::txs_hash(&block.txs), block.header.txs_hash, "the header of other transactions");
        let ids: Vec<Hash> = block.txs.iter().map(|tx| tx.body.id()).collect();
        let receipts = output.receipts.iter().map(|receipt| receipt.tx);
        assert!(ids.iter().copied().eq(receipts), "the receipts of other transactions");
        write(&self.store, Step { block, ids: &ids, output, genesis: None })
    }
}

fn stored_genesis(store: &RocksStore) -> Result<Option<Genesis>, ChainError> {
    let record = store.get_record(Family::Meta, GENESIS)?;
    record.map(|bytes| GenesisRecord::of_bytes(&bytes).map(Genesis::from)).transpose()
}

/// Writes block 0: no transactions, and the balances that the chain begins with.
fn begin(store: &RocksStore, genesis: &Genesis) -> Result<(), ChainError> {
    let block = genesis_block(genesis);
    let changes = genesis.changes().map_err(ChainError::Genesis)?;
    let output = BlockOutput { changes, receipts: Vec::new() };
    write(store, Step { block: &block, ids: &[], output: &output, genesis: Some(genesis) })?;
    Ok(())
}

/// Block 0. What it commits to is in block 1, which carries the root after it.
fn genesis_block(genesis: &Genesis) -> Block {
    let header = Header {
        chain_id: genesis.chain_id.clone(),
        height: Height(0),
        time_ms: genesis.time_ms,
        parent: Hash::default(),
        state_root: Commitment::new().root(),
        txs_hash: block::txs_hash(&[]),
        receipts_hash: block::receipts_hash(&[]),
        proposer: Address::default(),
        gas_limit: Gas::ZERO,
    };
    Block { header, txs: List::default() }
}

/// One block's worth of writing.
struct Step<'a> {
    block: &'a Block,
    /// The ids of its transactions.
    ids: &'a [Hash],
    output: &'a BlockOutput,
    /// What block 0 keeps beside itself.
    genesis: Option<&'a Genesis>,
}

/// Writes a block in one batch.
fn write(store: &RocksStore, step: Step<'_>) -> Result<Head, ChainError> {
    let Step { block, ids, output, genesis } = step;
    let mut commitment = store.commitment()?;
    commitment.update(&output.changes);
    let head = Head::after(block, &output.receipts, commitment.root());
    let height = head.height();
    let mut batch = CommitBatch::new(&output.changes, &commitment);
    batch.set_record(Family::Blocks, block_key(height), codec::encode(&block.header));
    batch.set_record(Family::BlockIndex, id_key(&head.id), codec::encode(&height));
    for (index, ((tx, id), receipt)) in (0u32..).zip(block.txs.iter().zip(ids).zip(&output.receipts)) {
        let position = Position { height, index };
        batch.set_record(Family::Blocks, tx_key(position), tx.encode());
        batch.set_record(Family::Receipts, tx_key(position), codec::encode(receipt));
        batch.set_record(Family::TxIndex, id_key(id), codec::encode(&position));
    }
    if let Some(genesis) = genesis {
        batch.set_record(Family::Meta, GENESIS.to_vec(), codec::encode(&GenesisRecord::from(genesis)));
    }
    batch.set_record(Family::Meta, HEAD.to_vec(), codec::encode(&head));
    store.commit(batch)?;
    Ok(head)
}
