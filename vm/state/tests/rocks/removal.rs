//! Entries that were removed: what a range steps over must not stay.

use std::path::Path;

use lockstep_state::{Order, Read};
use rocksdb::{DB, Options};
use tempfile::TempDir;

use crate::chain::{END, Writes, commit, entries, open, wait_until};

/// Whether the state has a table, of entries or of marks of what was removed. `None` if a table went while it was
/// looked at.
fn has_tables(path: &Path) -> Option<bool> {
    let mut options = Options::default();
    let families = DB::list_cf(&options, path).ok()?;
    // As the store has it: without, RocksDB 11.8 crashes when it reads a folder that has logs noted.
    options.set_track_and_verify_wals_in_manifest(true);
    let db = DB::open_cf_for_read_only(&options, path, families, false).ok()?;
    Some(db.live_files().ok()?.iter().any(|table| table.column_family_name == "state"))
}

#[test]
fn many_entries_that_were_removed_are_soon_gone_from_the_tables() {
    let folder = TempDir::new().unwrap();
    let write = |keys: std::ops::Range<u16>, value: Option<u8>| -> Writes {
        keys.map(|key| (key.to_be_bytes().to_vec(), value.map(|value| vec![value; 20]))).collect()
    };
    commit(&open(folder.path()), &write(0..20_000, Some(1)), None);
    // The second start moves what is in the log to tables.
    let store = open(folder.path());
    assert_eq!(has_tables(folder.path()), Some(true));
    // Neither alone is many.
    commit(&store, &write(0..9_000, None), None);
    commit(&store, &write(9_000..18_000, None), None);
    commit(&store, &write(18_000..20_000, None), None);
    assert!(entries(&store, b"", END, Order::Ascending).is_empty());
    assert!(!store.contains(&[0, 0]).unwrap());
    commit(&store, &write(0..10_000, Some(2)), None);
    commit(&store, &write(0..10_000, None), None);
    wait_until("the removed entries stay", || has_tables(folder.path()) == Some(false));
}
