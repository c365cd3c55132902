//! The store on disk: RocksDB, with one atomic, synced write a block.
//!
//! Start at `store.rs`. A folder is opened in two steps: `format.rs` decides, from a file of our own and
//! without touching anything, whether it is ours; then RocksDB locks it. What is kept where and how is in
//! `family.rs`; `access.rs` has the reads that a store and a snapshot share.

mod access;
mod batch;
mod error;
mod family;
mod format;
mod snapshot;
mod store;

pub use batch::CommitBatch;
pub use error::OpenError;
pub use family::Family;
pub use snapshot::RocksSnapshot;
pub use store::{RocksOptions, RocksStore};

/// Where [`Family::Meta`] keeps the commitment to the state.
const COMMITMENT_KEY: &[u8] = b"commitment";
