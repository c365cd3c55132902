//! What a node's threads share: chain, engine, mempool, and the signals between them.
//!
//! One lock, the mempool's, never held over an execution or a write. What is done under it is small work in
//! memory, a block's transactions at the most, but for one read of the store: a transaction is checked before
//! it is taken, and its sender's account is read while the lock is held, so that no block comes between.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use lockstep_abi::{Address, Gas, Hash, Height, limits::wire::MAX_BLOCK_GAS};
use lockstep_runtime::{CheckedTx, Engine, Fault, InvalidTx, account, check};
use tokio::sync::watch;

use crate::{
    chain::{Chain, ChainError, Head, Position, View},
    mempool::{Dropped, Mempool, MempoolLimits, Refusal, Room},
};

/// How a node behaves. Nothing here changes what a block does.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The time between blocks, empty ones included; if absent there is a block as soon as there is a
    /// transaction, and no empty ones.
    pub block_time: Option<Duration>,
    /// Who gets the fees of the blocks made here.
    pub proposer: Address,
    /// The most gas that the limits of a block's transactions sum up to.
    pub block_gas: Gas,
    /// The most gas that a query may take.
    pub query_gas: Gas,
    /// The mempool's bounds.
    pub mempool: MempoolLimits,
    /// Whether the keys of [`crate::dev`] may be used: everybody knows them.
    pub dev: bool,
}

impl Settings {
    /// For a machine of one's own: a block at once, whose fees go to `proposer`; a tenth of a second for
    /// a query.
    #[must_use]
    pub fn dev(proposer: Address) -> Self {
        Self {
            block_time: None,
            proposer,
            block_gas: Gas(MAX_BLOCK_GAS),
            query_gas: Gas::mega(100_000),
            mempool: MempoolLimits::default(),
            dev: true,
        }
    }
}

/// Why a node ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// It was asked to.
    Asked,
    /// Its machine is broken; the words are for the log.
    Broken(String),
}

/// Why a transaction was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// It can be in no block, or not in this mempool.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is in a block already.
    #[error("the transaction is in block {} already", position.height)]
    Included {
        /// Where.
        position: Position,
    },
    /// The node is about to end.
    #[error("the node is stopping")]
    Stopping,
    /// This machine is broken.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// This machine is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Where a transaction is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereabouts {
    /// In a block.
    Included(Position),
    /// In the mempool.
    Pending,
    /// It was in the mempool and left it without getting into a block.
    Dropped(Dropped),
    /// Never seen, or forgotten.
    Unknown,
}

/// What the threads share; in an `Arc`.
#[derive(Debug)]
pub struct Hub {
    pub(crate) chain: Chain,
    pub(crate) engine: Engine,
    pub(crate) settings: Settings,
    intake: Mutex<Intake>,
    /// Rung when there may be something to do for the producer.
    work: Condvar,
    /// Rung when there may be something to do for the compiler.
    code: Condvar,
    head: watch::Sender<Height>,
    /// How many transactions the mempool has dropped.
    drops: watch::Sender<u64>,
    stopped: watch::Sender<Option<Stopped>>,
}

#[derive(Debug)]
struct Intake {
    pool: Mempool,
    stopping: bool,
    /// Transactions whose code waits for the compiler, in the order of their arrival.
    to_compile: VecDeque<Hash>,
    /// Those, and the one that is being compiled: not for a block yet.
    unbuilt: BTreeSet<Hash>,
    /// How often anything came that could make a block possible.
    events: u64,
}

/// What was chosen for a block, and after how many events.
#[derive(Debug)]
pub(crate) struct Selected {
    pub(crate) txs: Vec<Arc<CheckedTx>>,
    pub(crate) events: u64,
}

/// What the producer is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Block,
    Stop,
}

impl Hub {
    /// A node's hub over an open chain.
    ///
    /// # Errors
    /// [`ChainError`] if the head cannot be read.
    pub fn new(chain: Chain, engine: Engine, settings: Settings) -> Result<Self, ChainError> {
        let height = chain.view()?.head().height();
        Ok(Self {
            chain,
            engine,
            intake: Mutex::new(Intake {
                pool: Mempool::new(settings.mempool),
                stopping: false,
                to_compile: VecDeque::new(),
                unbuilt: BTreeSet::new(),
                events: 0,
            }),
            settings,
            work: Condvar::new(),
            code: Condvar::new(),
            head: watch::Sender::new(height),
            drops: watch::Sender::new(0),
            stopped: watch::Sender::new(None),
        })
    }

