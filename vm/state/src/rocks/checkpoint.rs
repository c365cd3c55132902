//! Brings the trie on disk up to one that is in memory, while blocks go on.
//!
//! The pages go into a table of their own, which RocksDB takes in as a whole: neither the log nor a buffer in memory
//! has them, and whoever reads sees all of them or none. One more entry of the table, [`WRITTEN_KEY`], tells the height
//! of their trie.
//!
//! A trie on disk must not be ahead of the blocks that it follows from. So these are synced first, if blocks are not in
//! any case.

use std::{
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
    tries::{PagesById, Tries},
};
use crate::{
    StateError,
    merkle::{Page, PageId},
};

/// Beside the database until that has it. What is left of one that was cut off is replaced by the next.
const FILE: &str = "TRIE.new";

/// Writes tries, one at a time and each on a thread of its own.
#[derive(Debug)]
pub(super) struct Checkpoints {
    path: PathBuf,
    running: Option<JoinHandle<()>>,
}

impl Checkpoints {
    pub(super) fn new(folder: &Path) -> Self {
        Self { path: folder.join(FILE), running: None }
    }

    /// Begins to write the newest of `tries`, if it is time; waits for the one before if that is not done. What fails
    /// stops the store.
    pub(super) fn begin_if_due(&mut self, db: &Arc<DB>, disk: &Arc<Disk>, tries: &Arc<Tries>) {
        let Some((height, pages)) = tries.freeze_if_due(|| self.wait()) else { return };
        let (db, disk, tries) = (Arc::clone(db), Arc::clone(disk), Arc::clone(tries));
        let (path, none_ahead) = (self.path.clone(), tries.have_no_room());
        let failing = Arc::clone(&disk);
        let work = move || {
            step_back();
            match write(&db, &disk, &path, height, &pages) {
                Ok(()) => tries.written(height),
                Err(error) => drop(disk.fail(error)),
            }
        };
        match thread::Builder::new().name("lockstep-trie".into()).spawn(work) {
            Ok(thread) => {
                self.running = Some(thread);
                if none_ahead {
                    self.wait();
                }
            }
            Err(error) => drop(failing.fail(StateError::Database(error.into()))),
        }
    }

    /// Until no trie is being written.
    pub(super) fn wait(&mut self) {
        if let Some(thread) = self.running.take() {
            // It has no panics of its own.
            let _: thread::Result<()> = thread.join();
        }
    }
}

/// Lets this thread run when no other wants to, more or less. Where that cannot be had, a block may take a little longer.
fn step_back() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), LOWEST_PRIORITY);
}

/// As RocksDB gives it to its own threads.
#[cfg(target_os = "linux")]
const LOWEST_PRIORITY: i32 = 19;

fn write(db: &DB, disk: &Disk, path: &Path, height: Height, pages: &PagesById) -> Result<(), StateError> {
    let mut pages: Vec<(&PageId, &Option<Page>)> = pages.iter().collect();
    pages.sort_unstable_by(|(a, _), (b, _)| a.rank().cmp(&b.rank()).then_with(|| a.cmp(b)));
    let options: Options = Family::Pages.options(None);
    let mut table = SstFileWriter::create(&options);
    table.open(path).map_err(failed)?;
    let mut key = Vec::with_capacity(PageId::MAX_BYTES);
    for (id, page) in pages {
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
