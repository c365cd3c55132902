//! The log: cut off, damaged, ending in what was never written.
//!
//! A kill does not lose what the operating system has not written yet; a power cut does. So the log of a stopped
//! store is cut and damaged by hand.

use std::{collections::BTreeMap, path::Path};

use lockstep_abi::Height;
use lockstep_state::{OpenError, RocksOptions, RocksStore};
use tempfile::TempDir;

use crate::chain::{
    SMALL, UNSYNCED, assert_is_at, commit_blocks, commit_two_logs, database, files, open, write_files,
};

type Files = BTreeMap<String, Vec<u8>>;

/// A store's files after three blocks, and where in the log each ends, from block 0 on.
struct Written {
    files: Files,
    ends: [usize; 4],
}

fn write_three(options: &RocksOptions) -> Written {
    let folder = TempDir::new().unwrap();
    let store = RocksStore::open(folder.path(), options).unwrap();
    let length = |path: &Path| log(&mut files(path)).len();
    let ends = [1, 2, 3].map(|height| {
        let before = length(folder.path());
        commit_blocks(&store, height..=height);
        (before, length(folder.path()))
    });
    let [(none, first), (_, second), (_, third)] = ends;
    assert!(none < first && first < second && second < third);
    // Of the running store: what its end might write is not there.
    Written { files: files(folder.path()), ends: [none, first, second, third] }
}

/// The newest log: only it has something in it.
fn log(files: &mut Files) -> &mut Vec<u8> {
    files.iter_mut().rfind(|(name, _)| name.ends_with(".log")).unwrap().1
}

/// The store as if nobody had noted what is on disk: what a power cut leaves of blocks that were not synced.
fn forget_synced(files: &mut Files) {
    files.remove("SYNCED").unwrap();
}

/// Opens a copy of the files, and again what that made of them.
fn assert_opens_at(files: &Files, height: u8) {
    let copy = TempDir::new().unwrap();
    write_files(copy.path(), files);
    assert_is_at(&open(copy.path()), height);
    let store = open(copy.path());
    assert_is_at(&store, height);
    commit_blocks(&store, height + 1..=height + 2);
    assert_is_at(&store, height + 2);
}

/// Refuses a copy, unchanged.
fn assert_is_refused(files: &Files) -> OpenError {
    let copy = TempDir::new().unwrap();
    write_files(copy.path(), files);
    let refused = RocksStore::open(copy.path(), &SMALL).unwrap_err();
    let after = crate::chain::files(copy.path());
    for (name, bytes) in files {
        assert!(after.get(name) == Some(bytes), "{name} was changed");
    }
    refused
}

#[test]
fn a_log_that_was_cut_off_gives_whole_blocks_and_the_trie_that_belongs() {
    let Written { mut files, ends } = write_three(&SMALL);
    forget_synced(&mut files);
    let [none, first, second, third] = ends;
    let middle = (first + second) / 2;
    for (length, height) in [
        (0, 0),
        (none + 1, 0),
        (first - 1, 0),
        (first, 1),
        // Within the next record's head, and at its end.
        (first + 1, 1),
        (first + 7, 1),
        (middle, 1),
        (second - 1, 1),
        (second, 2),
        (third - 1, 2),
        (third, 3),
    ] {
        let mut cut = files.clone();
        log(&mut cut).truncate(length);
        assert_opens_at(&cut, height);
    }
}

/// File systems may give a file its new length before its new content: the end is then zeros, or parts of a record.
#[test]
fn an_end_that_was_never_written_counts_as_cut_off() {
    let Written { mut files, ends: [_, _, second, third] } = write_three(&SMALL);
    forget_synced(&mut files);
    for zeros in [second..third, second + 100..third, second + 7..second + 200] {
        let mut torn = files.clone();
        log(&mut torn)[zeros].fill(0);
        assert_opens_at(&torn, 2);
    }
}

#[test]
fn a_log_that_lost_a_synced_block_is_refused() {
    let Written { files, ends: [_, first, second, third] } = write_three(&SMALL);
    for (length, found) in [(first - 1, None), (second - 1, Some(1)), (third - 1, Some(2))] {
        let mut cut = files.clone();
        log(&mut cut).truncate(length);
        assert_is_lost(&assert_is_refused(&cut), found);
    }
    assert_opens_at(&files, 3);
}

/// Then the log itself is without a flaw.
#[test]
fn a_log_that_ends_between_two_synced_blocks_is_refused_each_time() {
    let Written { files, ends: [_, first, second, _] } = write_three(&SMALL);
    for (length, found) in [(0, None), (first, Some(1)), (second, Some(2))] {
        let mut cut = files.clone();
        log(&mut cut).truncate(length);
        let copy = TempDir::new().unwrap();
        write_files(copy.path(), &cut);
        for _ in 0..2 {
            assert_is_lost(&RocksStore::open(copy.path(), &SMALL).unwrap_err(), found);
        }
    }
    let mut zeroed = files;
    log(&mut zeroed)[first..second].fill(0);
    let copy = TempDir::new().unwrap();
    write_files(copy.path(), &zeroed);
    for _ in 0..2 {
        assert_is_lost(&RocksStore::open(copy.path(), &SMALL).unwrap_err(), Some(1));
    }
}

