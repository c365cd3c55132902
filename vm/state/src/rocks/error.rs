//! Why a folder could not be opened as a store, why a height cannot be read, and how RocksDB's errors become ours.

use std::{
    io,
    path::{Path, PathBuf},
};

use lockstep_abi::Height;

use crate::StateError;

/// Why a folder is not opened. Nothing is lost that it holds, and where nothing else is said nothing was changed; RocksDB
/// may have added to its own log text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The path names something else.
    #[error("{} is not a folder", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// The folder is neither empty nor a store.
    #[error("{} holds something that is not a Lockstep store; give an empty folder", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// The store was written by a newer version of this program.
    #[error(
        "{} has store format {found}, this version knows {supported}; use a newer version",
        path.display()
    )]
    Newer {
        /// The folder.
        path: PathBuf,
        /// The folder's format.
        found: u32,
        /// The newest format that this version knows.
        supported: u32,
    },
    /// The store was written by an older version of this program.
    #[error(
        "{} was written by an older version; it has store format {found}, this version knows {supported}: give \
         an empty folder and let the blocks be executed again, or use the older version",
        path.display()
    )]
    Older {
        /// The folder.
        path: PathBuf,
        /// The folder's format.
        found: u32,
        /// The only format that this version knows.
        supported: u32,
    },
    /// The store is open already, here or in another process.
    #[error("{} is in use already", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot open {}: {source}", path.display())]
    Io {
        /// The folder, or what in it could not be had.
        path: PathBuf,
        /// Its words.
        source: io::Error,
    },
    /// Checksums of the database do not match, or a log that was synced is missing or was cut. Of a long log, RocksDB may
    /// have moved the part before the damage into tables, which it then does not use.
    #[error("the database in {} is damaged: {source}", path.display())]
    Damaged {
        /// The folder.
        path: PathBuf,
        /// RocksDB's words.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Blocks that were on disk are not there any more: the log is damaged, or the disk lost what it had said that
    /// it has. If the log just ends early, between two blocks, or is long, RocksDB has moved what is intact of it into
    /// tables.
    #[error(
        "{} is damaged: all blocks up to {synced} were on disk, and its log can be read up to {} only",
        path.display(), found.map_or("none".into(), |found| found.to_string())
    )]
    Lost {
        /// The folder.
        path: PathBuf,
        /// The newest block that is known to have been on disk.
        synced: Height,
        /// The newest block that is there, if there is one.
        found: Option<Height>,
    },
    /// A block is not there, and later ones are: a log is missing, or was cut between two blocks, and is not the last one.
    /// RocksDB has moved what there is of the logs into tables.
    #[error("{} is damaged: block {missing} is missing, and later ones up to {newest} are there", path.display())]
    Hole {
        /// The folder.
        path: PathBuf,
        /// The oldest block that must be there and is not.
        missing: Height,
        /// The newest block that is there.
        newest: Height,
    },
    /// The database opens, but how far the store is cannot be read from it, or its newest trie is not the one that was
    /// noted.
    #[error("the store in {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// What failed.
        source: StateError,
    },
    /// The database refused: a full disk, missing rights.
    #[error("cannot open the database in {}: {source}", path.display())]
    Database {
        /// The folder.
        path: PathBuf,
        /// Its words.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl OpenError {
    /// What RocksDB's refusal to open `path` means.
    pub(super) fn of_rocks(path: &Path, error: rocksdb::Error) -> Self {
        let (path, text) = (path.to_path_buf(), error.as_ref());
        // The texts of `env/fs_posix.cc`, `LockFile`: RocksDB has no error code for it. Missing rights to
        // the lock file have another text, and must not pass for a lock.
        let here = text.contains("lock hold by current process");
        let elsewhere = text.contains("While lock file") && text.contains("temporarily unavailable");
        if here || elsewhere {
            Self::Locked { path }
        } else if error.kind() == rocksdb::ErrorKind::Corruption {
            Self::Damaged { path, source: error.into() }
        } else {
            Self::Database { path, source: error.into() }
        }
    }
}

/// Why nothing is read at a height.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AtError {
    /// The state at that height is not kept any more.
    #[error("the state at height {height} is not kept any more, the oldest is that at {oldest}")]
    Pruned {
        /// The height that was asked for.
        height: Height,
        /// The oldest one that can be read.
        oldest: Height,
    },
    /// There is no block of that height yet.
    #[error("there is no block {height} yet, the newest is {newest}")]
    Future {
        /// The height that was asked for.
        height: Height,
        /// The newest one.
        newest: Height,
    },
    /// There is no block at all.
    #[error("there is no block {height}, nor any other, yet")]
    Empty {
        /// The height that was asked for.
        height: Height,
    },
    /// The state at that height can be read but not proved: there is no trie over it, of the newest block not yet.
    #[error(
        "there is no Merkle trie of height {height}, the newest is that of {}",
        newest.map_or("none".into(), |newest| newest.to_string())
    )]
    NoTree {
        /// The height that was asked for.
        height: Height,
        /// That of the newest trie, if there is one.
        newest: Option<Height>,
    },
    /// The store failed.
    #[error(transparent)]
    State(#[from] StateError),
}

pub(super) fn failed(error: rocksdb::Error) -> StateError {
    StateError::Database(error.into())
}
