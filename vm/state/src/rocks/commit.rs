//! Makes the one write of a block.
//!
//! What it deletes comes before what it puts, since in a batch the last word on a key counts.

use lockstep_abi::Height;
use rocksdb::{DB, WriteBatch};

use super::{
    CommitBatch, Family, Tree,
    access::handle,
    changed, history,
    progress::{PROGRESS_KEY, Progress},
    prune::prune,
    undo,
};
use crate::{Changes, StateError};

/// The write that takes the store from `before` (nowhere, if this is the first block) to the progress that is given
/// back, while the trie of the height `written` is on disk.
pub(super) fn plan(
    db: &DB,
    before: Option<&Progress>,
    batch: &CommitBatch<'_>,
    written: Option<Height>,
) -> Result<(WriteBatch, Progress), StateError> {
    let newest = batch.height;
    let oldest = batch.keep_from.unwrap_or_default().min(newest);
    let mut after = match before {
        None => Progress { newest, oldest: newest, kept_from: newest, tree: None },
        Some(before) => Progress { newest, oldest: oldest.max(before.oldest), ..*before },
    };
    let mut writes = WriteBatch::with_capacity_bytes(expected_bytes(batch));
    if let Some(update) = &batch.tree {
        after.tree = Some(Tree { height: update.height, root: update.root });
        if update.height > after.oldest {
            undo::put(db, update, &mut writes)?;
        }
    }
    if before.is_some() {
        after.kept_from = prune(db, &after, written, &mut writes)?;
    }
    put_changes(db, newest, batch.changes, &mut writes)?;
    for (family, key, value) in &batch.records {
        let family = handle(db, *family)?;
        match value {
            Some(value) => writes.put_cf(family, key, value),
            None => writes.delete_cf(family, key),
        }
    }
    writes.put_cf(handle(db, Family::Meta)?, PROGRESS_KEY, after.encode());
    Ok((writes, after))
}

/// # Panics
/// If the block of the batch does not follow, or its trie is not that of the block before it, made over the newest one.
pub(super) fn check(before: Option<&Progress>, batch: &CommitBatch<'_>) {
    let (block, newest) = (batch.height, before.map(|before| before.newest));
    if let Some(newest) = newest {
        assert_eq!(block, newest.next(), "a block that does not follow the store's newest");
    }
    let Some(update) = &batch.tree else { return };
    assert!(update.height < block, "the trie of block {}, in block {block}", update.height);
    let newest_tree = before.and_then(|before| before.tree).map(|tree| tree.height);
    assert_eq!(update.base, newest_tree, "a trie over another one than the store's newest");
    assert!(newest_tree < Some(update.height), "a trie at {} that is not above its base", update.height);
    assert_eq!(Some(update.height), newest, "a trie that is not the newest block's");
    let first = before.is_some_and(|before| before.kept_from == before.newest);
    assert!(newest_tree.is_some() || first, "a first trie over blocks that had none");
}

/// About what a block writes, without what it deletes: a batch that has the room is not moved while it grows.
fn expected_bytes(batch: &CommitBatch<'_>) -> usize {
    /// What a record takes beside its key and value: its kind, its family, two lengths.
    const RECORD_BYTES: usize = 12;
    const HEIGHT_BYTES: usize = 8;
    let length = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, Vec::len);
    // The key thrice: in the state, in the history, in the list of the block's keys.
    let changes = batch.changes.with_before().iter().map(|change| {
        let keys = change.key.len().saturating_add(RECORD_BYTES).saturating_mul(3);
        [keys, HEIGHT_BYTES, length(&change.before), length(&change.after)]
    });
    let records = batch.records.iter().map(|(_, key, value)| [RECORD_BYTES, key.len(), length(value), 0]);
    let undo = batch.tree.as_ref().map_or(0, |update| update.undo.len());
    changes.chain(records).flatten().fold(undo, usize::saturating_add)
}

fn put_changes(
    db: &DB,
    height: Height,
    changes: &Changes,
    writes: &mut WriteBatch,
) -> Result<(), StateError> {
    let (state, history) = (handle(db, Family::State)?, handle(db, Family::History)?);
    for change in changes.with_before() {
        match &change.after {
            Some(value) => writes.put_cf(state, &change.key, value),
            None => writes.delete_cf(state, &change.key),
        }
        let entry = history::entry(history::prefix(&change.key), height);
        writes.put_cf(history, entry, history::encode(change.before.as_deref()));
    }
    writes.put_cf(handle(db, Family::Changed)?, height.0.to_be_bytes(), changed::encode(changes));
    Ok(())
}
