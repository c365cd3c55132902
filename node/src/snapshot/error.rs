//! Why nothing was exported or imported. Each names the file or figure that is wrong.

use std::{io, path::PathBuf};

use lockstep_abi::{Hash, Height};
use lockstep_state::{AtError, OpenError, StateError};

use super::DraftError;
use crate::chain::{ChainError, InvalidBase, NextError};

/// Why no snapshot was written. Nothing is left of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The chain cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// There is no such state.
    #[error(transparent)]
    At(#[from] AtError),
    /// No header has the root of the genesis yet.
    #[error("the chain has no block after its genesis yet, so no header has the root of a state")]
    OnlyGenesis,
    /// No header has the root of that state yet.
    #[error(
        "the root of the state after block {height} is in no header yet; the newest that is, is that after {newest}"
    )]
    NoHeader {
        /// The height that was asked for.
        height: Height,
        /// The newest that can be had.
        newest: Height,
    },
    /// The state is there, its block is not.
    #[error("block {height} was pruned, the oldest block that is kept is {oldest}")]
    BlockPruned {
        /// The height that was asked for.
        height: Height,
        /// The oldest block.
        oldest: Height,
    },
    /// Genesis, blocks and receipts are more than a snapshot carries.
    #[error(
        "genesis, block {height}, its receipts and the next block have {found} bytes, the limit is {limit}; take another height"
    )]
    BlocksTooLong {
        /// The height that was asked for.
        height: Height,
        /// Their bytes.
        found: usize,
        /// The most that a snapshot carries.
        limit: usize,
    },
    /// zstd failed.
    #[error("cannot compress: {what}")]
    Compress {
        /// Its words.
        what: &'static str,
    },
    /// The folder cannot be made.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
}

/// What is wrong with a snapshot's files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The manifest is something else.
    #[error("{} is no manifest of a Lockstep snapshot", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
    },
    /// The snapshot was written by a newer version of this program.
    #[error("{} has snapshot format {found}, this version knows {supported}; use a newer version", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this version knows.
        supported: u32,
    },
    /// The manifest is not as it was written.
    #[error("{} is damaged: {what}", file.display())]
    Manifest {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A file is not there.
    #[error("{} is missing", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// A file is longer or shorter than when it was written.
    #[error("{} has {found} bytes, the manifest says {expected}", file.display())]
    Length {
        /// The file.
        file: PathBuf,
        /// What the manifest says.
        expected: u64,
        /// Its length.
        found: u64,
    },
    /// A file has other bytes than when it was written.
    #[error("{} is damaged: its hash is not the one in the manifest", file.display())]
    Hash {
        /// The file.
        file: PathBuf,
    },
    /// A file that the manifest describes rightly, but whose content is none: it was made so.
    #[error("{} is no part of a snapshot: {what}", file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A key is not above the one before it.
    #[error("{}: the key of entry {entry} is not above the one before it", file.display())]
    Order {
        /// The file.
        file: PathBuf,
        /// Which entry of the file, counted from 0.
        entry: u32,
    },
    /// A file has more or fewer entries than the manifest says.
    #[error("{} has {found} entries, the manifest says {expected}", file.display())]
    Entries {
        /// The file.
        file: PathBuf,
        /// What the manifest says.
        expected: u32,
        /// How many there are.
        found: u32,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
}

/// Why a snapshot was not imported. The target is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The files are not in order.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The blocks are not those that the trusted block commits to.
    #[error("the snapshot cannot be trusted: {0}")]
    Base(#[from] InvalidBase),
    /// The entries are not those that the trusted block commits to.
    #[error(
        "the snapshot cannot be trusted: its {entries} entries have the root {found}, block {block} says {expected}"
    )]
    Root {
        /// The trusted block's height.
        block: Height,
        /// How many entries there are.
        entries: u64,
        /// What the block says.
        expected: Hash,
        /// Theirs.
        found: Hash,
    },
    /// The trusted block could not be executed on the state.
    #[error(transparent)]
    Next(#[from] NextError),
    /// The folder cannot be made.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The store cannot be made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error(transparent)]
    State(#[from] StateError),
}

impl ExportError {
    /// A name for programs, which stays.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Chain(_) => "chain",
            Self::At(AtError::Pruned { .. }) | Self::BlockPruned { .. } => "pruned",
            Self::At(_) | Self::OnlyGenesis | Self::NoHeader { .. } => "no_header",
            Self::BlocksTooLong { .. } => "blocks_too_long",
            Self::Compress { .. } | Self::Io { .. } => "io",
            Self::Draft(error) => error.name(),
        }
    }
}

impl SnapshotError {
    /// A name for programs, which stays.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Foreign { .. } => "not_a_snapshot",
            Self::Newer { .. } => "newer_snapshot",
            Self::Manifest { .. } => "damaged_manifest",
            Self::Missing { .. } => "missing_file",
            Self::Length { .. } => "wrong_length",
            Self::Hash { .. } => "wrong_hash",
            Self::Content { .. } => "wrong_content",
            Self::Order { .. } => "wrong_order",
            Self::Entries { .. } => "wrong_entries",
            Self::Io { .. } => "io",
        }
    }
}

impl ImportError {
    /// A name for programs, which stays.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Snapshot(error) => error.name(),
            Self::Base(InvalidBase::Untrusted { .. }) => "untrusted_block",
            Self::Base(_) => "wrong_blocks",
            Self::Root { .. } => "wrong_root",
            Self::Next(NextError::Block { .. }) => "next_block",
            Self::Next(NextError::Fault(_) | NextError::State(_)) | Self::Open(_) | Self::State(_) => {
                "broken"
            }
            Self::Draft(error) => error.name(),
        }
    }
}
