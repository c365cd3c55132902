//! All of a node, started and stopped together.

#[cfg(test)]
mod tests;

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, thread::JoinHandle};

use lockstep_abi::Address;
use lockstep_runtime::{Engine, EngineConfig, Genesis};

use crate::{
    Settings,
    chain::{Chain, ChainError, ChainOptions},
    compiler,
    hub::{Hub, Stopped},
    producer,
    rpc::{self, Server},
};

/// Where a node lives and what it runs.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// The folder of its chain.
    pub data: PathBuf,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What its chain began from.
    pub genesis: Genesis,
    /// How its chain is kept.
    pub chain: ChainOptions,
    /// How it behaves.
    pub settings: Settings,
}

/// Why a node did not start, or ended badly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// The chain cannot be opened.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}: {source}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// The operating system's words.
        source: io::Error,
    },
    /// The folder of compiled code cannot be used.
    #[error("cannot use the folder of compiled code: {0}")]
    Artifacts(#[source] io::Error),
    /// A thread cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
    /// This machine is broken.
    #[error("this machine is broken: {0}")]
    Broken(String),
}

/// The folder of compiled code, beside the store's own files. It can be deleted when the node is stopped.
const ARTIFACTS: &str = "artifacts";

/// A running node.
#[derive(Debug)]
pub struct Node {
    hub: Arc<Hub>,
    server: Server,
    /// The producer and the compiler.
    threads: Vec<JoinHandle<()>>,
    watchman: tokio::task::JoinHandle<()>,
}

impl Node {
    /// Opens the chain, listens, and starts making blocks. Must be called in a tokio runtime whose threads
    /// have [`crate::STACK_BYTES`] of stack: they execute queries.
    ///
    /// # Errors
    /// [`NodeError`]; nothing is left running then.
    pub async fn start(config: NodeConfig) -> Result<Self, NodeError> {
        let NodeConfig { data, listen, genesis, chain, settings } = config;
        let chain = Chain::open(&data, &genesis, &chain)?;
        let engine = EngineConfig { artifacts: Some(data.join(ARTIFACTS)), ..EngineConfig::default() };
        let engine = Engine::new(&engine).map_err(NodeError::Artifacts)?;
        let hub = Arc::new(Hub::new(chain, engine, settings)?);
        let server = rpc::serve(Arc::clone(&hub), listen)
            .await
            .map_err(|source| NodeError::Listen { listen, source })?;
        let mut threads = Vec::new();
        for start in [producer::start, compiler::start] {
            match start(Arc::clone(&hub)) {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    hub.stop();
                    server.stop().await;
                    return Err(NodeError::Thread(error));
                }
            }
        }
        let watchman = tokio::spawn(watch_trie(Arc::clone(&hub)));
        Ok(Self { hub, server, threads, watchman })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What its threads share.
    #[must_use]
    pub const fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Who gets the fees.
    #[must_use]
    pub fn proposer(&self) -> Address {
        self.hub.settings().proposer
    }

    /// Waits until the node is to end: by [`Hub::stop`], or because this machine is broken.
    pub async fn ended(&self) {
        let mut stopped = self.hub.stopped();
        // The sender lives in the hub, which this value holds.
        let _ = stopped.wait_for(Option::is_some).await;
    }

    /// Ends the node: the block under way is finished, connections are closed, the store is closed.
    ///
    /// # Errors
    /// [`NodeError`] if it ended because this machine is broken.
    pub async fn stop(self) -> Result<(), NodeError> {
        self.hub.stop();
        self.server.stop().await;
        // It ends when the node is to end, and has no panics of its own.
        let _ = self.watchman.await;
        let threads = self.threads;
        // A panic was reported by the producer itself.
        let join = || threads.into_iter().for_each(|thread| _ = thread.join());
        let _ = tokio::task::spawn_blocking(join).await;
        match self.hub.stopped().borrow().clone() {
            Some(Stopped::Broken(words)) => Err(NodeError::Broken(words)),
            Some(Stopped::Asked) | None => Ok(()),
        }
    }
}

/// Stops the node when a trie cannot be computed, even if nobody waits for it: blocks may be far apart.
async fn watch_trie(hub: Arc<Hub>) {
    let (mut tries, mut stopped) = (hub.chain().newest_trie(), hub.stopped());
    tokio::select! {
        Ok(newest) = tries.wait_for(Result::is_err) => {
            if let Err(error) = &*newest {
                hub.report_broken(error);
            }
        }
        _ = stopped.wait_for(Option::is_some) => {}
    }
}
