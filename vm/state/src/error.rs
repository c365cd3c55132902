//! What can go wrong with a store that is open. Never a contract's fault; of our own machine, or of a question that is
//! too large.

use std::{error::Error, sync::Arc};

/// A store cannot be read or written, or holds what it never was given. The node must stop: to go on
/// would let this machine answer otherwise than the others. [`Self::TooMuchHistory`] alone is no fault, and is never met
/// while a block is executed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The database under the state failed: the disk, or damage that its checksums found.
    #[error("the database under the state failed: {0}")]
    Database(#[source] Box<dyn Error + Send + Sync>),
    /// A stored value has a form that is never written.
    #[error("the store is damaged: {what}")]
    Damaged {
        /// Which value, and what is wrong with it.
        what: &'static str,
    },
    /// A write or a sync failed, this one or an earlier one. What the disk has of it is known after the next start
    /// only, so that nothing can follow it.
    #[error("the store takes no more blocks, since a write failed: {0}")]
    Stopped(#[source] Arc<StateError>),
    /// A question about an earlier height costs too much: more keys than `limit` changed since, or long before, and
    /// have no entry to show at that height. No fault; whoever asked may ask for a shorter range, or a later height.
    #[error(
        "the range has more than {limit} keys that have a history but no entry at this height; ask for less of it, or \
         at a later height"
    )]
    TooMuchHistory {
        /// How many of them are passed over, beside those that have an entry.
        limit: u64,
    },
}
