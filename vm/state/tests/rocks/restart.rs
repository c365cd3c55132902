//! Starting again: after a stop, a kill, a batch that was never committed.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use lockstep_abi::Height;
use lockstep_state::{Changes, CommitBatch, Family, OpenError, RocksOptions, RocksStore, StateError, Sync};
use tempfile::TempDir;

use crate::chain::{
    SMALL, UNSYNCED, assert_is_at, block, changes, commit, commit_blocks, commit_two_logs, names, open,
    wait_until,
};

#[test]
fn a_store_that_is_opened_again_has_the_same_state_history_and_trie() {
    let folder = TempDir::new().unwrap();
    for height in 0..=4 {
        let store = open(folder.path());
        assert_is_at(&store, height);
        commit(&store, &block(height + 1), None);
        assert_is_at(&store, height + 1);
    }
}

#[test]
fn after_a_restart_the_newest_blocks_changes_are_what_was_committed() {
    let folder = TempDir::new().unwrap();
    assert_eq!(open(folder.path()).snapshot().changes_of_newest().unwrap(), Changes::default());
    for height in 1..=3 {
        let committed = commit(&open(folder.path()), &block(height), Some(Height(height.into())));
        assert_eq!(committed.len(), if height == 1 { 2 } else { 3 });
        assert_eq!(open(folder.path()).snapshot().changes_of_newest().unwrap(), committed);
    }
}

#[test]
fn a_missing_folder_is_made_with_those_above_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("chain/data");
    commit_blocks(&open(&path), 1..=1);
    assert_is_at(&open(&path), 1);
}

#[test]
fn a_batch_that_is_not_committed_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    commit_blocks(&store, 1..=1);
    let changes = changes(&store, &block(2));
    let mut batch = CommitBatch::new(Height(2), &changes);
    batch.set_record(Family::Blocks, b"height".to_vec(), vec![2]);
    drop(batch);
    assert_is_at(&store, 1);
}

/// A store in another process, which is killed after `meanwhile`.
pub(crate) fn in_a_process_that_is_killed(test: &str, path: &Path, meanwhile: impl FnOnce()) {
    let mut other = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(HELD, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(other.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("held")), "the other process could not open it");
    meanwhile();
    other.kill().unwrap();
    other.wait().unwrap();
}

/// Until this process is killed.
pub(crate) fn hold() {
    eprintln!("held");
    std::io::stdin().lines().for_each(drop);
}

pub(crate) const HELD: &str = "LOCKSTEP_TEST_HOLDS_STORE";

#[test]
fn a_store_is_locked_against_other_processes_until_the_process_is_gone() {
    if let Ok(path) = env::var(HELD) {
        let _store = open(Path::new(&path));
        return hold();
    }
    let folder = TempDir::new().unwrap();
    let test = "restart::a_store_is_locked_against_other_processes_until_the_process_is_gone";
    in_a_process_that_is_killed(test, folder.path(), || {
        let refused = RocksStore::open(folder.path(), &SMALL).unwrap_err();
        assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
    });
    open(folder.path());
}

/// What the trie on disk follows from is there before it.
#[test]
fn tries_that_were_written_among_blocks_that_were_not_synced_outlast_a_kill() {
    if let Ok(path) = env::var(HELD) {
        let store = RocksStore::open(path, &RocksOptions { page_cache_bytes: 0, ..UNSYNCED }).unwrap();
        commit_blocks(&store, 1..=4);
        return hold();
    }
    let folder = TempDir::new().unwrap();
    let test = "restart::tries_that_were_written_among_blocks_that_were_not_synced_outlast_a_kill";
    in_a_process_that_is_killed(test, folder.path(), || {
        // Block 4 was synced, for the sake of the trie of block 3.
        assert_eq!(fs::read(folder.path().join("SYNCED")).unwrap().get(7), Some(&4));
    });
    assert_is_at(&open(folder.path()), 4);
}

#[test]
fn blocks_that_were_not_synced_outlast_a_kill() {
    if let Ok(path) = env::var(HELD) {
        let store = RocksStore::open(path, &UNSYNCED).unwrap();
        commit_blocks(&store, 1..=3);
        return hold();
    }
    let folder = TempDir::new().unwrap();
    in_a_process_that_is_killed("restart::blocks_that_were_not_synced_outlast_a_kill", folder.path(), || {});
    assert_eq!(fs::read(folder.path().join("SYNCED")).unwrap(), b"", "it was not to be synced");
    assert_is_at(&open(folder.path()), 3);
}

