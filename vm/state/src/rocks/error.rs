//! Why a folder could not be opened as a store, and how RocksDB's errors become ours.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::StateError;

/// Why a folder is not opened. Nothing that it holds was changed; RocksDB may have added to its own log text.
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
    /// The database refused: damage, a full disk, missing rights.
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
        if here || elsewhere { Self::Locked { path } } else { Self::Database { path, source: error.into() } }
    }
}

pub(super) fn failed(error: rocksdb::Error) -> StateError {
    StateError::Database(error.into())
}
