//! Answers the methods.
//!
//! All work is done on tokio's blocking threads, in two lines (`line.rs`). What executes contracts, up to
//! a second of it, has a line of its own and one processor less than there are: the block producer keeps its
//! share of the machine, and short questions are not held up.
//!
//! A question that cannot be answered, be it for a bug or a damaged store, is an `internal` error and a line
//! in the log. It does not stop the node, since nobody signs and pays for it: a block that cannot be executed
//! does, in `producer.rs`.

use std::{num::NonZero, sync::Arc, thread, time::Duration};

use jsonrpsee::{
    PendingSubscriptionSink,
    core::{SubscriptionResult, async_trait, to_json_raw_value},
};
use lockstep_abi::{
    Address, Hash, Height, MethodName, TxBody, codec,
    limits::{run::MAX_INPUT_BYTES, wire::MAX_TX_BYTES},
    tx::Invocation,
};
use lockstep_runtime::{
    BlockContext, Engine, Fault, InvalidTx, Log, Query, account, code, contract, query, simulate,
};
use lockstep_state::Read;
use tokio::sync::Semaphore;

use super::{
    AccountAnswer, ApiServer, At, BlockAnswer, CodeAnswer, ContractAnswer, ErrorKind, HaltAnswer, HeadAnswer,
    QueryAnswer, ReceiptAnswer, RpcError, SimulateAnswer, Status, TxAnswer,
    answer::schema_forms,
    error::WorkError,
    line::{Line, Turn},
};
use crate::{
    Hub, Whereabouts,
    chain::{ChainError, View},
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
            Ok(Status {
                version: env!("CARGO_PKG_VERSION").into(),
                chain_id: head.header.chain_id.clone(),
                dev: settings.dev,
                height: head.height(),
                block: head.id,
                time_ms: head.header.time_ms,
                state_root: head.state_root,
                min_gas_price: settings.mempool.min_gas_price,
                block_gas: settings.block_gas,
                pending_txs,
                pending_bytes,
            })
        })
        .await
    }

    async fn account(&self, address: Address) -> Result<AccountAnswer, RpcError> {
        self.answer(move |hub| {
            let view = hub.chain().view()?;
            let found = account(view.state(), &address)?;
            let next_nonce = hub.with_pool(|pool| pool.next_nonce(&address));
            Ok(AccountAnswer {
                address,
                balance: found.balance,
                nonce: found.nonce,
                // The view may be newer than the mempool's.
                next_nonce: next_nonce.unwrap_or_default().max(found.nonce),
                is_contract: contract(view.state(), &address)?.is_some(),
                height: view.head().height(),
            })
        })
        .await
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
            loop {
                match self.look(move |hub| receipt(hub, &id)).await {
                    Err(RpcError { kind: ErrorKind::Pending, .. }) => {}
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
            let receipt = receipt(hub, &id)?;
            let position = crate::chain::Position { height: receipt.height, index: receipt.index };
            let tx = hub.chain().view()?.tx(position)?.ok_or(MISSING)?;
            Ok(TxAnswer::new(&tx, Some(receipt)))
        })
        .await
    }

    async fn block(&self, at: At) -> Result<BlockAnswer, RpcError> {
        self.answer(move |hub| {
            let view = hub.chain().view()?;
            let missing = || RpcError::new(ErrorKind::NotFound, unknown_block(at, &view));
            let height = match at {
                At::Latest => view.head().height(),
                At::Height(height) => height,
                At::Id(id) => view.height_of(&id)?.ok_or_else(missing)?,
            };
            let head = view.head_at(height)?.ok_or_else(missing)?;
            let block = view.block(height)?.ok_or(MISSING)?;
            Ok(BlockAnswer::new(&head, &block.txs))
        })
        .await
    }

    async fn query(
        &self,
        to: Address,
        method: MethodName,
        args: Option<String>,
        from: Option<Address>,
    ) -> Result<QueryAnswer, RpcError> {
        self.execute(move |hub| {
            let args = bytes(&args.unwrap_or_default(), MAX_INPUT_BYTES as usize, "args")?;
            let args = args.try_into().expect("the length was checked");
            let view = hub.chain().view()?;
            let header = &view.head().header;
            // The head's height and time, not the clock's: who asks the same of the same head gets the same.
            let context = BlockContext {
                chain_id: header.chain_id.clone(),
                height: header.height,
                time_ms: header.time_ms,
            };
            let question = Query {
                from: from.unwrap_or_default(),
                to,
                invocation: Invocation { method, args },
                gas_limit: hub.settings().query_gas,
            };
            let answer = query(&hub.engine, view.state(), context, question, &Log::default())?;
            let (result, halt) = match answer.result {
                Ok(data) => (Some(hex::encode(data)), None),
                Err(halt) => (None, Some(HaltAnswer::from(&halt))),
            };
            Ok(QueryAnswer { height: view.head().height(), gas_used: answer.gas_used, result, halt })
        })
        .await
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
            let receipt = simulate(&hub.engine, view.state(), &header, body, &Log::default())??;
            Ok(SimulateAnswer::new(view.head().height(), &receipt))
        })
        .await
    }

    async fn contract(&self, address: Address) -> Result<ContractAnswer, RpcError> {
        self.execute(move |hub| {
            let view = hub.chain().view()?;
            let found = contract(view.state(), &address)?.ok_or_else(|| {
                RpcError::new(ErrorKind::NotFound, format!("there is no contract at {address}"))
            })?;
            let (schema, schema_bytes) = schema(&hub.engine, view.state(), found.code)?.unzip();
            Ok(ContractAnswer {
                address,
                code: found.code,
                creator: found.creator,
                admin: found.admin,
                balance: account(view.state(), &address)?.balance,
                schema,
                schema_bytes,
            })
        })
        .await
    }

    async fn code(&self, hash: Hash) -> Result<CodeAnswer, RpcError> {
        self.answer(move |hub| {
            let bytes = code(hub.chain().view()?.state(), &hash)?.ok_or_else(|| {
                RpcError::new(ErrorKind::NotFound, format!("no code with the hash {hash} is stored"))
            })?;
            Ok(CodeAnswer { code: hash, bytes: hex::encode(bytes) })
        })
        .await
    }

    async fn subscribe_heads(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
        let sink = pending.accept().await?;
        let mut heights = self.hub.heights();
        let mut stopped = self.hub.stopped();
        let mut next = *heights.borrow_and_update();
        loop {
            let newest = *heights.borrow_and_update();
            while next <= newest {
                let head = self
                    .look(move |hub| {
                        let head = hub.chain().view()?.head_at(next)?.ok_or(MISSING)?;
                        Ok(HeadAnswer::from(&head))
                    })
                    .await?;
                // Waits while the client is slow; gives an error when it is gone.
                sink.send(to_json_raw_value(&head)?).await?;
                next = next.next();
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
const MISSING: ChainError = ChainError::Damaged { what: "a record that must be there is missing" };

/// The receipt, or where the transaction is instead.
fn receipt(hub: &Hub, id: &Hash) -> Result<ReceiptAnswer, WorkError> {
    match hub.find(id)? {
        Whereabouts::Included(position) => {
            let receipt = hub.chain().view()?.receipt(position)?.ok_or(MISSING)?;
            Ok(ReceiptAnswer::new(position, &receipt))
        }
        Whereabouts::Pending => {
            Err(RpcError::new(ErrorKind::Pending, "the transaction is pending: in no block yet").into())
        }
        Whereabouts::Dropped(why) => Err(RpcError::dropped(&why).into()),
        Whereabouts::Unknown => {
            let message = format!("no transaction {id} is in a block or pending");
            Err(RpcError::new(ErrorKind::NotFound, message).into())
        }
    }
}

fn unknown_block(at: At, view: &View<'_>) -> String {
    let Height(newest) = view.head().height();
    match at {
        At::Latest | At::Height(_) => format!("there is no block {at} yet; the newest is {newest}"),
        At::Id(_) => format!("there is no block {at}"),
    }
}

/// The interface of stored code, to be read and as bytes.
fn schema(
    engine: &Engine,
    state: &dyn Read,
    hash: Hash,
) -> Result<Option<(serde_json::Value, String)>, Fault> {
    let module = engine.load(hash, || {
        code(state, &hash)?.ok_or(Fault::StoredCode { code: hash, reason: "it is missing".into() })
    })?;
    Ok(module.schema().map(schema_forms))
}

/// A transaction from hexadecimal digits. Its length is looked at before anything is allocated for it.
fn bytes_of_tx(digits: &str) -> Result<Vec<u8>, RpcError> {
    bytes(digits, MAX_TX_BYTES, "the transaction")
        .map_err(|error| RpcError { kind: ErrorKind::Malformed, ..error })
}

fn bytes(digits: &str, limit: usize, what: &str) -> Result<Vec<u8>, RpcError> {
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
    use lockstep_state::RocksOptions;

    use super::*;
    use crate::{Settings, chain::Chain, dev};

    fn handler(folder: &std::path::Path) -> Handler {
        let genesis = dev::genesis(dev::CHAIN_ID.parse().unwrap());
        let chain = Chain::open(folder, &genesis, &RocksOptions::default()).unwrap();
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
