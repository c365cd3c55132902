//! Which folders are refused, and that they are left as they were.

use std::{fs, path::Path};

use lockstep_state::{OpenError, RocksStore};
use rocksdb::{DB, Options};
use tempfile::TempDir;

use crate::chain::{SMALL, assert_is_at, commit_blocks, files, open};

fn refuse(path: &Path) -> OpenError {
    let before = files(path);
    let refused = RocksStore::open(path, &SMALL).unwrap_err();
    assert_eq!(files(path), before);
    refused
}

#[test]
fn a_store_that_is_open_cannot_be_opened_again() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let refused = refuse(folder.path());
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
    drop(store);
    open(folder.path());
}

#[test]
fn a_folder_of_somebody_else_is_refused_and_not_changed() {
    let text = TempDir::new().unwrap();
    fs::write(text.path().join("thesis.txt"), "all of it").unwrap();
    let database = TempDir::new().unwrap();
    make_database_without_mark(database.path());
    let marked = TempDir::new().unwrap();
    fs::write(marked.path().join("FORMAT"), "a floppy disk\n").unwrap();
    for folder in [text, database, marked] {
        let refused = refuse(folder.path());
        assert!(matches!(refused, OpenError::Foreign { .. }), "{refused}");
    }
}

fn make_database_without_mark(path: &Path) {
    drop(open(path));
    fs::remove_file(path.join("FORMAT")).unwrap();
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_not_changed() {
    let folder = TempDir::new().unwrap();
    commit_blocks(&open(folder.path()), 1..=1);
    fs::write(folder.path().join("FORMAT"), "lockstep store 5\n").unwrap();
    let refused = refuse(folder.path());
    assert!(matches!(refused, OpenError::Newer { found: 5, supported: 4, .. }), "{refused}");
}

/// The first version had no trie: its families are others, and to open them would be to add ours.
#[test]
fn a_store_of_an_older_version_is_refused_and_not_changed() {
    let folder = TempDir::new().unwrap();
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    drop(DB::open_cf(&options, folder.path(), ["state", "blocks", "meta"]).unwrap());
    fs::write(folder.path().join("FORMAT"), "lockstep store 3\n").unwrap();
    let refused = refuse(folder.path());
    assert!(matches!(refused, OpenError::Older { found: 3, supported: 4, .. }), "{refused}");
    assert!(refused.to_string().contains("was written by an older version"), "{refused}");
}

#[test]
fn a_file_is_not_a_folder() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = RocksStore::open(&file, &SMALL).unwrap_err();
    assert!(matches!(refused, OpenError::NotADirectory { .. }), "{refused}");
}

/// A machine that stops in the first moments of a node's life must not leave a folder that no start accepts.
#[test]
fn a_creation_that_was_cut_off_is_finished_at_the_next_start() {
    for left in [("FORMAT.new", "lockst"), ("FORMAT", "lockstep store 4\n")] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(left.0), left.1).unwrap();
        assert_is_at(&open(folder.path()), 0);
    }
}
