//! Executes the transactions of a block, one after the other.
//!
//! All that execution sees is in the header and the state: no clock, no peer, no order of arrival.

use std::sync::Arc;

use lockstep_abi::{
    Address, Block, Gas, Header, Receipt,
    block::txs_hash,
    limits::wire::{MAX_BLOCK_BYTES, MAX_BLOCK_TXS},
};
use lockstep_engine::{BlockContext, Engine, Fault};
use lockstep_state::{Changes, Delta, Read};

use crate::{
    CheckedTx, InvalidBlock, InvalidTx, Log, charge::charge, check, frame::Execution, record::broken,
    settle::settle, tx::execute, validate::validate,
};

/// A block under way.
#[derive(Debug)]
pub struct BlockExecutor<'a> {
    engine: &'a Engine,
    log: Log,
    state: Delta<'a>,
    block: Arc<BlockContext>,
    proposer: Address,
    gas_left: Gas,
    bytes_left: usize,
    receipts: Vec<Receipt>,
}

/// What a block came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockOutput {
    /// The state's net changes.
    pub changes: Changes,
    /// One receipt for each transaction, in order.
    pub receipts: Vec<Receipt>,
}

impl<'a> BlockExecutor<'a> {
    /// A block on top of `state`. Of the header, only chain, height, time, proposer and gas limit are read.
    #[must_use]
    pub fn new(engine: &'a Engine, state: &'a dyn Read, header: &Header, log: Log) -> Self {
        let block = BlockContext {
            chain_id: header.chain_id.clone(),
            height: header.height,
            time_ms: header.time_ms,
        };
        Self {
            engine,
            log,
            state: Delta::new(state),
            block: Arc::new(block),
            proposer: header.proposer,
            gas_left: header.gas_limit,
            bytes_left: MAX_BLOCK_BYTES,
            receipts: Vec::new(),
        }
    }

    /// Whether there is room for a transaction, by its gas limit, its size and the count.
    #[must_use]
    pub fn has_room(&self, tx: &CheckedTx) -> bool {
        tx.body().gas_limit <= self.gas_left
            && tx.size_bytes() <= self.bytes_left
            && self.receipts.len() < MAX_BLOCK_TXS
    }

    /// Executes a transaction. If it is invalid, it leaves no trace, and the block goes on without it.
    ///
    /// # Errors
    /// [`Fault`] if this machine is broken; the block must then be abandoned.
    ///
    /// # Panics
    /// If there is no room for it.
    pub fn execute(&mut self, tx: &CheckedTx) -> Result<Result<&Receipt, InvalidTx>, Fault> {
        assert!(self.has_room(tx), "the block is full");
        let sender = match validate(&self.state, tx, self.block.height)? {
            Ok(sender) => sender,
            Err(invalid) => return Ok(Err(invalid)),
        };
        charge(&mut self.state, tx, sender)?;
        let mut execution = Execution {
            engine: self.engine,
            state: &mut self.state,
            block: &self.block,
            log: &self.log,
            origin: tx.sender(),
            events: Vec::new(),
            frames: Vec::new(),
        };
        let executed = execute(&mut execution, tx)?;
        let events = execution.events;
        // Nothing goes back behind this point; else every transaction of the block would stay in the journal.
        self.state.keep();
        let receipt = settle(&mut self.state, tx, executed, events, &self.proposer)?;
        self.gas_left = self.gas_left.saturating_sub(tx.body().gas_limit);
        self.bytes_left = self.bytes_left.saturating_sub(tx.size_bytes());
        Ok(Ok(self.receipts.push_mut(receipt)))
    }

    /// Ends the block.
    ///
    /// # Errors
    /// [`Fault`] if the state cannot be read.
    pub fn finish(self) -> Result<BlockOutput, Fault> {
        Ok(BlockOutput { changes: self.state.into_changes().map_err(broken)?, receipts: self.receipts })
    }
}

/// Executes a block as it was decided: all of it, or the reason why it is none. Asked twice, it answers
/// the same. Whether the header fits its parent is for the chain to say.
///
/// # Errors
/// [`Fault`] if this machine is broken.
pub fn execute_block(
    engine: &Engine,
    state: &dyn Read,
    block: &Block,
    log: Log,
) -> Result<Result<BlockOutput, InvalidBlock>, Fault> {
    if txs_hash(&block.txs) != block.header.txs_hash {
        return Ok(Err(InvalidBlock::TxsHash));
    }
    let mut executor = BlockExecutor::new(engine, state, &block.header, log);
    for (index, tx) in block.txs.iter().enumerate() {
        let tx = match check(&tx.encode(), &block.header.chain_id) {
            Ok(tx) => tx,
            Err(error) => return Ok(Err(InvalidBlock::Tx { index, error })),
        };
        if !executor.has_room(&tx) {
            return Ok(Err(InvalidBlock::GasLimit { index }));
        }
        if let Err(error) = executor.execute(&tx)? {
            return Ok(Err(InvalidBlock::Tx { index, error }));
        }
    }
    executor.finish().map(Ok)
}
