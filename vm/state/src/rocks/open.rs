//! Opens the database, and finds out whether it has all that it must have.
//!
//! A log without a flaw is what a stopped or killed process leaves, so that is tried first: RocksDB then refuses any
//! other. A flaw may be where the power was cut, or damage. Reading up to the first one, without changing
//! anything, shows the height that would be left: if it is at least the one that is known to be on disk
//! (`synced.rs`), nothing that anybody was promised is missing, and the rest is cut off. If not, the folder is
//! refused as it is. Not looked at first when there is no flaw: the whole log would be read twice at each start.
//!
//! A store has one log as a rule, and several while a family's entries are written to a table. A flaw in one of them ends
//! the reading of all, but a log that is missing, or ends early and between two blocks, has none; so RocksDB notes the
//! lengths of those that it has synced, and `whole.rs` looks for blocks that are missing among others.
//!
//! Not RocksDB's mode that is said to tolerate a torn end only: it opens logs with damaged lengths, without the
//! blocks behind them, and refuses those whose end has its new length but not all of its new content.
//!
//! The same for every [`Sync`](super::Sync): what a folder must have does not depend on how it is opened now,
//! but on what was synced when it was written.

use std::{path::Path, sync::Arc};

use rocksdb::{DB, DBRecoveryMode, ErrorKind};

use super::{
    OpenError, RocksOptions, format, options::Setup, progress::Progress, synced::Synced, whole::check,
};

pub(super) struct Opened {
    pub(super) db: Arc<DB>,
    pub(super) synced: Synced,
    pub(super) progress: Option<Progress>,
}

/// # Errors
/// [`OpenError`] if the folder is not a store that this version can open, or has lost something.
pub(super) fn open(path: &Path, options: &RocksOptions) -> Result<Opened, OpenError> {
    format::claim(path)?;
    let io = |source| OpenError::Io { path: Synced::path(path), source };
    let synced = Synced::read(path).map_err(io)?;
    let setup = Setup::new(options);
    let (db, progress) = match open_database(path, &setup, DBRecoveryMode::AbsoluteConsistency) {
        Ok(db) => {
            let progress = check(path, &db, synced)?;
            (db, progress)
        }
        Err(error) if error.kind() == ErrorKind::Corruption => {
            check(path, &look_at_database(path, &setup)?, synced)?;
            let db = open_database(path, &setup, DBRecoveryMode::PointInTime)
                .map_err(|error| OpenError::of_rocks(path, error))?;
            let progress = check(path, &db, synced)?;
            (db, progress)
        }
        Err(error) => return Err(OpenError::of_rocks(path, error)),
    };
    Ok(Opened { db: Arc::new(db), synced: Synced::open(path).map_err(io)?, progress })
}

fn open_database(path: &Path, setup: &Setup, recovery: DBRecoveryMode) -> Result<DB, rocksdb::Error> {
    DB::open_cf_descriptors(&setup.database(recovery), path, setup.families())
}

fn look_at_database(path: &Path, setup: &Setup) -> Result<DB, OpenError> {
    let options = setup.database(DBRecoveryMode::PointInTime);
    DB::open_cf_descriptors_read_only(&options, path, setup.families(), false)
        .map_err(|error| OpenError::of_rocks(path, error))
}
