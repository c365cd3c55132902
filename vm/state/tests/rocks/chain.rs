//! Blocks to commit, as a node does it, and what a store must have after them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    ops::ControlFlow,
    path::Path,
    sync::Arc,
    thread,
    time::Duration,
};

use lockstep_abi::{Hash, Height};
use lockstep_state::{
    Changes, CommitBatch, Delta, Family, Order, Read, RocksOptions, RocksSnapshot, RocksStore, Sync, Tree,
    merkle::{TreeUpdate, leaf_changes, rebuild},
};
use rocksdb::{DB, Options};

pub(crate) type Writes = Vec<(Vec<u8>, Option<Vec<u8>>)>;
pub(crate) type Entries = Vec<(Vec<u8>, Vec<u8>)>;

pub(crate) const SMALL: RocksOptions = RocksOptions {
    cache_bytes: 1 << 20,
    page_cache_bytes: 1 << 20,
    background_threads: 1,
    max_open_files: 64,
    sync: Sync::Always,
};

/// No room for tries in memory: each is on disk with the next block.
pub(crate) const EAGER: RocksOptions = RocksOptions { page_cache_bytes: 0, ..SMALL };

/// Never synced while it is open.
pub(crate) const UNSYNCED: RocksOptions =
    RocksOptions { sync: Sync::Interval(Duration::from_secs(1 << 20)), ..SMALL };

/// Above all keys that the tests use.
pub(crate) const END: &[u8] = &[255; 64];

pub(crate) fn open(path: &Path) -> RocksStore {
    RocksStore::open(path, &SMALL).unwrap()
}

pub(crate) fn open_eager(path: &Path) -> RocksStore {
    RocksStore::open(path, &EAGER).unwrap()
}

pub(crate) fn changes(base: &dyn Read, writes: &Writes) -> Changes {
    let mut delta = Delta::new(base);
    for (key, value) in writes {
        match value {
            Some(value) => delta.set(key.clone(), value.clone()),
            None => delta.remove(key.clone()),
        }
    }
    delta.into_changes().unwrap()
}

/// The trie of the newest block, from what the store knows: as after a restart. None if it is stored already: that of a
/// state that was loaded.
pub(crate) fn tree_of_newest(store: &RocksStore) -> Option<TreeUpdate> {
    let snapshot = store.snapshot();
    let newest = snapshot.height().unwrap()?;
    let stored = snapshot.tree().unwrap().is_some_and(|tree| tree.height == newest);
    let changes = snapshot.changes_of_newest().unwrap();
    (!stored).then(|| store.update_tree(newest, &leaf_changes(&changes)).unwrap())
}

/// Commits `writes` as the next block, from height 1 on, with the trie of the one before and a record in every
/// family that has records.
pub(crate) fn commit(store: &RocksStore, writes: &Writes, keep_from: Option<Height>) -> Changes {
    commit_with(store, writes, keep_from, None)
}

/// [`commit`] with a record of so many bytes beside.
fn commit_with(
    store: &RocksStore,
    writes: &Writes,
    keep_from: Option<Height>,
    record_bytes: Option<usize>,
) -> Changes {
    let tree = tree_of_newest(store);
    let height = store.snapshot().height().unwrap().map_or(Height(1), Height::next);
    let changes = changes(store, writes);
    let mut batch = CommitBatch::new(height, &changes);
    if let Some(tree) = tree {
        batch.set_tree(Arc::new(tree));
    }
    for family in RECORDS {
        batch.set_record(family, b"height".to_vec(), height.0.to_be_bytes().to_vec());
    }
    if let Some(length) = record_bytes {
        batch.set_record(Family::Meta, b"large".to_vec(), vec![7; length]);
    }
    if let Some(oldest) = keep_from {
        batch.keep_from(oldest);
    }
    store.commit(batch).unwrap();
    changes
}

/// Commits blocks 1 to 5, of which the last two go to a second log: one family is written to a table, so that a new log
/// begins, and the others need the first one still.
pub(crate) fn commit_two_logs(store: &RocksStore, path: &Path) {
    commit_blocks(store, 1..=2);
    // More than the family's buffer takes.
    commit_with(store, &block(3), None, Some(2 << 20));
    commit_blocks(store, 4..=5);
    let count = |end| names(path).iter().filter(|name| name.ends_with(end)).count();
    wait_until("the family is never written to a table", || count(".sst") == 1);
    assert_eq!(count(".log"), 2);
}

