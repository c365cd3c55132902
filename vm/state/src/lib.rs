//! The state that contracts and accounts live in: ordered keys and values, and a root that commits to them.
//!
//! Execution reads through [`Read`] and writes into a [`Delta`], which can go back to any
//! [`Checkpoint`] and ends as [`Changes`]. A store takes them: [`MemoryStore`] for tests and tools,
//! `RocksStore` (feature `rocks`) for a node, which also knows earlier heights, within what it keeps. Both have
//! a Merkle trie over the state ([`merkle`]), whose root goes into a header. What keys, nodes and proofs look like
//! is in [`lockstep_abi::state`].
//!
//! Not here: what a value means, who may write it, what it costs.

#![warn(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::cast_possible_truncation
)]

mod changes;
mod delta;
mod error;
mod memory;
pub mod merkle;
mod read;
#[cfg(feature = "rocks")]
mod rocks;

pub use changes::Changes;
pub use delta::{Checkpoint, Delta, VisitWritten};
pub use error::StateError;
pub use lockstep_abi::state::key;
pub use memory::MemoryStore;
pub use read::{Order, Read, Visit};
#[cfg(feature = "rocks")]
pub use rocks::{
    AtError, CommitBatch, Family, Loader, MAX_PRUNED_BLOCKS, MAX_STEPS_OVER, OpenError, Proven, RocksOptions,
    RocksSnapshot, RocksStore, StateAt, Sync, Tree, TrieAt,
};