fn assert_is_lost(refused: &OpenError, found: Option<u64>) {
    let expected = (Height(3), found.map(Height));
    let lost = matches!(refused, OpenError::Lost { synced, found, .. } if (*synced, *found) == expected);
    assert!(lost, "{refused}");
}

/// RocksDB alone drops a record whose length is damaged, and all that follow it, as if the power had been cut there;
/// in every mode of reading the log that opens one that really was cut.
#[test]
fn a_damaged_byte_anywhere_in_synced_blocks_is_refused_and_nothing_is_lost() {
    let Written { files, ends: [_, first, second, third] } = write_three(&SMALL);
    // Every byte of the second and the third record's head: checksum, length, kind.
    let heads = (first..first + 7).chain(second..second + 7);
    for at in heads.chain([first - 1, first + 20, (first + second) / 2, second - 1, third - 1]) {
        for flip in [0x01, 0x80] {
            let mut damaged = files.clone();
            log(&mut damaged)[at] ^= flip;
            let refused = assert_is_refused(&damaged);
            assert!(
                matches!(refused, OpenError::Lost { .. } | OpenError::Damaged { .. }),
                "byte {at} of {first}, {second}, {third}: {refused}"
            );
        }
    }
    assert_opens_at(&files, 3);
}

/// Blocks that were not synced before the power was cut are gone, however the store is opened afterwards: it was
/// never said that they would stay.
#[test]
fn unsynced_blocks_may_be_lost_as_wholes_from_the_end() {
    let Written { files, ends: [_, first, second, _] } = write_three(&UNSYNCED);
    assert_eq!(files["SYNCED"], b"");
    for (at, height) in [(first - 1, 0), (first + 20, 1), (second - 1, 1), (second + 5, 2)] {
        let mut damaged = files.clone();
        log(&mut damaged)[at] ^= 0x40;
        assert_opens_at(&damaged, height);
    }
}

#[test]
fn the_end_of_a_store_syncs_its_last_blocks() {
    let folder = TempDir::new().unwrap();
    let store = RocksStore::open(folder.path(), &UNSYNCED).unwrap();
    commit_blocks(&store, 1..=2);
    drop(store);
    let mut files = files(folder.path());
    log(&mut files).truncate(100);
    let refused = assert_is_refused(&files);
    assert!(matches!(refused, OpenError::Lost { synced: Height(2), .. }), "{refused}");
}

/// The note is a help, not a part of the store: a machine may stop before it is on disk.
#[test]
fn a_note_of_what_is_synced_that_cannot_be_read_says_nothing() {
    let Written { files, .. } = write_three(&SMALL);
    for note in [&b""[..], b"short", &[0; 16], &[7; 17]] {
        let mut files = files.clone();
        files.insert("SYNCED".into(), note.to_vec());
        assert_opens_at(&files, 3);
    }
}

/// The end of the second block in the first of two logs, and the files.
fn write_two_logs(options: &RocksOptions) -> (Files, String, usize) {
    // Blocks take the same room in every log that begins with them.
    let Written { ends: [.., second, _], .. } = write_three(options);
    let folder = TempDir::new().unwrap();
    let store = RocksStore::open(folder.path(), options).unwrap();
    commit_two_logs(&store, folder.path());
    drop(store);
    let files = files(folder.path());
    let first = files.keys().find(|name| name.ends_with(".log")).unwrap().clone();
    (files, first, second)
}

/// RocksDB alone leaves out the blocks that are missing and applies those behind them.
#[test]
fn a_log_that_is_missing_or_cut_between_two_blocks_before_another_is_refused() {
    for options in [SMALL, UNSYNCED] {
        let (mut files, first, second) = write_two_logs(&options);
        assert_opens_at(&files, 5);
        // Without a note of the newest synced block too: it is not by that note that a log is missed.
        forget_synced(&mut files);
        assert_opens_at(&files, 5);
        let mut missing = files.clone();
        missing.remove(&first).unwrap();
        let mut cut = files;
        cut.get_mut(&first).unwrap().truncate(second);
        for files in [missing, cut] {
            let refused = assert_is_refused(&files);
            assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
        }
    }
}

/// What is left if the first log was never synced: the machine stopped while the second one was new.
#[test]
fn a_block_that_is_missing_among_others_is_refused_each_time() {
    let folder = TempDir::new().unwrap();
    commit_blocks(&open(folder.path()), 1..=5);
    for missing in [5_u64, 3, 2] {
        let db = database(folder.path());
        db.delete_cf(db.cf_handle("changed").unwrap(), missing.to_be_bytes()).unwrap();
        drop(db);
        for _ in 0..2 {
            let refused = RocksStore::open(folder.path(), &SMALL).unwrap_err();
            let hole = matches!(refused, OpenError::Hole { missing: found, newest: Height(5), .. } if found.0 == missing);
            assert!(hole, "{missing}: {refused}");
        }
    }
}
