//! Answers the methods.
//!
//! All work is done on tokio's blocking threads, in two lines (`line.rs`). What executes contracts, up to
//! a second of it, has a line of its own and one processor less than there are: the block producer keeps its
//! share of the machine, and short questions are not held up.
//!
//! What is answered about the state is in `state.rs`; here are blocks, transactions, and the two that wait.
//!
//! A question that cannot be answered, be it for a bug or a damaged store, is an `internal` error and a line
//! in the log. It does not stop the node, since nobody signs and pays for it: a block that cannot be executed
//! does, in `producer.rs`. So does a trie that cannot be computed, whoever meets it: no block can follow.

use std::{fmt, num::NonZero, sync::Arc, thread, time::Duration};

use jsonrpsee::{
    PendingSubscriptionSink,
    core::{SubscriptionResult, async_trait, to_json_raw_value},
};
use lockstep_abi::{Address, Hash, Height, MethodName, TxBody, codec, limits::wire::MAX_TX_BYTES};
use lockstep_runtime::{InvalidTx, simulate};
use tokio::sync::Semaphore;

use super::{
    AccountAnswer, ApiServer, At, BlockAnswer, CodeAnswer, ContractAnswer, ErrorKind, HeadAnswer,
    ProofAnswer, QueryAnswer, ReceiptAnswer, RpcError, SimulateAnswer, Status, TxAnswer,
    error::WorkError,
    line::{Line, Turn},
    state::{self, Question},
    trap::Traps,
};
use crate::{
    Hub, Whereabouts,
    chain::{ChainError, Position, View},
    hub::{now_ms, words},
};

/// How long `wait` waits unless told.
const DEFAULT_WAIT: Duration = Duration::from_secs(10);
/// How long it waits at the most.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Short questions at once; most take microseconds, a check of the largest module 30 ms.
const MAX_WORK: usize = 16;
/// How many wait in each line. A WebSocket's requests may be of [`super::MAX_REQUEST_BYTES`] each.
const MAX_LINE: usize = 64;
/// How many wait for transactions.
const MAX_WAITERS: usize = 256;

/// Executions of contracts at once: one processor is left for blocks and short questions.
const fn executions(processors: usize) -> usize {
    match processors.saturating_sub(1) {
        0 => 1,
        free if free > MAX_WORK / 2 => MAX_WORK / 2,
        free => free,
    }
}

pub(super) struct Handler {
    hub: Arc<Hub>,
    work: Line,
    executions: Line,
    waiters: Semaphore,
}

impl Handler {
    pub(super) fn new(hub: Arc<Hub>) -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            hub,
            work: Line::new("requests", MAX_WORK, MAX_LINE),
            executions: Line::new("executions of contracts", executions(processors), MAX_LINE),
            waiters: Semaphore::new(MAX_WAITERS),
        }
    }

    /// Does `work` that executes contracts.
    async fn execute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Hub) -> Result<T, WorkError> + Send + 'static,
    ) -> Result<T, RpcError> {
        self.run(self.executions.enter().await?, work).await
    }

    /// Does short `work`.
    async fn answer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Hub) -> Result<T, WorkError> + Send + 'static,
    ) -> Result<T, RpcError> {
        self.run(self.work.enter().await?, work).await
    }

    /// Does short `work` for one that waits or subscribed: they are as many as may be, and are not refused.
    async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Hub) -> Result<T, WorkError> + Send + 'static,
    ) -> Result<T, RpcError> {
        self.run(self.work.turn().await?, work).await
    }

    /// Does `work` on a blocking thread. The turn lasts until it is done: whoever asked may go away.
    async fn run<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnOnce(&Hub) -> Result<T, WorkError> + Send + 'static,
    ) -> Result<T, RpcError> {
        let hub = Arc::clone(&self.hub);
        let worked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&hub).map_err(|error| match error {
                WorkError::Rpc(error) => error,
                broken @ (WorkError::Chain(_) | WorkError::Fault(_)) => {
                    tracing::error!("a request cannot be answered: {}", words(&broken));
                    if let WorkError::Chain(ChainError::Trie(error)) = &broken {
                        hub.report_broken(error);
                    }
                    RpcError::internal()
                }
            })
        });
        // Only a panic ends the task early: a bug, which the panic's own message tells the log.
        worked.await.unwrap_or_else(|_| Err(RpcError::internal()))
    }
}

