//! What new code makes of the entries that old code has written.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    difference::{Difference, Effect, difference},
    version,
};
use crate::schema::{
    Description, Type,
    layout::{Slot, SlotKind},
};

/// A change of what a contract stores.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(tag = "change", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum StorageChange {
    /// The new code does not say what it stores.
    #[error("the new code does not describe what it stores, as the old one does")]
    Undescribed,
    /// The old code does not say what it stores.
    #[error(
        "the old code does not describe what it stores, so the new code may lose all of it: compare the sources"
    )]
    Unknown,
    /// The old code has a migration and is from before modules said their version; the new code has none.
    #[error(
        "the old code has a migration and does not say which version the storage has, so it is not known whether that \
         is this code's, {new}: compare the sources"
    )]
    VersionUnknown {
        /// The new code's.
        new: u32,
    },
    /// Code of an earlier version than the storage has.
    #[error(
        "the storage has version {old} and this code is of version {new}, and there is no way back: write \
         `#[contract(version = {old})]` and no migration if the entries keep their form"
    )]
    VersionBack {
        /// The storage's version.
        old: u32,
        /// The new code's.
        new: u32,
    },
    /// Code of a version further than the next, without a migration.
    #[error(
        "the storage has version {old} and this code is of version {new}: no version is left out; write \
         `#[migrate(from = {old})]` if the entries get another form, or `#[contract(version = {old})]` if they keep it"
    )]
    VersionLeftOut {
        /// The storage's version.
        old: u32,
        /// The new code's.
        new: u32,
    },
    /// Code of the next version, without a migration.
    #[error(
        "this code is of version {new} and nothing brings the entries of version {old} there: write \
         `#[migrate(from = {old})]`, or `#[contract(version = {old})]` if they keep their form"
    )]
    NotMigrated {
        /// The storage's version.
        old: u32,
        /// The new code's.
        new: u32,
    },
    /// A migration that refuses to run.
    #[error(
        "the storage has version {old} and the migration begins with version {from}, so it refuses: upgrade to \
         the code of version {next} first, or write `#[migrate(from = {old})]`", next = old.saturating_add(1)
    )]
    MigratesFrom {
        /// The storage's version.
        old: u32,
        /// The version that the migration begins with.
        from: u32,
    },
    /// A field that nothing reads any more.
    #[error("`{field}` ({kind}) is gone, its entries are lost{}", Hint(pin))]
    Gone {
        /// The field.
        field: String,
        /// What it keeps.
        kind: String,
        /// What would keep its entries, if it was only renamed.
        pin: Option<String>,
    },
    /// A field that keeps its entries in another way.
    #[error("`{field}` was {old} and is {new}, its entries are misread")]
    Kind {
        /// The field.
        field: String,
        /// What it keeps in the old code.
        old: String,
        /// What it keeps in the new code.
        new: String,
    },
    /// A field whose entries are under other keys.
    #[error("the keys of `{field}` changed, its entries are not found: {difference}")]
    Key {
        /// The field.
        field: String,
        /// How.
        difference: Difference,
    },
    /// A field whose values are of another type.
    #[error("the values of `{field}` are misread: {difference}")]
    Value {
        /// The field.
        field: String,
        /// How.
        difference: Difference,
    },
    /// A new field that would find the entries of another, which has the same hash.
    #[error("`{field}` is new and would find the entries of `{other}`: the hashes of their names are equal")]
    Collides {
        /// The new field.
        field: String,
        /// The old one.
        other: String,
    },
    /// A field whose keys or values have other names or another meaning, in the same bytes.
    #[error("`{field}` keeps its bytes under other names: {difference}")]
    Renamed {
        /// The field.
        field: String,
        /// How.
        difference: Difference,
    },
    /// A field whose values may be more than before. Old code could not read them.
    #[error("`{field}` has values that it had not: {difference}")]
    Extended {
        /// The field.
        field: String,
        /// How.
        difference: Difference,
    },
    /// A map that is now read in the order of its keys, or no longer. Its entries are the same.
    #[error("`{field}` was {old} and is {new}, its entries are the same")]
    Reordered {
        /// The field.
        field: String,
        /// What it keeps in the old code.
        old: String,
        /// What it keeps in the new code.
        new: String,
    },
    /// A new field.
    #[error("`{field}` ({kind}) is new")]
    Added {
        /// The field.
        field: String,
        /// What it keeps.
        kind: String,
    },
}

struct Hint<'a>(&'a Option<String>);

impl core::fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            Some(pin) => write!(f, "; if it was renamed, {pin} keeps them"),
            None => Ok(()),
        }
    }
}

impl StorageChange {
    /// Whether entries would be lost or misread, now or by the next migration, or may be for all that is known.
    #[must_use]
    pub const fn loses_data(&self) -> bool {
        match self {
            Self::Undescribed
            | Self::Unknown
            | Self::VersionUnknown { .. }
            | Self::VersionBack { .. }
            | Self::VersionLeftOut { .. }
            | Self::NotMigrated { .. }
            | Self::MigratesFrom { .. }
            | Self::Gone { .. }
            | Self::Kind { .. }
            | Self::Key { .. }
            | Self::Value { .. }
            | Self::Collides { .. } => true,
            Self::Renamed { .. } | Self::Extended { .. } | Self::Reordered { .. } | Self::Added { .. } => {
                false
            }
        }
    }

