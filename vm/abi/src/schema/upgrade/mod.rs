//! What replacing a contract's code changes: in what it has stored, and for those who call it.
//!
//! The chain lets an admin replace code by any other; this is what tools look at before. Compared are the
//! descriptions that the two modules carry, their authors' word. What cannot be seen there: what the new code's
//! `upgrade` method does with the entries, and what versions before the old one have left behind. A field that was
//! dropped once and comes back finds what it had.

use alloc::vec::Vec;

use super::Description;

mod difference;
mod interface;
mod storage;
mod version;

pub use difference::{Difference, Effect};
pub use interface::InterfaceChange;
pub use storage::StorageChange;

/// What replacing code changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Upgrade {
    /// In what is stored; those that lose data come first.
    pub storage: Vec<StorageChange>,
    /// For those who call; those that they notice come first.
    pub interface: Vec<InterfaceChange>,
}

impl Upgrade {
    /// Compares what two modules say about themselves. Cost: at worst the product of their sizes.
    #[must_use]
    pub fn between(old: &Description, new: &Description) -> Self {
        Self {
            storage: storage::changes(old, new),
            interface: interface::changes(old.schema.as_ref(), new.schema.as_ref()),
        }
    }

    /// The changes by which entries would be lost or misread. A tool refuses the upgrade unless all of them are
    /// what the author wants.
    pub fn losses(&self) -> impl Iterator<Item = &StorageChange> {
        self.storage.iter().filter(|change| change.loses_data())
    }
}
