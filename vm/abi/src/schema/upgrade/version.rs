//! Whether new code takes up the storage at the version that old code has left it with.
//!
//! A migration leads from one version to the next and refuses any other, and a new contract begins with the version of
//! its code. So code that is of another version without a migration is wrong twice: it reads entries in a form that they
//! may not have, and what it creates is refused by the migration after it.

use super::StorageChange;
use crate::schema::{
    MethodKind, Schema,
    layout::{FIRST_VERSION, Layout},
};

/// What is wrong with the new version, if anything is. Of both codes, what they store and their interfaces.
pub(super) fn change(
    old: (&Layout, Option<&Schema>),
    new: (&Layout, Option<&Schema>),
) -> Option<StorageChange> {
    let migrates = has_migration(new.1);
    let is_known = is_said(old.0, old.1);
    let (old, new) = (old.0.storage_version, new.0.storage_version);
    if !is_known {
        // The migration compares it with the storage's own, and refuses by itself.
        return (!migrates).then_some(StorageChange::VersionUnknown { new });
    }
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

/// Whether a module says which version its storage has. Those with a migration had a later one than the first before
/// the layout could say so.
fn is_said(layout: &Layout, schema: Option<&Schema>) -> bool {
    layout.version != FIRST_VERSION || !has_migration(schema)
}

fn has_migration(schema: Option<&Schema>) -> bool {
    schema.is_some_and(|schema| schema.methods.iter().any(|method| method.kind == MethodKind::Upgrade))
}
