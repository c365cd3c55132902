//! Whether new code takes up the storage at the version that old code has left it with.
//!
//! A migration leads from one version to the next and refuses any other, and a new contract begins with the version of
//! its code. So code that is of another version without a migration is wrong twice: it reads entries in a form that they
//! may not have, and what it creates is refused by the migration after it.

use super::StorageChange;
use crate::schema::{MethodKind, Schema, layout::Layout};

/// What is wrong with the new version, if anything is.
pub(super) fn change(old: &Layout, new: &Layout, schema: Option<&Schema>) -> Option<StorageChange> {
    let is_migration =
        |schema: &Schema| schema.methods.iter().any(|method| method.kind == MethodKind::Upgrade);
    let migrates = schema.is_some_and(is_migration);
    let (old, new) = (old.storage_version, new.storage_version);
    // A migration begins with the version before its code's: `#[contract]` sees to that.
    let from = new.saturating_sub(1);
    // The same version again: a migration has nothing to do then.
    if old == new || (migrates && old == from) {
        return None;
    }
    Some(match migrates {
        _ if new < old => StorageChange::VersionBack { old, new },
        true => StorageChange::MigratesFrom { old, from },
        false if from == old => StorageChange::NotMigrated { old, new },
        false => StorageChange::VersionLeftOut { old, new },
    })
}
