//! What can go wrong with a store that is open. Always a fault of our own machine, never of a contract.

use std::error::Error;

/// A store cannot be read or written, or holds what it never was given. The node must stop: to go on
/// would let this machine answer otherwise than the others.
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
}
