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
};
use crate::{
    Changes, StateError,
    merkle::{PageKey, TreeUpdate},
};

/// The write that takes the store from `before` (nowhere, if this is the first block) to the progress that is given
/// back.
///
/// # Panics
/// If the block does not follow, or the trie is of this height or a later one, was made over another one than the
/// store's newest, or is not above that.
pub(super) fn plan(
    db: &DB,
    before: Option<&Progress>,
    batch: &CommitBatch<'_>,
) -> Result<(WriteBatch, Progress), StateError> {
    let mut writes = WriteBatch::with_capacity_bytes(expected_bytes(batch));
    let height = batch.height;
    let mut after = match before {
        None => Progress { newest: height, oldest: height, tree: None },
        Some(before) => {
            assert_eq!(height, before.newest.next(), "a block that does not follow the store's newest");
            let oldest = prune(db, before, height, batch.keep_from, &mut writes)?;
            Progress { newest: height, oldest, tree: before.tree }
        }
    };
    if let Some(update) = batch.tree {
        check_tree(after.tree, height, update);
        put_stale(db, after.oldest, update, &mut writes)?;
        put_pages(db, update, &mut writes)?;
        after.tree = Some(Tree { height: update.height, root: update.root });
    }
    put_changes(db, height, batch.changes, &mut writes)?;
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
    let pages = batch.tree.iter().flat_map(|update| &update.pages);
    let pages = pages.map(|(_, page)| [RECORD_BYTES, size_of::<PageKey>(), page.as_bytes().len(), 0]);
    let records = batch.records.iter().map(|(_, key, value)| [RECORD_BYTES, key.len(), length(value), 0]);
    let stale = batch.tree.map_or(0, |update| update.stale.len().saturating_mul(size_of::<PageKey>()));
    changes.chain(pages).chain(records).flatten().fold(stale, usize::saturating_add)
}

fn check_tree(newest: Option<Tree>, block: Height, update: &TreeUpdate) {
    assert!(update.height < block, "the trie of block {}, in block {block}", update.height);
    let (base, newest) = (update.base, newest.map(|newest| newest.height));
    assert_eq!(base, newest, "a trie over another one than the store's newest");
    assert!(base < Some(update.height), "a trie at {} that is not above its base", update.height);
}

/// Adds the pages of a trie.
pub(super) fn put_pages(db: &DB, update: &TreeUpdate, writes: &mut WriteBatch) -> Result<(), StateError> {
    let pages = handle(db, Family::Pages)?;
    for (id, page) in &update.pages {
        let key = PageKey { height: update.height, id: *id };
        writes.put_cf(pages, key.to_bytes(), page.as_bytes());
    }
    Ok(())
}

/// Adds what becomes of the pages that a trie has no use for: they go with the height before it, if that is kept.
fn put_stale(
    db: &DB,
    oldest: Height,
    update: &TreeUpdate,
    writes: &mut WriteBatch,
) -> Result<(), StateError> {
    if update.height <= oldest {
        return delete_stale(db, update, writes);
    }
    if !update.stale.is_empty() {
        let list: Vec<u8> = update.stale.iter().flat_map(PageKey::to_bytes).collect();
        writes.put_cf(handle(db, Family::Stale)?, update.height.0.to_be_bytes(), list);
    }
    Ok(())
}

/// Adds the deletion of the pages that a trie has no use for.
pub(super) fn delete_stale(db: &DB, update: &TreeUpdate, writes: &mut WriteBatch) -> Result<(), StateError> {
    let pages = handle(db, Family::Pages)?;
    for key in &update.stale {
        writes.delete_cf(pages, key.to_bytes());
    }
    Ok(())
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
