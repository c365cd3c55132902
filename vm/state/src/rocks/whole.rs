//! Whether a database that opens has all that a store must have.
//!
//! Looked at is what each block leaves one of: this runs at each start, as does the comparison of the newest trie's root
//! (`tries.rs`). That all entries are there is for an audit; a block that is missing below all that is looked at here is
//! found when it is pruned.

use std::{ops::ControlFlow, path::Path};

use lockstep_abi::Height;
use rocksdb::DB;

use super::{Family, OpenError, access::Access, progress::Progress};
use crate::{Order, StateError};

/// How many of the newest blocks are looked for. Only blocks that were in a log can be missing, and logs have 256 MiB at
/// most (`options.rs`): so many blocks, if each takes a quarter of a MiB or more. Of smaller ones more fit; but a list of
/// the keys that a block changed takes up to some hundred KiB, and all that are looked for are read at each start.
const MAX_SOUGHT_BLOCKS: u64 = 1_024;

/// How far the store is; nowhere before the first block.
///
/// # Errors
/// [`OpenError`] if that cannot be read, or is below `synced`, the height that was on disk; or if a block before it is
/// missing.
pub(super) fn check(path: &Path, db: &DB, synced: Option<Height>) -> Result<Option<Progress>, OpenError> {
    let unreadable = |source| OpenError::Unreadable { path: path.to_path_buf(), source };
    let progress = db.progress().map_err(unreadable)?;
    let found = progress.map(|progress| progress.newest);
    if let Some(synced) = synced.filter(|synced| found < Some(*synced)) {
        return Err(OpenError::Lost { path: path.to_path_buf(), synced, found });
    }
    if let Some(progress) = &progress
        && let Some(missing) = missing_block(db, progress).map_err(unreadable)?
    {
        return Err(OpenError::Hole { path: path.to_path_buf(), missing, newest: progress.newest });
    }
    Ok(progress)
}

/// The oldest block, of the newest [`MAX_SOUGHT_BLOCKS`], that left nothing.
fn missing_block(db: &DB, progress: &Progress) -> Result<Option<Height>, StateError> {
    let Progress { kept_from, newest, .. } = *progress;
    let first = kept_from.0.max(newest.0.saturating_sub(MAX_SOUGHT_BLOCKS - 1));
    let after_newest = [&newest.0.to_be_bytes()[..], &[0]].concat();
    let mut expected = (first..=newest.0).peekable();
    db.visit(Family::Changed, (&first.to_be_bytes(), &after_newest), Order::Ascending, &mut |height, _| {
        match expected.next_if(|expected| height == expected.to_be_bytes()) {
            Some(_) => ControlFlow::Continue(()),
            None => ControlFlow::Break(()),
        }
    })?;
    Ok(expected.next().map(Height))
}