    /// Checks a transaction in its travelling form and takes it into the mempool. Sent twice while it is
    /// pending, it is taken once.
    ///
    /// # Errors
    /// [`SubmitError`]. Cost: a signature check (40 us), and 140 to 300 ns for each byte of code.
    pub fn submit(&self, bytes: &[u8]) -> Result<Hash, SubmitError> {
        let tx = check(bytes, &self.chain.genesis().chain_id).map_err(Refusal::from)?;
        // A block of this node's would never have room for it.
        let (found, limit) = (tx.body().gas_limit, self.settings.block_gas);
        if found > limit {
            return Err(Refusal::from(InvalidTx::GasLimitTooHigh { found, limit }).into());
        }
        let id = tx.id();
        match self.take_in(Arc::new(tx)) {
            Err(SubmitError::Refused(Refusal::AlreadyPending)) => Ok(id),
            Err(SubmitError::Refused(Refusal::Invalid(InvalidTx::NonceTooLow { expected, found }))) => {
                match self.chain.view()?.position(&id)? {
                    Some(position) => Err(SubmitError::Included { position }),
                    None => Err(Refusal::from(InvalidTx::NonceTooLow { expected, found }).into()),
                }
            }
            other => other.map(|()| id),
        }
    }

    fn take_in(&self, tx: Arc<CheckedTx>) -> Result<(), SubmitError> {
        let mut intake = self.intake();
        if intake.stopping {
            return Err(SubmitError::Stopping);
        }
        let view = self.chain.view()?;
        let account = account(view.state(), &tx.sender())?;
        let taken = intake.pool.insert(Arc::clone(&tx), account, view.head().height().next());
        // Also if it was refused: others of its sender may have been dropped.
        self.tell_drops(&intake.pool);
        taken?;
        // Only now: it can pay for it.
        if tx.modules().next().is_some() {
            intake.unbuilt.insert(tx.id());
            intake.to_compile.push_back(tx.id());
            self.code.notify_one();
        }
        intake.events += 1;
        if intake.pool.has_ready() {
            self.work.notify_one();
        }
        Ok(())
    }

    /// Where a transaction is at this instant, and the view that has it if it is in a block: a later one may not.
    ///
    /// # Errors
    /// [`ChainError`] if the store fails.
    pub fn find(&self, id: &Hash) -> Result<(Whereabouts, View<'_>), ChainError> {
        let place = |pool: &Mempool| match pool.contains(id) {
            true => Some(Whereabouts::Pending),
            false => pool.dropped(id).cloned().map(Whereabouts::Dropped),
        };
        let in_pool = self.with_pool(place);
        // The chain after the mempool: what leaves the one for the other is in both for a moment.
        let view = self.chain.view()?;
        let found = match (view.position(id)?, in_pool) {
            (Some(position), _) => Whereabouts::Included(position),
            (None, Some(place)) => place,
            (None, None) => Whereabouts::Unknown,
        };
        Ok((found, view))
    }

    /// The next transaction whose code is to be compiled; waits for one. None when the node is to end.
    pub(crate) fn await_code(&self) -> Option<Arc<CheckedTx>> {
        let mut intake = self.intake();
        while !intake.stopping {
            let Some(id) = intake.to_compile.pop_front() else {
                intake = self.code.wait(intake).expect(HELD);
                continue;
            };
            // It may have left the mempool since.
            match intake.pool.get(&id).cloned() {
                Some(tx) => return Some(tx),
                None => _ = intake.unbuilt.remove(&id),
            }
        }
        None
    }

    /// A transaction's code is compiled: it can be in a block.
    pub(crate) fn built(&self, id: &Hash) {
        let mut intake = self.intake();
        intake.unbuilt.remove(id);
        intake.events += 1;
        self.work.notify_one();
    }

