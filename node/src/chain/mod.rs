//! A chain in a folder: its blocks, receipts and newest state, moved on one whole block at a time.
//!
//! Header N carries the root of the state after block N-1 and the hash of its receipts; the [`Head`] keeps
//! the latter for the next one, and the root is computed meanwhile (`follower.rs`): the store's trie is one block
//! behind its state. What the records look like is in `record.rs`, what of them goes in time in `pruning.rs`; reads go
//! through a [`View`], which sees one instant.
//!
//! Not here: executing a block (`lockstep-runtime`), deciding what is in it (the producer).

mod audit;
mod error;
mod follower;
mod head;
mod import;
mod pruning;
mod record;
mod replay;
#[cfg(test)]
pub(crate) mod tests;
mod view;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use lockstep_abi::{Address, Block, Gas, Hash, Header, Height, List, block, codec, state::trie::EMPTY};
use lockstep_runtime::{BlockOutput, Genesis};
use lockstep_state::{CommitBatch, Family, Read, RocksOptions, RocksSnapshot, RocksStore};
use tokio::sync::watch;

pub use audit::{AuditError, Audited, audit};
pub use error::{ChainError, InvalidHeader};
pub use follower::{NewestTrie, TrieError, TrieFailure};
pub use head::Head;
pub use import::{Base, InvalidBase, NextError};
pub use pruning::{FULL_STATES, Pruning, PruningError};
pub use record::Position;
pub use replay::{ReplayError, Replayed, replay};
pub use view::{ProveError, View};

use follower::Follower;
use record::{GENESIS, GenesisRecord, HEAD, PRUNING, Record, block_key, id_key, tx_key};

/// An open chain. Share it in an `Arc`; there may be many readers and one writer.
#[derive(Debug)]
pub struct Chain {
    store: Arc<RocksStore>,
    follower: Follower,
    genesis: Genesis,
    pruning: Pruning,
}

/// How a chain uses its machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChainOptions {
    /// What the store is granted.
    pub store: RocksOptions,
    /// What is kept of the past; if absent, what the folder says, and [`Pruning::default`] for a new one.
    pub pruning: Option<Pruning>,
}

impl Chain {
    /// Opens the chain in the folder `path`, or begins it there if the folder is missing or empty.
    ///
    /// # Errors
    /// [`ChainError`] if the folder holds something else, another chain or a damaged one, or is in use.
    pub fn open(
        path: impl AsRef<Path>,
        genesis: &Genesis,
        options: &ChainOptions,
    ) -> Result<Self, ChainError> {
        let path = path.as_ref();
        let store = RocksStore::open(path, &options.store)?;
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
        Self::start(store, genesis.clone(), options.pruning)
    }

    /// Opens the chain in the folder `path`, whatever chain it is.
    ///
    /// # Errors
    /// [`ChainError::Empty`] if there is none; else as [`Self::open`].
    pub fn open_existing(path: impl AsRef<Path>, options: &ChainOptions) -> Result<Self, ChainError> {
        let path = path.as_ref();
        let empty = || ChainError::Empty { path: PathBuf::from(path) };
        // Looked at before the store is opened: that would make one.
        let used = path.read_dir().is_ok_and(|mut entries| entries.next().is_some());
        if !used {
            return Err(empty());
        }
        let store = RocksStore::open(path, &options.store)?;
        let genesis = stored_genesis(&store)?.ok_or_else(empty)?;
        Self::start(store, genesis, options.pruning)
    }

    /// The chain in an open store, if the trie that is stored is the one that the head's header promises. The entries
    /// of the state are not read: that is what [`audit`] does.
    fn start(store: RocksStore, genesis: Genesis, pruning: Option<Pruning>) -> Result<Self, ChainError> {
        let snapshot = store.snapshot();
        let head = stored_head(&snapshot)?;
        let height = head.height();
        if snapshot.height()? != Some(height) {
            return Err(ChainError::Damaged { what: "the head is of another height than the state" });
        }
        let (expected, found) = (head.header.state_root, snapshot.tree()?.map_or(EMPTY, |tree| tree.root));
        if found != expected {
            return Err(ChainError::Root { height, expected, found });
        }
        let changes = snapshot.changes_of_newest()?;
        drop(snapshot);
        let pruning = chosen_pruning(&store, pruning)?;
        let store = Arc::new(store);
        let follower = Follower::new(Arc::clone(&store), height, changes).map_err(ChainError::Thread)?;
        Ok(Self { store, follower, genesis, pruning })
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
        let (snapshot, tries) = self.follower.while_steady(|| self.store.snapshot());
        View::of(snapshot, tries)
    }

    /// What is kept of the past.
    #[must_use]
    pub const fn pruning(&self) -> Pruning {
        self.pruning
    }

    /// Tells the height of the newest trie, and each one that comes; some may be skipped. After an error there will be
    /// no other, nor a block: the node must stop.
    #[must_use]
    pub fn newest_trie(&self) -> watch::Receiver<NewestTrie> {
        self.follower.newest()
    }

