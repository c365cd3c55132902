//! What a block writes: all of it or nothing.

use super::{COMMITMENT_KEY, Family};
use crate::{Changes, Commitment};

/// A block's effect on the store: the state's changes, the commitment after them, and records such as the
/// block itself.
#[derive(Debug)]
pub struct CommitBatch<'a> {
    pub(super) changes: &'a Changes,
    pub(super) commitment: &'a Commitment,
    pub(super) records: Vec<(Family, Vec<u8>, Vec<u8>)>,
}

impl<'a> CommitBatch<'a> {
    /// `changes` of the stored state, and the commitment to the state **after** them.
    #[must_use]
    pub const fn new(changes: &'a Changes, commitment: &'a Commitment) -> Self {
        Self { changes, commitment, records: Vec::new() }
    }

    /// Adds a record; the last one of a key counts.
    ///
    /// # Panics
    /// For the state and the commitment to it, which are written by [`Self::new`]'s arguments only: else
    /// they would come apart.
    pub fn set_record(&mut self, family: Family, key: Vec<u8>, value: Vec<u8>) {
        let reserved = match family {
            Family::State => true,
            Family::Meta => key == COMMITMENT_KEY,
            Family::Blocks | Family::Receipts | Family::TxIndex | Family::BlockIndex => false,
        };
        assert!(!reserved, "the state and its commitment are not records");
        self.records.push((family, key, value));
    }
}
