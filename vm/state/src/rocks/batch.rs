//! What a block writes: all of it or nothing.

use std::sync::Arc;

use lockstep_abi::Height;

use super::{Family, progress::PROGRESS_KEY};
use crate::{Changes, merkle::TreeUpdate};

/// A block's effect on the store: the state's changes, the trie of a block before, and records such as the block
/// itself.
#[derive(Debug)]
pub struct CommitBatch<'a> {
    pub(super) height: Height,
    pub(super) changes: &'a Changes,
    pub(super) tree: Option<Arc<TreeUpdate>>,
    pub(super) records: Vec<(Family, Vec<u8>, Option<Vec<u8>>)>,
    pub(super) keep_from: Option<Height>,
}

impl<'a> CommitBatch<'a> {
    /// The block of `height`, which makes `changes` of the stored state. It is the one after the store's newest;
    /// the first may be any.
    #[must_use]
    pub const fn new(height: Height, changes: &'a Changes) -> Self {
        Self { height, changes, tree: None, records: Vec::new(), keep_from: None }
    }

    /// Adds the trie of the block before: what [`RocksStore::update_tree`](crate::RocksStore::update_tree) gave for the
    /// store as it is. Every block has one, but for the first, the one after a state that was loaded, and all of a store
    /// that is to have no tries.
    pub fn set_tree(&mut self, update: Arc<TreeUpdate>) {
        self.tree = Some(update);
    }

    /// Adds a record; the last one of a key counts.
    ///
    /// # Panics
    /// For what the block itself writes (the state, its history, the tries, the progress): they would come apart.
    pub fn set_record(&mut self, family: Family, key: Vec<u8>, value: Vec<u8>) {
        self.push(family, key, Some(value));
    }

    /// Takes a record away, if there is one.
    ///
    /// # Panics
    /// As [`Self::set_record`].
    pub fn remove_record(&mut self, family: Family, key: Vec<u8>) {
        self.push(family, key, None);
    }

    /// From now on, states and tries below `oldest` need not be readable. Without this a store keeps all that ever
    /// was. The newest state stays whatever `oldest` is.
    ///
    /// A proof needs state and trie of one height, and the trie is a block behind: with `oldest` at this block's
    /// own height there are none, with the one before there is one height's.
    ///
    /// What goes is deleted a few blocks at a time, at most [`MAX_PRUNED_BLOCKS`](crate::MAX_PRUNED_BLOCKS) with each
    /// commit, and not before the trie on disk has reached it.
    pub const fn keep_from(&mut self, oldest: Height) {
        self.keep_from = Some(oldest);
    }

    fn push(&mut self, family: Family, key: Vec<u8>, value: Option<Vec<u8>>) {
        assert_is_record(family, &key);
        self.records.push((family, key, value));
    }
}

/// # Panics
/// If that is what blocks write themselves.
pub(super) fn assert_is_record(family: Family, key: &[u8]) {
    let reserved = match family {
        Family::State | Family::History | Family::Changed | Family::Pages | Family::Undo => true,
        Family::Meta => key == PROGRESS_KEY,
        Family::Blocks | Family::Receipts | Family::TxIndex | Family::BlockIndex => false,
    };
    assert!(!reserved, "the state and its tries are not records");
}