    /// The newest state, which changes with every commit: for the one who commits.
    #[must_use]
    pub fn state(&self) -> &dyn Read {
        &*self.store
    }

    /// Adds a block and what its execution on the newest state came to: all of it or nothing. After this
    /// returned it outlasts a power cut, if the store syncs each block.
    ///
    /// # Errors
    /// [`ChainError`] if the store fails.
    ///
    /// # Panics
    /// If the block does not continue the chain or the output is of another block: our own bug.
    pub fn commit(&self, block: &Block, output: &BlockOutput) -> Result<Head, ChainError> {
        let view = self.view()?;
        let tree = view.trie().wait()?;
        view.head().check_child(&block.header, tree.root).expect("a block that continues the chain");
        assert_eq!(block::txs_hash(&block.txs), block.header.txs_hash, "the header of other transactions");
        let ids: Vec<Hash> = block.txs.iter().map(|tx| tx.body.id()).collect();
        let receipts = output.receipts.iter().map(|receipt| receipt.tx);
        assert!(ids.iter().copied().eq(receipts), "the receipts of other transactions");
        let step = Step { block, ids: &ids, output };
        let head = step.head();
        let mut batch = step.batch(&head);
        batch.set_tree(Arc::clone(tree));
        self.pruning.forget(&view, head.height(), &mut batch)?;
        let trie = self.follower.promise(Arc::clone(view.trie()));
        self.store.commit(batch)?;
        self.follower.follow(trie, output.changes.clone());
        Ok(head)
    }
}

fn stored_genesis(store: &RocksStore) -> Result<Option<Genesis>, ChainError> {
    let record = store.get_record(Family::Meta, GENESIS)?;
    record.map(|bytes| GenesisRecord::of_bytes(&bytes).map(Genesis::from)).transpose()
}

fn stored_head(snapshot: &RocksSnapshot<'_>) -> Result<Head, ChainError> {
    let head = snapshot.get_record(Family::Meta, HEAD)?;
    Head::of_bytes(&head.ok_or(ChainError::Damaged { what: "there is no head" })?)
}

/// What was chosen for this start, which the folder then remembers; or else before.
fn chosen_pruning(store: &RocksStore, chosen: Option<Pruning>) -> Result<Pruning, ChainError> {
    let stored = store.get_record(Family::Meta, PRUNING)?;
    let stored = stored.map(|bytes| Pruning::of_bytes(&bytes)).transpose()?;
    let Some(chosen) = chosen.filter(|chosen| stored != Some(*chosen)) else {
        return Ok(stored.unwrap_or_default());
    };
    if let Some(before) = stored {
        tracing::info!(%before, now = %chosen, "another choice of what is kept of the past, from the next block on");
    }
    store.set_record(Family::Meta, PRUNING, &codec::encode(&chosen))?;
    Ok(chosen)
}

/// Writes block 0: no transactions, and the balances that the chain begins with.
fn begin(store: &RocksStore, genesis: &Genesis) -> Result<(), ChainError> {
    if store.snapshot().height()?.is_some() {
        return Err(ChainError::Damaged { what: "a state without a genesis; an import was not finished" });
    }
    let block = genesis_block(genesis);
    let changes = genesis.changes().map_err(ChainError::Genesis)?;
    let output = BlockOutput { changes, receipts: Vec::new() };
    let step = Step { block: &block, ids: &[], output: &output };
    let head = step.head();
    let mut batch = step.batch(&head);
    batch.set_record(Family::Meta, GENESIS.to_vec(), codec::encode(&GenesisRecord::from(genesis)));
    Ok(store.commit(batch)?)
}

/// Block 0. What it commits to is in block 1, which carries the root after it.
fn genesis_block(genesis: &Genesis) -> Block {
    let header = Header {
        chain_id: genesis.chain_id.clone(),
        height: Height(0),
        time_ms: genesis.time_ms,
        parent: Hash::default(),
        state_root: EMPTY,
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
}

impl<'a> Step<'a> {
    fn head(&self) -> Head {
        Head::after(self.block, &self.output.receipts)
    }

    /// What the block itself writes; the trie before it is not in it.
    fn batch(&self, head: &Head) -> CommitBatch<'a> {
        let mut batch = CommitBatch::new(head.height(), &self.output.changes);
        self.add_records(head, &mut batch);
        batch
    }

    fn add_records(&self, head: &Head, batch: &mut CommitBatch<'_>) {
        let Self { block, ids, output } = self;
        let height = head.height();
        batch.set_record(Family::Blocks, block_key(height), codec::encode(&block.header));
        batch.set_record(Family::BlockIndex, id_key(&head.id), codec::encode(&height));
        for (index, ((tx, id), receipt)) in (0u32..).zip(block.txs.iter().zip(*ids).zip(&output.receipts)) {
            let position = Position { height, index };
            batch.set_record(Family::Blocks, tx_key(position), tx.encode());
            batch.set_record(Family::Receipts, tx_key(position), codec::encode(receipt));
            batch.set_record(Family::TxIndex, id_key(id), codec::encode(&position));
        }
        batch.set_record(Family::Meta, HEAD.to_vec(), codec::encode(head));
    }
}