#[async_trait]
impl ApiServer for Handler {
    async fn status(&self) -> Result<Status, RpcError> {
        self.answer(|hub| {
            let view = hub.chain().view()?;
            let head = view.head();
            let settings = hub.settings();
            let (pending_txs, pending_bytes) = hub.with_pool(|pool| (pool.len(), pool.size_bytes()));
            let known = view.known_root()?;
            Ok(Status {
                version: env!("CARGO_PKG_VERSION").into(),
                chain_id: head.header.chain_id.clone(),
                dev: settings.dev,
                height: head.height(),
                block: head.id,
                time_ms: head.header.time_ms,
                state_root: known.root,
                state_root_height: known.height,
                oldest_state: view.oldest_state()?,
                oldest_block: view.oldest_block()?,
                min_gas_price: settings.mempool.min_gas_price,
                block_gas: settings.block_gas,
                pending_txs,
                pending_bytes,
            })
        })
        .await
    }

    async fn account(&self, address: Address, height: Option<Height>) -> Result<AccountAnswer, RpcError> {
        self.answer(move |hub| state::account_at(hub, address, height)).await
    }

    async fn submit(&self, tx: String) -> Result<Hash, RpcError> {
        self.answer(move |hub| {
            let bytes = bytes_of_tx(&tx)?;
            Ok(hub.submit(&bytes)?)
        })
        .await
    }

    async fn wait(&self, id: Hash, timeout_ms: Option<u64>) -> Result<ReceiptAnswer, RpcError> {
        let _waiter = self.waiters.try_acquire().map_err(|_| RpcError::busy("waiting requests"))?;
        let timeout = timeout_ms.map_or(DEFAULT_WAIT, Duration::from_millis).min(MAX_WAIT);
        // Before the first look: what happens in between is then seen.
        let mut heights = self.hub.heights();
        let mut drops = self.hub.drops();
        let mut stopped = self.hub.stopped();
        let arrived = async {
            let mut seen = Seen::Never;
            loop {
                match self.look(move |hub| awaited_receipt(hub, &id, seen)).await {
                    Err(RpcError { kind: ErrorKind::Pending, .. }) => seen = Seen::Pending,
                    other => return other,
                }
                tokio::select! {
                    _ = heights.changed() => {}
                    _ = drops.changed() => {}
                    _ = stopped.wait_for(Option::is_some) => {
                        return Err(RpcError::new(ErrorKind::Stopping, "the node is stopping"));
                    }
                }
            }
        };
        tokio::time::timeout(timeout, arrived).await.unwrap_or_else(|_| {
            let message = format!("the transaction is still pending after {} ms", timeout.as_millis());
            Err(RpcError::new(ErrorKind::Timeout, message))
        })
    }

    async fn receipt(&self, id: Hash) -> Result<ReceiptAnswer, RpcError> {
        self.answer(move |hub| receipt(hub, &id)).await
    }

    async fn tx(&self, id: Hash) -> Result<TxAnswer, RpcError> {
        self.answer(move |hub| {
            if let Some(tx) = hub.with_pool(|pool| pool.get(&id).cloned()) {
                return Ok(TxAnswer::new(tx.signed(), None));
            }
            let (found, view) = hub.find(&id)?;
            let position = included(&id, found, &view)?;
            let tx = view.tx(position)?.ok_or(MISSING)?;
            Ok(TxAnswer::new(&tx, Some(receipt_at(position, &view)?)))
        })
        .await
    }

    async fn block(&self, at: At) -> Result<BlockAnswer, RpcError> {
        self.answer(move |hub| {
            let view = hub.chain().view()?;
            let oldest = view.oldest_block()?;
            let missing = || match at {
                At::Height(height) if height < oldest => {
                    RpcError::new(ErrorKind::Pruned, format!("blocks before {oldest} are not kept here"))
                }
                At::Latest | At::Height(_) => {
                    let newest = view.head().height();
                    let message = format!("there is no block {at} yet; the newest is {newest}");
                    RpcError::new(ErrorKind::NotFound, message)
                }
                At::Id(_) => {
                    let message = format!("there is no block {at}{}", NotKept { before: oldest });
                    RpcError::new(ErrorKind::NotFound, message)
                }
            };
            let height = match at {
                At::Latest => view.head().height(),
                At::Height(height) => height,
                At::Id(id) => view.height_of(&id)?.ok_or_else(missing)?,
            };
            let head = view.head_at(height)?.ok_or_else(missing)?;
            let block = view.block(height)?.ok_or(MISSING)?;
            let root = view.root_after(height)?.ok_or(MISSING)?;
            Ok(BlockAnswer::new(&head, root, &block.txs))
        })
        .await
    }

