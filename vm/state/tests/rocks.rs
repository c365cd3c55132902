//! The store on disk: what outlasts a restart and a cut, what is refused, what a snapshot sees.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader},
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use lockstep_state::{
    Changes, CommitBatch, Commitment, Delta, Family, MemoryStore, OpenError, Order, Read, RocksOptions,
    RocksStore,
};
use proptest::{collection::vec, prelude::*};
use tempfile::TempDir;

type Writes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

const SMALL: RocksOptions = RocksOptions { cache_bytes: 1 << 20, background_threads: 1, max_open_files: 64 };

fn open(path: &Path) -> RocksStore {
    RocksStore::open(path, &SMALL).unwrap()
}

fn changes(base: &dyn Read, writes: &Writes) -> Changes {
    let mut delta = Delta::new(base);
    for (key, value) in writes {
        match value {
            Some(value) => delta.set(key.clone(), value.clone()),
            None => delta.remove(key.clone()),
        }
    }
    delta.into_changes().unwrap()
}

/// Commits `writes` as block `height`, with a record in every other family.
fn commit(store: &RocksStore, height: u8, writes: &Writes) {
    let changes = changes(store, writes);
    let mut commitment = store.commitment().unwrap();
    commitment.update(&changes);
    let mut batch = CommitBatch::new(&changes, &commitment);
    for family in [Family::Blocks, Family::Receipts, Family::TxIndex, Family::Meta] {
        batch.set_record(family, b"height".to_vec(), vec![height]);
    }
    store.commit(batch).unwrap();
}

fn block(height: u8) -> Writes {
    let key = |name: &[u8]| name.to_vec();
    vec![
        (key(b"same"), Some(vec![height; 100])),
        (vec![height], Some(vec![height])),
        (vec![height - 1], None),
    ]
}

fn entries(reader: &dyn Read, start: &[u8], end: &[u8], order: Order) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut entries = Vec::new();
    let visit = &mut |key: &[u8], value: &[u8]| {
        entries.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    };
    reader.range(start, end, order, visit).unwrap();
    entries
}

/// Every family's record and the state of exactly block `height`, and a commitment that fits.
fn assert_is_at(store: &RocksStore, height: u8) {
    let records: Vec<_> = [Family::Blocks, Family::Receipts, Family::TxIndex, Family::Meta]
        .map(|family| store.get_record(family, b"height").unwrap())
        .into();
    assert_eq!(records, vec![(height > 0).then(|| vec![height]); 4]);
    let expected: Vec<_> = match height {
        0 => vec![],
        _ => vec![(vec![height], vec![height]), (b"same".to_vec(), vec![height; 100])],
    };
    assert_eq!(entries(store, b"", &[255], Order::Ascending), expected);
    assert_eq!(store.commitment().unwrap(), Commitment::of(store).unwrap());
}

/// Every file of a folder, for "nothing was changed".
fn files(path: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    files.map(|file| (file.clone(), fs::read(file).unwrap())).collect()
}

#[test]
fn a_store_that_is_opened_again_has_the_same_state_and_root() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    assert_is_at(&store, 0);
    commit(&store, 1, &block(1));
    commit(&store, 2, &block(2));
    let root = store.commitment().unwrap().root();
    drop(store);
    let store = open(folder.path());
    assert_is_at(&store, 2);
    assert_eq!(store.commitment().unwrap().root(), root);
}

#[test]
fn a_missing_folder_is_made_with_those_above_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("chain/data");
    commit(&open(&path), 1, &block(1));
    assert_is_at(&open(&path), 1);
}

