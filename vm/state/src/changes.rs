//! What a delta comes to: the entries that differ from its base, before and after.
//!
//! Net: a key that ends as it began is not here, so that the same effect gives the same changes whatever
//! the way to it. Each change knows what it replaces, so that a store can keep
//! it for reads of earlier heights, and can notice changes that were made over another base.

use std::sync::Arc;

/// One entry's change; `before` and `after` differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) key: Arc<[u8]>,
    pub(crate) before: Option<Vec<u8>>,
    pub(crate) after: Option<Vec<u8>>,
}

/// The net changes of a [`Delta`](crate::Delta), in key order; it is what makes them. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes(Arc<[Change]>);

impl Changes {
    /// `changes` must be in key order, each key once, each a difference.
    pub(crate) fn of_sorted(changes: Vec<Change>) -> Self {
        debug_assert!(changes.is_sorted_by(|a, b| a.key < b.key), "changes out of order");
        Self(changes.into())
    }

    pub(crate) fn with_before(&self) -> &[Change] {
        &self.0
    }

    /// Every changed key with its new value, `None` if it was removed, in key order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], Option<&[u8]>)> {
        self.0.iter().map(|change| (&*change.key, change.after.as_deref()))
    }

    /// How many entries differ.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