    async fn query(
        &self,
        to: Address,
        method: MethodName,
        args: Option<String>,
        from: Option<Address>,
        height: Option<Height>,
    ) -> Result<QueryAnswer, RpcError> {
        let question = Question { to, method, args, from, height };
        self.execute(move |hub| state::query_at(hub, question)).await
    }

    async fn proof(&self, key: String, height: Option<Height>) -> Result<ProofAnswer, RpcError> {
        self.answer(move |hub| state::proof_at(hub, &key, height)).await
    }

    async fn simulate(&self, body: String) -> Result<SimulateAnswer, RpcError> {
        self.execute(move |hub| {
            let body: TxBody = codec::decode(&bytes_of_tx(&body)?, MAX_TX_BYTES).map_err(InvalidTx::from)?;
            let expected = &hub.chain().genesis().chain_id;
            if body.chain_id != *expected {
                let (expected, found) = (expected.clone(), body.chain_id);
                return Err(InvalidTx::WrongChain { expected, found }.into());
            }
            let view = hub.chain().view()?;
            let settings = hub.settings();
            let header = view.head().child(now_ms(), settings.proposer, settings.block_gas);
            let traps = Traps::default();
            let receipt = simulate(&hub.engine, view.state(), &header, body, &traps.log())??;
            Ok(SimulateAnswer::new(view.head().height(), &receipt, traps.answers()))
        })
        .await
    }

    async fn contract(&self, address: Address, height: Option<Height>) -> Result<ContractAnswer, RpcError> {
        self.execute(move |hub| state::contract_at(hub, address, height)).await
    }

    async fn code(&self, hash: Hash) -> Result<CodeAnswer, RpcError> {
        self.answer(move |hub| state::code_of(hub, hash)).await
    }

    async fn subscribe_heads(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
        let sink = pending.accept().await?;
        let mut heights = self.hub.heights();
        let mut tries = self.hub.chain().newest_trie();
        let mut stopped = self.hub.stopped();
        let mut next = *heights.borrow_and_update();
        loop {
            let newest = *heights.borrow_and_update();
            while next <= newest {
                // Before the turn, which others can use meanwhile. After an error, the look gives it again.
                tries.wait_for(|trie| trie.as_ref().map_or(true, |height| *height >= Some(next))).await?;
                let head = self
                    .look(move |hub| {
                        let view = hub.chain().view()?;
                        // One who is too slow for a node that forgets goes on with what there is.
                        let height = next.max(view.oldest_block()?);
                        let head = view.head_at(height)?.ok_or(MISSING)?;
                        let root = view.root_after(height)?.ok_or(MISSING)?;
                        Ok(HeadAnswer::new(&head, root))
                    })
                    .await?;
                // Waits while the client is slow; gives an error when it is gone.
                sink.send(to_json_raw_value(&head)?).await?;
                next = head.height.next();
            }
            tokio::select! {
                changed = heights.changed() => changed?,
                () = sink.closed() => return Ok(()),
                _ = stopped.wait_for(Option::is_some) => return Ok(()),
            }
        }
    }
}

/// The store lacks what it had an index for.
pub(super) const MISSING: ChainError = ChainError::Damaged { what: "a record that must be there is missing" };

/// What a message says more where something may be unknown because it was forgotten.
struct NotKept {
    /// The oldest block that is kept.
    before: Height,
}

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.before {
            Height(0) => Ok(()),
            before => write!(f, "; blocks before {before} are not kept here"),
        }
    }
}

/// Where a transaction is, if it is in a block of the view that was found with it.
fn included(id: &Hash, found: Whereabouts, view: &View<'_>) -> Result<Position, WorkError> {
    match found {
        Whereabouts::Included(position) => Ok(position),
        Whereabouts::Pending => {
            Err(RpcError::new(ErrorKind::Pending, "the transaction is pending: in no block yet").into())
        }
        Whereabouts::Dropped(why) => Err(RpcError::dropped(&why).into()),
        Whereabouts::Unknown => {
            let not_kept = NotKept { before: view.oldest_block()? };
            let message = format!("no transaction {id} is in a block or pending{not_kept}");
            Err(RpcError::new(ErrorKind::NotFound, message).into())
        }
    }
}

