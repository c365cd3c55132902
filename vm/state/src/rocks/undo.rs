//! What each height replaced in the trie: with it, the pages of earlier tries are made again.
//!
//! `height | id`, and what was replaced in the page `id` and those after it, in the order of their ids, up to where the
//! next record of the height begins. A few pages to a record: blocks write many, and queries read few.

use lockstep_abi::Height;
use rocksdb::{DB, WriteBatch};

use super::{
    Family,
    access::{Access, Cursor, handle},
};
use crate::{
    Order, StateError,
    merkle::{PageId, TreeUpdate, Undo},
};

/// From so many bytes on, the next page goes into the next record.
const RECORD_BYTES: usize = 4 << 10;

const DAMAGED: StateError =
    StateError::Damaged { what: "the key of what was replaced in the Merkle trie cannot be decoded" };

/// Adds what a trie replaced.
pub(super) fn put(db: &DB, update: &TreeUpdate, writes: &mut WriteBatch) -> Result<(), StateError> {
    let family = handle(db, Family::Undo)?;
    let mut rest = &update.undo[..];
    while !rest.is_empty() {
        let (first, mut length) = Undo::first_of(rest)?;
        while let Some(more) = rest.get(length..).filter(|more| !more.is_empty() && length < RECORD_BYTES) {
            length = length.saturating_add(Undo::first_of(more)?.1);
        }
        let (record, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        writes.put_cf(family, key(update.height, &first), record);
        rest = after;
    }
    Ok(())
}

/// Adds the deletion of what the trie of a height replaced. Gives how many records go.
pub(super) fn delete(db: &DB, height: Height, writes: &mut WriteBatch) -> Result<usize, StateError> {
    let family = handle(db, Family::Undo)?;
    let mut cursor = Log::of(db, height, height)?.0;
    let mut count = 0_usize;
    while let Some((key, _)) = cursor.item()? {
        // Each was written once.
        writes.single_delete_cf(family, key);
        count = count.saturating_add(1);
        cursor.advance();
    }
    Ok(count)
}

/// What a run of heights replaced.
pub(super) struct Log<'a>(Cursor<'a>);

impl<'a> Log<'a> {
    pub(super) fn of(access: &'a dyn Access, first: Height, last: Height) -> Result<Self, StateError> {
        let bounds = (first.0.to_be_bytes(), last.next().0.to_be_bytes());
        Ok(Self(access.cursor(Family::Undo, (&bounds.0, &bounds.1), Order::Ascending)?))
    }

    /// What `height`, which is in the run, replaced in a page; none if it did not change the page.
    pub(super) fn get(&mut self, height: Height, id: &PageId) -> Result<Option<Undo>, StateError> {
        self.0.seek_back(&key(height, id));
        let Some((key, mut rest)) = self.0.item()? else { return Ok(None) };
        let found = key.first_chunk().ok_or(DAMAGED)?;
        if u64::from_be_bytes(*found) != height.0 {
            return Ok(None);
        }
        while !rest.is_empty() {
            let (found, undo, after) = Undo::split_from(rest)?;
            if found >= *id {
                return Ok((found == *id).then_some(undo));
            }
            rest = after;
        }
        Ok(None)
    }
}

fn key(height: Height, id: &PageId) -> Vec<u8> {
    let mut key = Vec::with_capacity(PageId::MAX_BYTES.saturating_add(8));
    key.extend_from_slice(&height.0.to_be_bytes());
    id.append_to(&mut key);
    key
}
