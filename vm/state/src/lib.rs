//! The state that contracts and accounts live in: ordered keys and values, and a root that commits to them.
//!
//! Execution reads through [`Read`] and writes into a [`Delta`], which can go back to any
//! [`Checkpoint`] and ends as [`Changes`]. A store takes them: [`MemoryStore`] for tests and tools,
//! `RocksStore` (feature `rocks`) for a node. Both keep a [`Commitment`] up to date, whose root goes into
//! a header. What the keys look like is in [`key`].
//!
//! Not here: what a value means, who may write it, what it costs. Not a history: a store knows the
//! newest state and the snapshots that are held. Not proofs: the root tells two states apart, no more.

#![warn(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::cast_possible_truncation
)]

mod changes;
mod commitment;
mod delta;
mod error;
pub mod key;
mod memory;
mod read;
#[cfg(feature = "rocks")]
mod rocks;

pub use changes::Changes;
pub use commitment::{COMMITMENT_BYTES, Commitment};
pub use delta::{Checkpoint, Delta, VisitWritten};
pub use error::StateError;
pub use memory::MemoryStore;
pub use read::{Order, Read, Visit};
#[cfg(feature = "rocks")]
pub use rocks::{CommitBatch, Family, OpenError, RocksOptions, RocksSnapshot, RocksStore};