fn receipt_at(position: Position, view: &View<'_>) -> Result<ReceiptAnswer, WorkError> {
    let receipt = view.receipt(position)?.ok_or(MISSING)?;
    Ok(ReceiptAnswer::new(position, &receipt))
}

/// The receipt, or where the transaction is instead.
fn receipt(hub: &Hub, id: &Hash) -> Result<ReceiptAnswer, WorkError> {
    let (found, view) = hub.find(id)?;
    receipt_at(included(id, found, &view)?, &view)
}

/// What somebody who waits for a transaction has seen of it.
#[derive(Debug, Clone, Copy)]
enum Seen {
    Never,
    Pending,
}

/// The same for one who waits: what was pending and is unknown now was in a block, where blocks are forgotten.
fn awaited_receipt(hub: &Hub, id: &Hash, seen: Seen) -> Result<ReceiptAnswer, WorkError> {
    let (found, view) = hub.find(id)?;
    let oldest = view.oldest_block()?;
    if let (Whereabouts::Unknown, Seen::Pending, Height(1..)) = (&found, seen, oldest) {
        let not_kept = NotKept { before: oldest };
        let message = format!("the transaction was pending, and is in no block that is kept{not_kept}");
        return Err(RpcError::new(ErrorKind::Pruned, message).into());
    }
    receipt_at(included(id, found, &view)?, &view)
}

/// A transaction from hexadecimal digits. Its length is looked at before anything is allocated for it.
fn bytes_of_tx(digits: &str) -> Result<Vec<u8>, RpcError> {
    bytes(digits, MAX_TX_BYTES, "the transaction")
        .map_err(|error| RpcError { kind: ErrorKind::Malformed, ..error })
}

pub(super) fn bytes(digits: &str, limit: usize, what: &str) -> Result<Vec<u8>, RpcError> {
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    let refuse = |problem: String| Err(RpcError::new(ErrorKind::BadParameter, format!("{what}: {problem}")));
    let found = digits.len().div_ceil(2);
    if found > limit {
        return refuse(format!("{found} bytes, the limit is {limit}"));
    }
    hex::decode(digits).or_else(|error| refuse(format!("not hexadecimal digits: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Settings, Stopped,
        chain::{Chain, ChainOptions, tests::extend_without_pages},
        dev,
    };
    use lockstep_runtime::Engine;

    fn handler(folder: &std::path::Path) -> Handler {
        let genesis = dev::genesis(dev::CHAIN_ID.parse().unwrap());
        let chain = Chain::open(folder, &genesis, &ChainOptions::default()).unwrap();
        let hub = Hub::new(chain, Engine::default(), Settings::dev(dev::proposer())).unwrap();
        Handler::new(Arc::new(hub))
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error_and_the_next_question_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let handler = handler(folder.path());
        let error = handler.answer::<()>(|_| panic!("a bug")).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Internal);
        assert!(!error.message.contains("stop"), "{error}");
        assert_eq!(*handler.hub.stopped().borrow(), None);
        handler.status().await.unwrap();
    }

    #[tokio::test]
    async fn who_asks_for_a_trie_that_cannot_be_computed_stops_the_node() {
        let folder = tempfile::tempdir().unwrap();
        let handler = handler(folder.path());
        extend_without_pages(handler.hub.chain());
        assert_eq!(handler.block(At::Latest).await.unwrap_err().kind, ErrorKind::Internal);
        assert!(matches!(&*handler.hub.stopped().borrow(), Some(Stopped::Broken(_))));
    }

    #[tokio::test]
    async fn only_so_many_wait_for_transactions() {
        let folder = tempfile::tempdir().unwrap();
        let handler = handler(folder.path());
        let all = handler.waiters.try_acquire_many(256).unwrap();
        assert_eq!(handler.wait(Hash([1; 32]), None).await.unwrap_err().kind, ErrorKind::Busy);
        drop(all);
        assert_eq!(handler.wait(Hash([1; 32]), None).await.unwrap_err().kind, ErrorKind::NotFound);
    }

    #[test]
    fn executions_leave_a_processor_and_are_few() {
        assert_eq!([0, 1, 2, 3, 9, 10, 64].map(executions), [1, 1, 1, 2, 8, 8, 8]);
    }
}