    /// Chooses transactions for a block, but none whose code is not compiled yet, nor those of its sender behind it.
    pub(crate) fn select(&self, room: Room, height: Height) -> Selected {
        self.with_intake(|intake| {
            // What expired is out before it is chosen, also if no block was made for long.
            intake.pool.settle([], [], height);
            let txs = intake.pool.select(room, |tx| !intake.unbuilt.contains(&tx.id()));
            Selected { txs, events: intake.events }
        })
    }

    /// Looks at the mempool.
    pub fn with_pool<T>(&self, look: impl FnOnce(&Mempool) -> T) -> T {
        look(&self.intake().pool)
    }

    /// Changes the mempool; for the producer.
    pub(crate) fn with_pool_mut<T>(&self, change: impl FnOnce(&mut Mempool) -> T) -> T {
        self.with_intake(|intake| change(&mut intake.pool))
    }

    fn with_intake<T>(&self, change: impl FnOnce(&mut Intake) -> T) -> T {
        let mut intake = self.intake();
        let changed = change(&mut intake);
        self.tell_drops(&intake.pool);
        changed
    }

    fn tell_drops(&self, pool: &Mempool) {
        let drops = pool.drops();
        self.drops.send_if_modified(|told| std::mem::replace(told, drops) != drops);
    }

    /// The open chain.
    #[must_use]
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// How this node behaves.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Tells the newest height, and each one that comes; some may be skipped.
    #[must_use]
    pub fn heights(&self) -> watch::Receiver<Height> {
        self.head.subscribe()
    }

    /// Tells that transactions were dropped from the mempool; how many so far.
    #[must_use]
    pub fn drops(&self) -> watch::Receiver<u64> {
        self.drops.subscribe()
    }

    /// How many listen for drops.
    #[cfg(test)]
    pub(crate) fn listeners(&self) -> usize {
        self.drops.receiver_count()
    }

    /// Tells all who wait that there is a block.
    pub(crate) fn announce(&self, head: &Head) {
        self.head.send_replace(head.height());
    }

    /// Asks everything to end; a block under way is finished. No transactions are taken from now on.
    pub fn stop(&self) {
        self.end(Stopped::Asked);
    }

    /// Says that this machine is broken: the node must stop, lest it answers what others would not.
    pub(crate) fn report_broken(&self, error: &dyn std::error::Error) {
        let words = words(error);
        tracing::error!("this machine is broken, the node stops: {words}");
        self.end(Stopped::Broken(words));
    }

    fn end(&self, why: Stopped) {
        // Also after a panic that held the lock: that is when it matters most.
        self.intake.lock().unwrap_or_else(PoisonError::into_inner).stopping = true;
        self.work.notify_all();
        self.code.notify_all();
        // The first reason counts, unless a worse one comes.
        self.stopped.send_if_modified(|stopped| {
            let changes = matches!((&*stopped, &why), (None, _) | (Some(Stopped::Asked), Stopped::Broken(_)));
            if changes {
                *stopped = Some(why);
            }
            changes
        });
    }

    /// Tells when the node is to end, and why.
    #[must_use]
    pub fn stopped(&self) -> watch::Receiver<Option<Stopped>> {
        self.stopped.subscribe()
    }

    /// Waits until there is a block to be made; the one before was made at `last`. If none could be made of what there
    /// was after `tried` events, something must have come since.
    pub(crate) fn await_work(&self, last: Instant, tried: Option<u64>) -> Work {
        let mut intake = self.intake();
        loop {
            if intake.stopping {
                return Work::Stop;
            }
            let Some(block_time) = self.settings.block_time else {
                if intake.pool.has_ready() && tried != Some(intake.events) {
                    return Work::Block;
                }
                intake = self.work.wait(intake).expect(HELD);
                continue;
            };
            let Some(left) = block_time.checked_sub(last.elapsed()).filter(|left| !left.is_zero()) else {
                return Work::Block;
            };
            intake = self.work.wait_timeout(intake, left).expect(HELD).0;
        }
    }

    fn intake(&self) -> MutexGuard<'_, Intake> {
        self.intake.lock().expect(HELD)
    }
}

const HELD: &str = "no thread panics while it holds the mempool";

/// An error and what led to it, for the log.
pub(crate) fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

/// Milliseconds since 1970 by this machine's clock.
pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