#[test]
fn blocks_in_several_logs_outlast_a_kill() {
    if let Ok(path) = env::var(HELD) {
        let store = RocksStore::open(&path, &UNSYNCED).unwrap();
        commit_two_logs(&store, Path::new(&path));
        return hold();
    }
    let folder = TempDir::new().unwrap();
    in_a_process_that_is_killed("restart::blocks_in_several_logs_outlast_a_kill", folder.path(), || {});
    let logs = names(folder.path()).into_iter().filter(|name| name.ends_with(".log"));
    assert_eq!(logs.count(), 2);
    assert_is_at(&open(folder.path()), 5);
}

/// The disk is full in the middle of a block; or, as here, a file cannot become longer.
#[test]
fn after_a_block_that_could_not_be_written_none_is_taken_and_the_ones_before_are_whole() {
    const TEST: &str =
        "restart::after_a_block_that_could_not_be_written_none_is_taken_and_the_ones_before_are_whole";
    if let Ok(path) = env::var(HELD) {
        let store = open(Path::new(&path));
        commit_blocks(&store, 1..=2);
        let large = changes(&store, &vec![(b"large".to_vec(), Some(vec![7; 16 << 20]))]);
        let none = Changes::default();
        for changes in [&large, &none, &none] {
            let refused = store.commit(CommitBatch::new(Height(3), changes)).unwrap_err();
            assert!(matches!(refused, StateError::Stopped(_)), "{refused}");
        }
        assert_is_at(&store, 2);
        return;
    }
    let folder = TempDir::new().unwrap();
    // 4 or 8 MiB a file, by the shell; and an error rather than a signal for a longer one.
    let limited = "trap '' XFSZ; ulimit -f 8192; exec \"$0\" \"$@\"";
    let program = env::current_exe().unwrap();
    let mut other = Command::new("sh");
    other.args(["-c", limited]).arg(program).args(["--exact", TEST]).env(HELD, folder.path());
    let output = other.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_is_at(&open(folder.path()), 2);
}

/// Nor when it is the note of what is on disk that cannot be written, by the commit itself or by the thread.
#[cfg(target_os = "linux")]
#[test]
fn after_a_sync_that_could_not_be_noted_no_block_is_taken() {
    let interval = RocksOptions { sync: Sync::Interval(Duration::from_millis(1)), ..SMALL };
    for options in [SMALL, interval] {
        let folder = TempDir::new().unwrap();
        drop(open(folder.path()));
        fs::remove_file(folder.path().join("SYNCED")).unwrap();
        // Reads as zeros, and takes nothing.
        std::os::unix::fs::symlink("/dev/full", folder.path().join("SYNCED")).unwrap();
        let store = RocksStore::open(folder.path(), &options).unwrap();
        let none = Changes::default();
        // With an interval, it may take a few until the thread comes by.
        let refused =
            (1..10_000).find_map(|height| store.commit(CommitBatch::new(Height(height), &none)).err());
        let newest = store.snapshot().height().unwrap().unwrap();
        assert!(matches!(refused, Some(StateError::Stopped(_))), "{refused:?}");
        assert!(options.sync != Sync::Always || newest == Height(1), "{newest}");
        assert!(store.commit(CommitBatch::new(newest.next(), &none)).is_err());
    }
}

#[test]
fn a_store_that_syncs_now_and_then_does_so() {
    let folder = TempDir::new().unwrap();
    let interval = RocksOptions { sync: Sync::Interval(Duration::from_millis(1)), ..SMALL };
    let store = RocksStore::open(folder.path(), &interval).unwrap();
    for height in 1..=3 {
        commit(&store, &block(height), None);
        let synced = || fs::read(folder.path().join("SYNCED")).unwrap().get(7) == Some(&height);
        wait_until(&format!("block {height} is never synced"), synced);
    }
    assert_is_at(&store, 3);
}

#[test]
fn a_store_can_be_shared_between_threads() {
    fn shared<T: Send + std::marker::Sync>() {}
    shared::<RocksStore>();
    shared::<lockstep_state::RocksSnapshot<'static>>();
    shared::<lockstep_state::StateAt<'static>>();
}
