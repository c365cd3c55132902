//! How state is read, whatever holds it: a store, a snapshot, or a delta over either.

use std::ops::ControlFlow;

use crate::StateError;

/// Sees an entry, key and value, and says whether to go on.
pub type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'v;

/// The direction of a range read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the smallest key up, in byte order.
    Ascending,
    /// From the largest key down.
    Descending,
}

/// A state at one instant. Two that hold the same entries answer the same, in the same order.
///
/// # Errors
/// Every method gives [`StateError`] if what holds the state fails; never because of its arguments.
#[expect(clippy::missing_errors_doc, reason = "said once, above, for all methods")]
pub trait Read: Send + Sync {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError>;

    /// Whether the key has a value.
    fn contains(&self, key: &[u8]) -> Result<bool, StateError> {
        Ok(self.get(key)?.is_some())
    }

    /// How many bytes the value of a key has. As much work as reading it, the copy left out.
    fn len(&self, key: &[u8]) -> Result<Option<usize>, StateError> {
        Ok(self.get(key)?.map(|value| value.len()))
    }

    /// Visits the entries with `start <= key < end` until `visit` breaks or they end; none if
    /// `start >= end`. Costs a seek, then a step for each entry.
    fn range(&self, start: &[u8], end: &[u8], order: Order, visit: &mut Visit<'_>) -> Result<(), StateError>;
}