    /// The field; none if it is about all of them.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Undescribed
            | Self::Unknown
            | Self::VersionUnknown { .. }
            | Self::VersionBack { .. }
            | Self::VersionLeftOut { .. }
            | Self::NotMigrated { .. }
            | Self::MigratesFrom { .. } => None,
            Self::Gone { field, .. }
            | Self::Kind { field, .. }
            | Self::Key { field, .. }
            | Self::Value { field, .. }
            | Self::Collides { field, .. }
            | Self::Renamed { field, .. }
            | Self::Extended { field, .. }
            | Self::Reordered { field, .. }
            | Self::Added { field, .. } => Some(field),
        }
    }
}

/// The changes: those that lose data first, each kind in the order of the fields.
pub(super) fn changes(old: &Description, new: &Description) -> Vec<StorageChange> {
    let (old, new, of_version) = match (&old.layout, &new.layout) {
        (None, _) => return Vec::from([StorageChange::Unknown]),
        (Some(_), None) => return Vec::from([StorageChange::Undescribed]),
        (Some(was), Some(is)) => {
            let of_version = version::change((was, old.schema.as_ref()), (is, new.schema.as_ref()));
            (&was.slots, &is.slots, of_version)
        }
    };
    let (olds, news) = (by_path(old), by_path(new));
    let added: Vec<&Slot> = new.iter().filter(|slot| !olds.contains_key(&*slot.path)).collect();
    let mut changes = Vec::from_iter(of_version);
    for slot in old {
        match news.get(&*slot.path) {
            None => changes.push(StorageChange::Gone {
                field: slot.path.clone(),
                kind: slot.kind.to_string(),
                pin: added.iter().find_map(|added| pin(slot, added)),
            }),
            Some(new) => of_slot(&slot.path, &slot.kind, &new.kind, &mut changes),
        }
    }
    let taken: BTreeMap<[u8; 4], &str> = old.iter().map(|slot| (slot.prefix(), &*slot.path)).collect();
    for slot in added {
        let field = slot.path.clone();
        changes.push(match taken.get(&slot.prefix()) {
            Some(other) => StorageChange::Collides { field, other: other.to_string() },
            None => StorageChange::Added { field, kind: slot.kind.to_string() },
        });
    }
    // Stable, so the order of the fields stays.
    changes.sort_by_key(|change| !change.loses_data());
    changes
}

fn by_path(slots: &[Slot]) -> BTreeMap<&str, &Slot> {
    slots.iter().map(|slot| (&*slot.path, slot)).collect()
}

/// How the entries of `old` would be kept in `new`, if that is the same field under another name.
fn pin(old: &Slot, new: &Slot) -> Option<String> {
    if old.kind != new.kind {
        return None;
    }
    let (was, is) = (old.path.split('.'), new.path.split('.'));
    if was.clone().count() != is.clone().count() {
        return None;
    }
    let mut renamed = was.zip(is).filter(|(was, is)| was != is);
    match (renamed.next(), renamed.next()) {
        (Some((was, is)), None) => Some(format!("`#[key = \"{was}\"]` on `{is}`")),
        _ => None,
    }
}

fn of_slot(path: &str, old: &SlotKind, new: &SlotKind, changes: &mut Vec<StorageChange>) {
    let field = || String::from(path);
    let (was, is) = (old.to_string(), new.to_string());
    let (old_key, old_value) = parts(old);
    let (new_key, new_value) = parts(new);
    match (old, new) {
        (SlotKind::Map { .. }, SlotKind::OrdMap { .. }) | (SlotKind::OrdMap { .. }, SlotKind::Map { .. }) => {
            changes.push(StorageChange::Reordered { field: field(), old: was, new: is });
        }
        _ if core::mem::discriminant(old) != core::mem::discriminant(new) => {
            changes.push(StorageChange::Kind { field: field(), old: was, new: is });
            return;
        }
        _ => {}
    }
    let both = |old: Option<&Type>, new: Option<&Type>| difference(old?, new?);
    if let Some(found) = both(old_key, new_key) {
        // A key is found by all of its bytes: one that grew may still be found, but what is it of?
        changes.push(match found.effect {
            Effect::Renamed => StorageChange::Renamed { field: field(), difference: found },
            Effect::Extended | Effect::Misread => StorageChange::Key { field: field(), difference: found },
        });
    }
    if let Some(found) = both(old_value, new_value) {
        changes.push(match found.effect {
            Effect::Renamed => StorageChange::Renamed { field: field(), difference: found },
            Effect::Extended => StorageChange::Extended { field: field(), difference: found },
            Effect::Misread => StorageChange::Value { field: field(), difference: found },
        });
    }
}

/// The types of the keys and the values, where a kind has them.
const fn parts(kind: &SlotKind) -> (Option<&Type>, Option<&Type>) {
    match kind {
        SlotKind::Cell { value } | SlotKind::Vector { value } | SlotKind::Queue { value } => {
            (None, Some(value))
        }
        SlotKind::Map { key, value } | SlotKind::OrdMap { key, value } => (Some(key), Some(value)),
        SlotKind::Set { key } => (Some(key), None),
    }
}