/// A kill does not lose what the operating system has not written yet; a power cut does. So the log is cut
/// off at every kind of place inside the second block's record.
#[test]
fn a_log_that_was_cut_off_gives_whole_blocks() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let log = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .max()
        .unwrap();
    commit(&store, 1, &block(1));
    let first = fs::metadata(&log).unwrap().len();
    commit(&store, 2, &block(2));
    let second = fs::metadata(&log).unwrap().len();
    drop(store);
    assert!(0 < first && first < second, "{first} {second}");

    for (length, height) in
        [(0, 0), (first / 2, 0), (first - 1, 0), (first, 1), (first + 1, 1), (second - 1, 1), (second, 2)]
    {
        let copy = TempDir::new().unwrap();
        for (path, bytes) in files(folder.path()) {
            fs::write(copy.path().join(path.file_name().unwrap()), bytes).unwrap();
        }
        let cut = fs::OpenOptions::new().write(true).open(copy.path().join(log.file_name().unwrap()));
        cut.unwrap().set_len(length).unwrap();
        assert_is_at(&open(copy.path()), height);
    }
}

/// An iterator that meets a damaged block stops as if there was nothing more; only its status tells.
#[test]
fn damage_is_a_fault_and_never_an_absent_entry() {
    let folder = TempDir::new().unwrap();
    commit(&open(folder.path()), 1, &block(1));
    // The second start moves what is in the log to table files, whose data comes first.
    assert_is_at(&open(folder.path()), 1);
    let mut tables = files(folder.path());
    tables.retain(|path, _| path.extension().is_some_and(|extension| extension == "sst"));
    assert!(!tables.is_empty());
    for (path, mut bytes) in tables {
        bytes[10] ^= 1;
        fs::write(path, bytes).unwrap();
    }
    let store = open(folder.path());
    assert!(store.get(b"same").is_err());
    for order in [Order::Ascending, Order::Descending] {
        assert!(store.range(b"", &[255], order, &mut |_, _| ControlFlow::Continue(())).is_err());
    }
    assert!(Commitment::of(&store).is_err());
}

#[test]
fn a_batch_that_is_not_committed_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    commit(&store, 1, &block(1));
    let changes = changes(&store, &block(2));
    let commitment = Commitment::new();
    let mut batch = CommitBatch::new(&changes, &commitment);
    batch.set_record(Family::Blocks, b"height".to_vec(), vec![2]);
    drop(batch);
    assert_is_at(&store, 1);
}

#[test]
fn a_store_that_is_open_cannot_be_opened_again() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let refused = RocksStore::open(folder.path(), &SMALL).unwrap_err();
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
    drop(store);
    open(folder.path());
}

#[test]
fn a_store_is_locked_against_other_processes_until_the_process_is_gone() {
    const HELD: &str = "LOCKSTEP_TEST_HOLDS_STORE";
    if let Ok(path) = env::var(HELD) {
        let _store = open(Path::new(&path));
        eprintln!("held");
        // Until this process is killed.
        std::io::stdin().lines().for_each(drop);
        return;
    }
    let folder = TempDir::new().unwrap();
    let mut other = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "a_store_is_locked_against_other_processes_until_the_process_is_gone",
            "--nocapture",
        ])
        .env(HELD, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(other.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("held")), "the other process could not open it");
    let refused = RocksStore::open(folder.path(), &SMALL).unwrap_err();
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
    other.kill().unwrap();
    other.wait().unwrap();
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
        let before = files(folder.path());
        let refused = RocksStore::open(folder.path(), &SMALL).unwrap_err();
        assert!(matches!(refused, OpenError::Foreign { .. }), "{refused}");
        assert_eq!(files(folder.path()), before);
    }
}

fn make_database_without_mark(path: &Path) {
    drop(open(path));
    fs::remove_file(path.join("FORMAT")).unwrap();
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_not_changed() {
    let folder = TempDir::new().unwrap();
    commit(&open(folder.path()), 1, &block(1));
    fs::write(folder.path().join("FORMAT"), "lockstep store 2\n").unwrap();
    let before = files(folder.path());
    let refused = RocksStore::open(folder.path(), &SMALL).unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 2, supported: 1, .. }), "{refused}");
    assert_eq!(files(folder.path()), before);
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
    for left in [("FORMAT.new", "lockst"), ("FORMAT", "lockstep store 1\n")] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(left.0), left.1).unwrap();
        assert_is_at(&open(folder.path()), 0);
    }
}

