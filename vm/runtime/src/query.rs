//! Asks without changing anything: a method read-only, or a transaction as if it were in the next block.

use std::sync::Arc;

use lockstep_abi::{
    Address, Amount, Gas, GasPrice, Header, Receipt, SignedTx, TxBody, codec,
    host::Access,
    limits::{run::MAX_STACK_UNITS, wire::MAX_TX_GAS},
    tx::Invocation,
};
use lockstep_engine::{Answer, BlockContext, Budget, Engine, Fault};
use lockstep_state::{Delta, Read};

use crate::{
    CheckedTx, InvalidTx, Log,
    frame::{Execution, Purpose, Request},
    record::account,
    settle::settle,
    tx::execute,
};

/// A question to a contract.
#[derive(Debug, Clone)]
pub struct Query {
    /// Who asks, as the contract sees it.
    pub from: Address,
    /// The contract.
    pub to: Address,
    /// Method and arguments.
    pub invocation: Invocation,
    /// The most gas that answering may take; as a transaction's, at most [`MAX_TX_GAS`].
    pub gas_limit: Gas,
}

/// Runs a method in a world that refuses writes.
///
/// # Errors
/// [`Fault`] if this machine is broken.
pub fn query(
    engine: &Engine,
    state: &dyn Read,
    block: BlockContext,
    query: Query,
    log: &Log,
) -> Result<Answer, Fault> {
    let Query { from, to, invocation, gas_limit } = query;
    let mut state = Delta::new(state);
    let block = Arc::new(block);
    let mut execution = Execution {
        engine,
        state: &mut state,
        block: &block,
        log,
        origin: from,
        events: Vec::new(),
        frames: Vec::new(),
    };
    let request =
        Request { from, to, invocation, value: Amount::ZERO, access: Access::Read, purpose: Purpose::Call };
    let gas = gas_limit.min(Gas(MAX_TX_GAS));
    execution.run(request, Budget { gas, stack_units: MAX_STACK_UNITS })
}

/// The receipt that a transaction would have in a block with this header, on this state. Its signature
/// and nonce are not looked at, it may use all the gas that there is, and it pays nothing: what is left to
/// learn is what it does and what gas it takes.
///
/// # Errors
/// [`Fault`] if this machine is broken.
pub fn simulate(
    engine: &Engine,
    state: &dyn Read,
    header: &Header,
    body: TxBody,
    log: &Log,
) -> Result<Result<Receipt, InvalidTx>, Fault> {
    let mut state = Delta::new(state);
    let sender = account(&state, &body.sender())?;
    let body = TxBody { gas_limit: Gas(MAX_TX_GAS), gas_price: GasPrice(0), nonce: sender.nonce, ..body };
    let tx = SignedTx { body, signature: [0; 64] };
    let size_bytes = codec::encode(&tx).len();
    let tx = match CheckedTx::new(tx, size_bytes) {
        Ok(tx) => tx,
        Err(invalid) => return Ok(Err(invalid)),
    };
    let block = Arc::new(BlockContext {
        chain_id: header.chain_id.clone(),
        height: header.height,
        time_ms: header.time_ms,
    });
    crate::charge::charge(&mut state, &tx, sender)?;
    let mut execution = Execution {
        engine,
        state: &mut state,
        block: &block,
        log,
        origin: tx.sender(),
        events: Vec::new(),
        frames: Vec::new(),
    };
    let executed = execute(&mut execution, &tx)?;
    let events = execution.events;
    settle(&mut state, &tx, executed, events, &header.proposer).map(Ok)
}
