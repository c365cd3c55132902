//! Makes the blocks: one thread, which sleeps until there is something to do.
//!
//! It takes the mempool's best, executes them on the newest state, leaves out what turns out to be invalid,
//! and commits. The clock is read here, once a block, and goes into the header; execution sees no other.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Instant,
};

use lockstep_abi::{Block, List, SignedTx, block::txs_hash};
use lockstep_runtime::{BlockExecutor, CheckedTx, Fault, account};

use crate::{
    STACK_BYTES,
    chain::ChainError,
    contract_log,
    hub::{Hub, Selected, Work, now_ms},
    mempool::Room,
};

/// This machine is broken; the block under way is abandoned.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error("the block producer panicked; this is a bug")]
    Panicked,
}

/// Starts the producer. It ends when the hub is asked to stop, or with a report if this machine is broken.
pub(crate) fn start(hub: Arc<Hub>) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name("producer".into()).stack_size(STACK_BYTES).spawn(move || {
        let _alarm = Alarm(&hub);
        let mut last = Instant::now();
        let mut tried = None;
        while hub.await_work(last, tried) == Work::Block {
            last = Instant::now();
            match produce(&hub) {
                Ok(Made::Something) => tried = None,
                Ok(Made::Nothing { events }) => tried = Some(events),
                Err(broken) => hub.report_broken(&broken),
            }
        }
    })
}

/// A producer that panics is a bug, but not one to be silent about: a node without blocks looks alive.
struct Alarm<'a>(&'a Hub);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.report_broken(&Broken::Panicked);
        }
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy)]
enum Made {
    /// A block, or what was ready turned out to be invalid and is gone.
    Something,
    /// Nothing could be executed: the code of what is ready is being compiled.
    Nothing {
        /// How much had come.
        events: u64,
    },
}

/// Makes one block; none if all that was ready turned out to be invalid and no empty ones are wanted.
fn produce(hub: &Hub) -> Result<Made, Broken> {
    let started = Instant::now();
    let settings = &hub.settings;
    let view = hub.chain.view()?;
    let head = view.head();
    let mut header = head.child(now_ms(), settings.proposer, settings.block_gas);
    let next = header.height.next();
    let Selected { txs: candidates, events } = hub.select(Room::of_block(header.gas_limit), header.height);
    if candidates.is_empty() && settings.block_time.is_none() {
        return Ok(Made::Nothing { events });
    }

    let mut executor = BlockExecutor::new(&hub.engine, hub.chain.state(), &header, contract_log::of_block());
    let mut included: Vec<Arc<CheckedTx>> = Vec::new();
    let mut invalid = Vec::new();
    let mut passed_over = BTreeSet::new();
    for tx in candidates {
        // Those that follow an invalid one of their sender are not invalid: they wait.
        if passed_over.contains(&tx.sender()) || !executor.has_room(&tx) {
            passed_over.insert(tx.sender());
            continue;
        }
        match executor.execute(&tx)? {
            Ok(_) => included.push(tx),
            Err(error) => {
                passed_over.insert(tx.sender());
                invalid.push((tx.id(), error));
            }
        }
    }
    let output = executor.finish()?;

    let head = match included.is_empty() && settings.block_time.is_none() {
        true => None,
        false => {
            let txs: Vec<SignedTx> = included.iter().map(|tx| tx.signed().clone()).collect();
            header.txs_hash = txs_hash(&txs);
            // Computed while the block was executed.
            header.state_root = view.head_root()?;
            let txs = List::try_from(txs).expect("the executor has no room for more");
            Some(hub.chain.commit(&Block { header, txs }, &output)?)
        }
    };
    // The senders whose accounts changed, and those whose transactions were found invalid.
    let mut accounts = BTreeMap::new();
    for sender in included.iter().map(|tx| tx.sender()).chain(passed_over) {
        accounts.insert(sender, account(hub.chain.state(), &sender)?);
    }
    hub.with_pool_mut(|pool| {
        for (id, error) in invalid {
            tracing::info!(%id, "left out: {error}");
            pool.drop_invalid(&id, error);
        }
        let height = head.as_ref().map_or(next, |head| head.height().next());
        pool.settle(included.iter().map(|tx| tx.id()), accounts, height);
    });
    let Some(head) = head else { return Ok(Made::Something) };
    let gas: u64 = output.receipts.iter().map(|receipt| receipt.gas_used.0).sum();
    let (txs, micros) = (output.receipts.len(), started.elapsed().as_micros());
    let root_before = head.header.state_root;
    tracing::info!(height = %head.height(), txs, gas, micros, %root_before, "block");
    hub.announce(&head);
    Ok(Made::Something)
}