#[test]
fn a_snapshot_does_not_see_later_commits() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    commit(&store, 1, &block(1));
    let snapshot = store.snapshot();
    let before = entries(&snapshot, b"", &[255], Order::Ascending);
    commit(&store, 2, &block(2));
    assert_is_at(&store, 2);
    assert_eq!(entries(&snapshot, b"", &[255], Order::Ascending), before);
    assert_eq!(snapshot.get(b"same").unwrap(), Some(vec![1; 100]));
    assert!(!snapshot.contains(&[2]).unwrap());
    assert_eq!(snapshot.get_record(Family::Blocks, b"height").unwrap(), Some(vec![1]));
    assert_eq!(snapshot.commitment().unwrap(), Commitment::of(&snapshot).unwrap());
}

#[test]
fn records_of_one_family_are_read_in_order_and_never_meet_anothers() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let (changes, commitment) = (Changes::default(), Commitment::new());
    let mut batch = CommitBatch::new(&changes, &commitment);
    for height in [3_u64, 256, 1] {
        batch.set_record(Family::Blocks, height.to_be_bytes().to_vec(), b"block".to_vec());
    }
    batch.set_record(Family::Receipts, 2_u64.to_be_bytes().to_vec(), b"receipts".to_vec());
    store.commit(batch).unwrap();
    let mut heights = Vec::new();
    let visit = &mut |key: &[u8], _: &[u8]| {
        heights.push(u64::from_be_bytes(key.try_into().unwrap()));
        ControlFlow::Continue(())
    };
    store.snapshot().range_records(Family::Blocks, &[], &[255], Order::Descending, visit).unwrap();
    assert_eq!(heights, [256, 3, 1]);
}

#[test]
#[should_panic(expected = "the state and its commitment are not records")]
fn a_record_cannot_change_the_state() {
    let (changes, commitment) = (Changes::default(), Commitment::new());
    CommitBatch::new(&changes, &commitment).set_record(Family::State, b"a".to_vec(), b"1".to_vec());
}

#[test]
#[should_panic(expected = "the state and its commitment are not records")]
fn a_record_cannot_replace_the_commitment() {
    let (changes, commitment) = (Changes::default(), Commitment::new());
    CommitBatch::new(&changes, &commitment).set_record(Family::Meta, b"commitment".to_vec(), vec![]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn disk_and_memory_answer_the_same(
        blocks in vec(vec((vec(0_u8..3, 0..4), proptest::option::of(vec(0_u8..2, 0..3))), 0..12), 0..5),
        bounds in vec((vec(0_u8..3, 0..4), vec(0_u8..3, 0..4)), 4),
    ) {
        let folder = TempDir::new().unwrap();
        let disk = open(folder.path());
        let mut memory = MemoryStore::new();
        for writes in blocks {
            let changes = changes(&disk, &writes);
            memory.apply(&changes);
            disk.commit(CommitBatch::new(&changes, memory.commitment())).unwrap();
        }
        let snapshot = disk.snapshot();
        for (start, end) in bounds.into_iter().chain([(vec![], vec![9])]) {
            let (start, end) = (start.as_slice(), end.as_slice());
            for order in [Order::Ascending, Order::Descending] {
                let expected = entries(&memory, start, end, order);
                prop_assert_eq!(&entries(&disk, start, end, order), &expected);
                prop_assert_eq!(&entries(&snapshot, start, end, order), &expected);
            }
            prop_assert_eq!(disk.get(start).unwrap(), memory.get(start).unwrap());
            prop_assert_eq!(disk.contains(end).unwrap(), memory.contains(end).unwrap());
        }
        prop_assert_eq!(disk.commitment().unwrap(), Commitment::of(&disk).unwrap());
    }
}

#[test]
fn a_store_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<RocksStore>();
    shared::<lockstep_state::RocksSnapshot<'static>>();
}
