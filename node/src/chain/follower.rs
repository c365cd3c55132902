//! The trie of the newest block, computed while the next block is executed.
//!
//! Header N carries the root of the state that block N starts from, so that the root of block N is not needed before
//! block N+1 is finished. Until then one thread has time; who wants the root earlier waits for it.
//!
//! Whoever sees a block has its [`Awaited`] trie with it: the trie is promised before the block can be seen, and who
//! looks at the store takes both at once ([`Follower::while_steady`]). A trie that cannot be computed is the end: the
//! next block needs it, so that its error is everybody's, and [`Follower::newest`] tells who never asked.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc},
    thread::{self, JoinHandle},
};

use lockstep_abi::Height;
use lockstep_state::{
    Changes, RocksStore, StateError,
    merkle::{TreeUpdate, leaf_changes},
};
use tokio::sync::watch;

use super::ChainError;

/// The newest trie that is there, or why there will be no other.
pub type NewestTrie = Result<Option<Height>, TrieError>;

/// A trie could not be computed: the same for all who wait for it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the Merkle trie after block {height} cannot be computed")]
pub struct TrieError {
    /// The block.
    pub height: Height,
    /// Why.
    pub source: Arc<TrieFailure>,
}

/// Why a trie could not be computed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrieFailure {
    /// The store fails or is damaged.
    #[error(transparent)]
    State(#[from] StateError),
    /// A bug.
    #[error("the thread that computes it panicked; this is a bug")]
    Panicked,
}

/// The trie after one block: there, or being computed.
#[derive(Debug)]
pub(super) struct Awaited {
    height: Height,
    outcome: OnceLock<Result<Arc<TreeUpdate>, TrieError>>,
}

impl Awaited {
    fn new(height: Height) -> Arc<Self> {
        Arc::new(Self { height, outcome: OnceLock::new() })
    }

    /// The trie, as soon as it is there. Only of a block that is in the store: any other might never be.
    ///
    /// # Errors
    /// [`ChainError::Trie`].
    pub(super) fn wait(&self) -> Result<&Arc<TreeUpdate>, ChainError> {
        Ok(self.outcome.wait().as_ref().map_err(TrieError::clone)?)
    }

    /// The trie, if it is there already.
    ///
    /// # Errors
    /// [`ChainError::Trie`].
    pub(super) fn get(&self) -> Result<Option<&Arc<TreeUpdate>>, ChainError> {
        match self.outcome.get() {
            Some(outcome) => Ok(Some(outcome.as_ref().map_err(TrieError::clone)?)),
            None => Ok(None),
        }
    }
}

/// Computes tries, one after the other, on a thread of its own.
#[derive(Debug)]
pub(super) struct Follower {
    tries: Mutex<Tries>,
    newest: watch::Sender<NewestTrie>,
    /// Hanging up tells the thread to end.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// The tries of the blocks that may be the newest one at this instant: two of them while one is committed.
#[derive(Debug, Clone)]
pub(super) struct Tries {
    before: Arc<Awaited>,
    after: Arc<Awaited>,
}

impl Tries {
    /// That of the newest block, which has this height.
    ///
    /// # Panics
    /// If the block was committed behind the follower's back: our own bug.
    pub(super) fn of(self, newest: Height) -> Arc<Awaited> {
        let both = [self.after, self.before];
        both.into_iter().find(|trie| trie.height == newest).expect("a block whose trie was promised")
    }
}

#[derive(Debug)]
struct Job {
    trie: Arc<Awaited>,
    changes: Changes,
}

impl Follower {
    /// Begins with the trie of the store's newest block, `height`, which made `changes`.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub(super) fn new(store: Arc<RocksStore>, height: Height, changes: Changes) -> std::io::Result<Self> {
        let trie = Awaited::new(height);
        let tries = Mutex::new(Tries { before: Arc::clone(&trie), after: Arc::clone(&trie) });
        let newest = watch::Sender::new(Ok(height.0.checked_sub(1).map(Height)));
        let (jobs, received) = mpsc::channel();
        let told = newest.clone();
        let work = move || received.iter().for_each(|job| work(&store, job, &told));
        let thread = thread::Builder::new().name("trie".into()).spawn(work)?;
        let follower = Self { tries, newest, jobs: Some(jobs), thread: Some(thread) };
        follower.follow(trie, changes);
        Ok(follower)
    }

    /// Promises the trie of the block after the newest one, which has the trie `before`. To be called before the block
    /// can be seen. If the block comes to nothing, so does the promise.
    pub(super) fn promise(&self, before: Arc<Awaited>) -> Arc<Awaited> {
        let after = Awaited::new(before.height.next());
        *self.tries() = Tries { before, after: Arc::clone(&after) };
        after
    }

    /// Computes a trie that was promised; its block is in the store now and made `changes`. So is the trie before it.
    pub(super) fn follow(&self, trie: Arc<Awaited>, changes: Changes) {
        let jobs = self.jobs.as_ref().expect("a follower that was not dropped");
        jobs.send(Job { trie, changes }).expect("the thread ends when it is told to");
    }

    /// Takes a look at the store while no later block than those of the tries can come into it.
    pub(super) fn while_steady<T>(&self, look: impl FnOnce() -> T) -> (T, Tries) {
        let tries = self.tries();
        (look(), tries.clone())
    }

    /// Tells of the newest trie, and of the first error.
    pub(super) fn newest(&self) -> watch::Receiver<NewestTrie> {
        self.newest.subscribe()
    }

    fn tries(&self) -> MutexGuard<'_, Tries> {
        // Replaced as a whole.
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Follower {
    /// Waits for the thread: it holds the store, whose folder is to be free when the chain is gone.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // What panicked was told to who waited.
            let _ = thread.join();
        }
    }
}

fn work(store: &RocksStore, Job { trie, changes }: Job, newest: &watch::Sender<NewestTrie>) {
    let height = trie.height;
    let compute = || store.update_tree(height, &leaf_changes(&changes));
    let outcome = match catch_unwind(AssertUnwindSafe(compute)) {
        Ok(Ok(update)) => Ok(Arc::new(update)),
        Ok(Err(error)) => Err(TrieFailure::State(error)),
        Err(_) => Err(TrieFailure::Panicked),
    };
    let outcome = outcome.map_err(|failure| TrieError { height, source: Arc::new(failure) });
    let told = outcome.as_ref().map(|_| Some(height)).map_err(TrieError::clone);
    assert!(trie.outcome.set(outcome).is_ok(), "a trie is computed once");
    // What is replaced is of no use.
    let _ = newest.send_replace(told);
}
