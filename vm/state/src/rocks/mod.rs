//! The store on disk: RocksDB, with one atomic write a block.
//!
//! It keeps the newest state and the pages of a trie over it, and what blocks replaced in both (`history.rs`,
//! `undo.rs`); with these, states and tries of earlier heights can be read (`at.rs`, `trie_at.rs`) until a block says
//! that they need not be (`prune.rs`). The newest tries are in memory (`tries.rs`), and go to disk some blocks later
//! (`checkpoint.rs`). `family.rs` says what lies where.
//!
//! Start at `store.rs`. A folder is opened in steps: `format.rs` decides, from a file of our own and without
//! touching anything, whether it is ours; `open.rs` has RocksDB lock it and read its log, and `whole.rs` compares the
//! outcome with what must be there, as `synced.rs` among others knows. `commit.rs` makes a block's write of a
//! `batch.rs`. `load.rs` fills an empty store with a state from elsewhere.

mod access;
mod at;
mod batch;
mod changed;
mod checkpoint;
mod commit;
mod error;
mod family;
mod format;
mod history;
mod load;
mod open;
mod options;
mod progress;
mod prune;
mod snapshot;
mod store;
mod sync;
mod synced;
mod trie_at;
mod tries;
mod undo;
mod whole;

pub use at::{MAX_STEPS_OVER, StateAt};
pub use batch::CommitBatch;
pub use error::{AtError, OpenError};
pub use family::Family;
pub use load::Loader;
pub use options::{RocksOptions, Sync};
pub use progress::Tree;
pub use prune::MAX_PRUNED_BLOCKS;
pub use snapshot::{Proven, RocksSnapshot};
pub use store::RocksStore;
pub use trie_at::TrieAt;
