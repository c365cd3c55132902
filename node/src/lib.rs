//! A node around the VM: one machine's chain on disk, and what people reach it by.
//!
//! The way of a transaction: `rpc` takes it within limits, [`Hub::submit`] checks it and puts it into the
//! [`mempool`], the producer fills a block from there and executes it, [`chain`] keeps the block and what
//! it came to in one atomic write, and whoever waits is told. [`Node`] is all of that, started and stopped
//! together; [`client`] is the other end of the RPC, which the `lockstep` command uses.
//!
//! Not here: what a transaction does (`lockstep-runtime`), how state is stored (`lockstep-state`), other
//! nodes. There is one producer, this one.

pub mod chain;
pub mod client;
mod compiler;
mod contract_log;
pub mod dev;
mod hub;
pub mod mempool;
mod node;
mod producer;
pub mod rpc;
pub mod snapshot;

pub use hub::{Hub, Settings, Stopped, SubmitError, Whereabouts};
pub use node::{Node, NodeConfig, NodeError};

/// Stack of every thread that may execute contracts: sixteen that call each other take 256 KiB each, and
/// the rest is margin. Address space only; what is not touched is not there.
pub const STACK_BYTES: usize = 64 << 20;
