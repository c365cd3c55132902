//! Brings the trie on disk up to one that is in memory, while blocks go on.
//!
//! The pages go into a table of their own, which RocksDB takes in as a whole: neither the log nor a buffer in memory
//! has them, and whoever reads sees all of them or none. One more entry of the table, [`WRITTEN_KEY`], tells the height
//! of their trie.
//!
//! A trie on disk must not be ahead of the blocks that it follows from. So these are synced first, if blocks are not in
//! any case.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
};

use lockstep_abi::Height;
use rocksdb::{DB, IngestExternalFileOptions, Options, SstFileWriter};

use super::{
    Family,
    access::{WRITTEN_KEY, handle},
    error::failed,
    sync::Disk,
    tries::{Tries, changed_pages},
};
use crate::{
    StateError,
    merkle::{PageId, TreeUpdate},
};

/// Beside the database until that has it. What is left of it after a crash may be a second name of a table that the
/// database has taken in, so that it is removed and never written to.
const FILE: &str = "TRIE.new";

/// Writes tries, one at a time and each on a thread of its own.
#[derive(Debug)]
pub(super) struct Checkpoints {
    path: PathBuf,
    running: Option<JoinHandle<()>>,
}

impl Checkpoints {
    pub(super) fn new(folder: &Path) -> Self {
        let path = folder.join(FILE);
        // If that fails, so does the next trie, which says why.
        let _ = remove(&path);
        Self { path, running: None }
    }

    /// Begins to write the newest of `tries`, if it is time; waits for the one before if that is not done. What fails
    /// stops the store, and no other is written then: it would not have the pages of the one that failed.
    pub(super) fn begin_if_due(&mut self, db: &Arc<DB>, disk: &Arc<Disk>, tries: &Arc<Tries>) {
        let Some(updates) = tries.take_if_due(|| self.wait(disk)) else { return };
        let Some(height) = updates.last().map(|update| update.height) else { return };
        let (db, disk, tries) = (Arc::clone(db), Arc::clone(disk), Arc::clone(tries));
        let (path, none_ahead) = (self.path.clone(), tries.have_no_room());
        let failing = Arc::clone(&disk);
        let work = move || {
            step_back();
            match write(&db, &disk, &path, &updates, height) {
                Ok(()) => tries.written(height),
                Err(error) => drop(disk.fail(error)),
            }
        };
        match thread::Builder::new().name("lockstep-trie".into()).spawn(work) {
            Ok(thread) => {
                self.running = Some(thread);
                if none_ahead {
                    self.wait(&failing);
                }
            }
            Err(error) => drop(failing.fail(StateError::Database(error.into()))),
        }
    }

    /// Until no trie is being written. Whether all were.
    pub(super) fn wait(&mut self, disk: &Disk) -> bool {
        let joined = self.running.take().map_or(Ok(()), JoinHandle::join);
        if joined.is_err() {
            let error = io::Error::other("the thread that writes tries panicked; this is a bug");
            disk.fail(StateError::Database(error.into()));
        }
        !disk.has_failed()
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Lets others go before this thread. Where that cannot be had, a block may take a little longer.
fn step_back() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
}

/// A tenth of a processor where all others are busy: a block may have to wait for it.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

fn write(
    db: &DB,
    disk: &Disk,
    path: &Path,
    updates: &[Arc<TreeUpdate>],
    height: Height,
) -> Result<(), StateError> {
    remove(path).map_err(|error| StateError::Database(error.into()))?;
    let options: Options = Family::Pages.options(None);
    let mut table = SstFileWriter::create(&options);
    table.open(path).map_err(failed)?;
    let mut key = Vec::with_capacity(PageId::MAX_BYTES);
    for (id, page) in changed_pages(updates) {
        key.clear();
        id.append_to(&mut key);
        let taken = match page {
            Some(page) => table.put(&key, page.as_bytes()),
            None => table.delete(&key),
        };
        taken.map_err(failed)?;
    }
    table.put(WRITTEN_KEY, height.0.to_be_bytes()).map_err(failed)?;
    table.finish().map_err(failed)?;
    disk.sync_blocks()?;
    let mut options = IngestExternalFileOptions::default();
    options.set_move_files(true);
    db.ingest_external_file_cf_opts(&handle(db, Family::Pages)?, &options, vec![path]).map_err(failed)
}
