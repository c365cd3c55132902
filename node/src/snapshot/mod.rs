//! A state in a folder of files: written by one node, loaded and verified by another.
//!
//! A snapshot at height H is the state after block H, block H with its receipts, and block H+1, whose header commits
//! to all of that. Whoever knows the id of block H+1 from somebody he trusts can take the folder from anybody.
//!
//! | file | content |
//! |---|---|
//! | `manifest` | what the other files are: lengths and hashes; see `manifest.rs` |
//! | `blocks.zst` | genesis and blocks ([`Base`](crate::chain::Base)) |
//! | `chunk-00000.zst`, .. | the entries of the state, in the order of their keys; see `chunk.rs` |
//!
//! The same state gives the same bytes, as long as the same version of the program writes them. Hashes are BLAKE3 of
//! the files as they lie there, so that `b3sum` tells a bad download too. They tell accidents only; what is believed
//! in the end is what the trusted block commits to. Files that the manifest does not list are not looked at.
//!
//! [`export`] writes, [`import`] reads. Each works in a folder beside its target, which appears as a whole or not at
//! all (`draft.rs`).

mod chunk;
mod draft;
mod error;
mod export;
mod file;
mod import;
mod manifest;
#[cfg(test)]
mod tests;

pub use draft::DraftError;
pub use error::{ExportError, ImportError, SnapshotError};
pub use export::{Exported, export};
pub use import::{Imported, import};