/// The files of a folder, without their content.
pub(crate) fn names(path: &Path) -> Vec<String> {
    let files = fs::read_dir(path).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

const RECORDS: [Family; 5] =
    [Family::Blocks, Family::Receipts, Family::TxIndex, Family::BlockIndex, Family::Meta];

/// Block 1 to 254 of a simple chain: one entry changes, one comes, one goes.
pub(crate) fn block(height: u8) -> Writes {
    vec![
        (b"same".to_vec(), Some(vec![height; 100])),
        (vec![height], Some(vec![height])),
        (vec![height - 1], None),
    ]
}

pub(crate) fn commit_blocks(store: &RocksStore, heights: std::ops::RangeInclusive<u8>) {
    for height in heights {
        commit(store, &block(height), None);
    }
}

pub(crate) fn entries(reader: &dyn Read, start: &[u8], end: &[u8], order: Order) -> Entries {
    let mut entries = Vec::new();
    let visit = &mut |key: &[u8], value: &[u8]| {
        entries.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    };
    reader.range(start, end, order, visit).unwrap();
    entries
}

/// All records of a family, or whatever it has.
pub(crate) fn records(snapshot: &RocksSnapshot<'_>, family: Family) -> Entries {
    let mut records = Vec::new();
    let visit = &mut |key: &[u8], value: &[u8]| {
        records.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    };
    snapshot.range_records(family, b"", END, Order::Ascending, visit).unwrap();
    records
}

/// The keys of all records of a family.
pub(crate) fn keys(snapshot: &RocksSnapshot<'_>, family: Family) -> BTreeSet<Vec<u8>> {
    records(snapshot, family).into_iter().map(|(key, _)| key).collect()
}

/// The database under a store that is closed.
pub(crate) fn database(path: &Path) -> DB {
    let families = DB::list_cf(&Options::default(), path).unwrap();
    DB::open_cf(&Options::default(), path, families).unwrap()
}

/// Waits for what another thread does.
///
/// # Panics
/// If it is not done within a minute or so.
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let done = (0..6_000).any(|_| {
        thread::sleep(Duration::from_millis(10));
        done()
    });
    assert!(done, "{what}");
}

fn entries_at(height: u8) -> Entries {
    match height {
        0 => vec![],
        _ => vec![(vec![height], vec![height]), (b"same".to_vec(), vec![height; 100])],
    }
}

pub(crate) fn root_of(reader: &dyn Read) -> Hash {
    rebuild(reader, 1_000).unwrap().root
}

/// Every family's record and the state of exactly [`block`] `height`, its history, and the trie of the block
/// before, from which the trie of this one comes out right.
pub(crate) fn assert_is_at(store: &RocksStore, height: u8) {
    let newest = (height > 0).then_some(Height(height.into()));
    for family in RECORDS {
        let record = store.get_record(family, b"height").unwrap();
        assert_eq!(record, newest.map(|height| height.0.to_be_bytes().to_vec()));
    }
    assert_eq!(entries(store, b"", END, Order::Ascending), entries_at(height));
    let snapshot = store.snapshot();
    assert_eq!(snapshot.height().unwrap(), newest);
    for before in 1..=height {
        let state = snapshot.at(Height(before.into())).unwrap();
        assert_eq!(entries(&state, b"", END, Order::Ascending), entries_at(before));
    }
    let tree = (height > 1).then(|| {
        let height = Height((height - 1).into());
        Tree { height, root: root_of(&snapshot.at(height).unwrap()) }
    });
    assert_eq!(snapshot.tree().unwrap(), tree);
    assert_eq!(tree_of_newest(store).map(|tree| tree.root), newest.map(|_| root_of(store)));
}

/// Every file of a folder but RocksDB's own log text, for "nothing was changed".
pub(crate) fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
    let files = files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()));
    files.filter(|(name, _)| !name.starts_with("LOG")).collect()
}

pub(crate) fn write_files(path: &Path, files: &BTreeMap<String, Vec<u8>>) {
    for (name, bytes) in files {
        fs::write(path.join(name), bytes).unwrap();
    }
}
