//! The pages of tries: in memory and on disk, over another trie, damaged; and other damage.

use std::{
    collections::BTreeSet,
    fs,
    ops::ControlFlow,
    path::Path,
    sync::{Arc, Mutex},
};

use lockstep_abi::Height;
use lockstep_state::{
    AtError, Changes, CommitBatch, MemoryStore, OpenError, Order, Read, RocksOptions, RocksStore, StateError,
    merkle::{Page, PageId, Pages, leaf_changes, walk},
};
use proptest::{collection::vec, option, prelude::*};
use tempfile::TempDir;

use crate::chain::{
    SMALL, Writes, assert_is_at, block, changes, commit, commit_blocks, database, files, names, open,
    open_eager, write_files,
};

/// The pages of a trie, which is walked and found whole.
pub(crate) fn pages_of(pages: &dyn Pages) -> BTreeSet<Vec<u8>> {
    let recording = Recording { pages, read: Mutex::default() };
    walk(&recording).unwrap();
    recording.read.into_inner().unwrap()
}

/// Notes which pages are read, and are there.
struct Recording<'a> {
    pages: &'a dyn Pages,
    read: Mutex<BTreeSet<Vec<u8>>>,
}

impl Pages for Recording<'_> {
    fn page(&self, id: &PageId) -> Result<Option<Page>, StateError> {
        let page = self.pages.page(id)?;
        page.iter().for_each(|_| _ = self.read.lock().unwrap().insert(id.to_bytes()));
        Ok(page)
    }
}

fn writes() -> impl Strategy<Value = Writes> {
    // Some sixty entries: enough for pages below the root's to come and go.
    vec((vec(0_u8..4, 1..4), option::weighted(0.6, vec(0_u8..2, 0..3))), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn tries_are_right_however_many_pages_are_in_memory(
        blocks in vec(writes(), 1..10),
        page_cache_bytes in proptest::sample::select(vec![0, 2_000, 1 << 20]),
        prune in any::<bool>(),
        thrown_away in any::<bool>(),
    ) {
        let folder = TempDir::new().unwrap();
        let store = RocksStore::open(folder.path(), &RocksOptions { page_cache_bytes, ..SMALL }).unwrap();
        let mut memory = MemoryStore::new();
        for (height, writes) in (1..).map(Height).zip(blocks) {
            let before = memory.root();
            if thrown_away && height > Height(1) {
                let changes = leaf_changes(&changes(&store, &all(9)));
                drop(store.update_tree(Height(height.0 - 1), &changes).unwrap());
            }
            memory.apply(&commit(&store, &writes, prune.then_some(height)));
            let root = store.snapshot().tree().unwrap().map(|tree| tree.root);
            prop_assert_eq!(root, (height > Height(1)).then_some(before));
        }
    }
}

/// That a trie has no page any more is known of the tries in memory only: the one on disk still has a root.
#[test]
fn a_trie_that_lost_all_entries_stays_empty_after_one_that_was_thrown_away() {
    let folder = TempDir::new().unwrap();
    // The trie of each block is on disk as soon as the next is committed.
    let store = open_eager(folder.path());
    commit(&store, &all(1), None);
    commit(&store, &Writes::new(), None);
    drop(store);
    let store = open(folder.path());
    let gone = (0..100).map(|key| (vec![key], None)).collect();
    commit(&store, &gone, None);
    commit(&store, &Writes::new(), None);
    let changes = leaf_changes(&changes(&store, &all(2)));
    let made = store.update_tree(Height(4), &changes).unwrap();
    assert_eq!(store.update_tree(Height(4), &changes).unwrap(), made);
    let mut memory = MemoryStore::new();
    memory.apply(&self::changes(&memory, &all(2)));
    assert_eq!(made.root, memory.root());
}

/// Two updates at once would each be over a trie that is not the newest any more when the second is committed.
#[test]
#[should_panic(expected = "a trie over another one than the store's newest")]
fn a_trie_that_was_made_over_another_one_is_refused() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    commit_blocks(&store, 1..=1);
    let early = store.update_tree(Height(2), &[]).unwrap();
    commit_blocks(&store, 2..=2);
    let changes = changes(&store, &block(3));
    let mut batch = CommitBatch::new(Height(3), &changes);
    batch.set_tree(Arc::new(early));
    store.commit(batch).unwrap();
}

#[test]
#[should_panic(expected = "the trie of block 2, in block 2")]
fn a_trie_of_the_same_block_is_refused() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    commit_blocks(&store, 1..=1);
    let (tree, changes) = (store.update_tree(Height(2), &[]).unwrap(), changes(&store, &block(2)));
    let mut batch = CommitBatch::new(Height(2), &changes);
    batch.set_tree(Arc::new(tree));
    store.commit(batch).unwrap();
}

/// The trie that a loaded state has is the newest there can be.
#[test]
#[should_panic(expected = "a trie at 5 that is not above its base")]
fn a_trie_that_is_stored_already_is_refused() {
    let folder = TempDir::new().unwrap();
    let mut store = open(folder.path());
    store.load(Height(5), 1).unwrap().finish().unwrap();
    let (tree, changes) = (store.update_tree(Height(5), &[]).unwrap(), changes(&store, &block(6)));
    let mut batch = CommitBatch::new(Height(6), &changes);
    batch.set_tree(Arc::new(tree));
    store.commit(batch).unwrap();
}

/// Writes past the store.
fn put(path: &Path, family: &str, key: &[u8], value: &[u8]) {
    let db = database(path);
    db.put_cf(db.cf_handle(family).unwrap(), key, value).unwrap();
}

/// A store whose tries have pages below the root's, with all entries changed in each of three blocks. That of the second
/// is on disk.
fn write_pages(path: &Path) {
    let store = open_eager(path);
    for height in 1..=3 {
        commit(&store, &all(height), None);
    }
}

fn all(value: u8) -> Writes {
    (0..100).map(|key| (vec![key], Some(vec![value]))).collect()
}

fn is_damage(error: &StateError) -> bool {
    matches!(error, StateError::Damaged { .. })
}

#[test]
fn a_damaged_page_is_a_fault() {
    let folder = TempDir::new().unwrap();
    write_pages(folder.path());
    let below = {
        let store = open(folder.path());
        pages_of(&store.snapshot().trie_at(Height(2)).unwrap()).into_iter().next_back().unwrap()
    };
    put(folder.path(), "pages", &below, b"never a page");
    let store = open(folder.path());
    let snapshot = store.snapshot();
    let changes = leaf_changes(&changes(&store, &all(4)));
    assert!(is_damage(&store.update_tree(Height(3), &changes).unwrap_err()));
    for height in [1, 2].map(Height) {
        assert!(is_damage(&walk(&snapshot.trie_at(height).unwrap()).unwrap_err()));
        let refused = (0..100).find_map(|key| snapshot.prove(height, &[key]).err()).unwrap();
        assert!(matches!(&refused, AtError::State(error) if is_damage(error)), "{refused}");
    }
    // The state itself is whole.
    assert_eq!(store.get(&[7]).unwrap(), Some(vec![3]));
    assert_eq!(snapshot.at(Height(1)).unwrap().get(&[7]).unwrap(), Some(vec![1]));
}

#[test]
fn a_newest_trie_without_the_root_that_was_noted_is_refused() {
    let folder = TempDir::new().unwrap();
    write_pages(folder.path());
    let other = {
        let store = open(folder.path());
        store.snapshot().trie_at(Height(1)).unwrap().page(&PageId::ROOT).unwrap().unwrap()
    };
    for bytes in [other.as_bytes(), b"never a page"] {
        put(folder.path(), "pages", &PageId::ROOT.to_bytes(), bytes);
        let refused = RocksStore::open(folder.path(), &SMALL).unwrap_err();
        assert!(matches!(&refused, OpenError::Unreadable { source, .. } if is_damage(source)), "{refused}");
    }
}

/// The trie after it is whole.
#[test]
fn damage_to_what_was_replaced_in_a_trie_is_a_fault_of_the_trie_before() {
    let folder = TempDir::new().unwrap();
    write_pages(folder.path());
    let key = [&2_u64.to_be_bytes()[..], &PageId::ROOT.to_bytes()].concat();
    for bytes in [&b"junk"[..], &PageId::ROOT.to_bytes()] {
        put(folder.path(), "undo", &key, bytes);
        let store = open(folder.path());
        let snapshot = store.snapshot();
        assert!(is_damage(&walk(&snapshot.trie_at(Height(1)).unwrap()).unwrap_err()));
        walk(&snapshot.trie_at(Height(2)).unwrap()).unwrap();
    }
}

/// What is in memory only is made anew at a start, from what must be on disk for it.
#[test]
fn a_trie_that_cannot_be_made_anew_is_refused() {
    let folder = TempDir::new().unwrap();
    commit_blocks(&open(folder.path()), 1..=4);
    let height = 3_u64.to_be_bytes();
    let entry = [b"same\0\0", &4_u64.to_be_bytes()[..]].concat();
    // The keys of the block are not known, or what one of them had after it is something else.
    for (family, key, bytes) in [("changed", &height[..], &b"junk"[..]), ("history", &entry, &[1, 99])] {
        let copy = TempDir::new().unwrap();
        write_files(copy.path(), &files(folder.path()));
        put(copy.path(), family, key, bytes);
        let refused = RocksStore::open(copy.path(), &SMALL).unwrap_err();
        assert!(matches!(&refused, OpenError::Unreadable { source, .. } if is_damage(source)), "{refused}");
    }
    open(folder.path());
}

/// It could not be brought from block to block any more.
#[test]
fn a_trie_on_disk_that_is_newer_than_the_blocks_is_refused() {
    let folder = TempDir::new().unwrap();
    write_pages(folder.path());
    put(folder.path(), "pages", b"\xFFheight", &3_u64.to_be_bytes());
    let refused = RocksStore::open(folder.path(), &SMALL).unwrap_err();
    assert!(matches!(&refused, OpenError::Unreadable { source, .. } if is_damage(source)), "{refused}");
}

/// A crash may leave half a table, which nobody has taken in.
#[test]
fn what_is_left_of_a_trie_that_was_being_written_does_not_matter() {
    let folder = TempDir::new().unwrap();
    commit_blocks(&open_eager(folder.path()), 1..=2);
    fs::write(folder.path().join("TRIE.new"), b"half a table").unwrap();
    let store = open_eager(folder.path());
    commit_blocks(&store, 3..=4);
    assert!(!folder.path().join("TRIE.new").exists());
    drop(store);
    assert_is_at(&open(folder.path()), 4);
}

/// A crash may also leave a second name of the table that was taken in last: to write to that would be to overwrite it.
#[test]
fn a_table_that_was_taken_in_is_not_overwritten_through_the_name_that_it_had() {
    let folder = TempDir::new().unwrap();
    let (path, name) = (folder.path(), folder.path().join("TRIE.new"));
    let store = open_eager(path);
    commit_blocks(&store, 1..=2);
    let tables = names(path).into_iter().filter(|name| name.ends_with(".sst"));
    let table = path.join(tables.max().unwrap());
    let before = fs::read(&table).unwrap();
    fs::hard_link(&table, &name).unwrap();
    commit_blocks(&store, 3..=4);
    assert!(!name.exists());
    assert_eq!(fs::read(&table).unwrap(), before);
    fs::hard_link(&table, &name).unwrap();
    drop(store);
    assert_is_at(&open(path), 4);
    assert!(!name.exists());
}

/// Blocks would go on, and none of their tries would ever be on disk.
#[test]
fn a_trie_that_cannot_be_written_stops_the_store() {
    let folder = TempDir::new().unwrap();
    let store = open_eager(folder.path());
    commit_blocks(&store, 1..=1);
    fs::create_dir(folder.path().join("TRIE.new")).unwrap();
    // The trie of block 1 is written when block 2 is there.
    commit_blocks(&store, 2..=2);
    let none = Changes::default();
    let refused = store.commit(CommitBatch::new(Height(3), &none)).unwrap_err();
    assert!(matches!(refused, StateError::Stopped(_)), "{refused}");
    drop(store);
    fs::remove_dir(folder.path().join("TRIE.new")).unwrap();
    assert_is_at(&open(folder.path()), 2);
}

/// A reader of the proof would refuse it, and not know that it is this machine's fault.
#[test]
fn an_entry_that_its_trie_does_not_prove_is_a_fault() {
    let folder = TempDir::new().unwrap();
    write_pages(folder.path());
    let entry = [&[7, 0, 0][..], &3_u64.to_be_bytes()].concat();
    let absent = [&[200, 0, 0][..], &3_u64.to_be_bytes()].concat();
    put(folder.path(), "history", &entry, &[1, 99]);
    put(folder.path(), "history", &absent, &[1, 99]);
    let store = open(folder.path());
    let snapshot = store.snapshot();
    for key in [7, 200] {
        assert_eq!(snapshot.at(Height(2)).unwrap().get(&[key]).unwrap(), Some(vec![99]));
        let refused = snapshot.prove(Height(2), &[key]).unwrap_err();
        assert!(matches!(&refused, AtError::State(error) if is_damage(error)), "{refused}");
    }
    snapshot.prove(Height(2), &[8]).unwrap();
}

#[test]
fn damaged_records_of_the_store_itself_are_faults() {
    let folder = TempDir::new().unwrap();
    commit_blocks(&open_eager(folder.path()), 1..=3);
    let height = 3_u64.to_be_bytes();
    let entry = [b"same\0\0", &height[..]].concat();
    for (family, key, value) in [
        ("changed", &height[..], &b"\xFF\xFF\xFF\xFFsame"[..]),
        ("changed", &height, b"1"),
        ("history", &entry, b""),
    ] {
        let copy = TempDir::new().unwrap();
        write_files(copy.path(), &files(folder.path()));
        put(copy.path(), family, key, value);
        let store = open(copy.path());
        let fault = store.snapshot().changes_of_newest().unwrap_err();
        assert!(matches!(fault, StateError::Damaged { .. }), "{fault}");
    }
    put(folder.path(), "meta", b"progress", b"far");
    let refused = RocksStore::open(folder.path(), &SMALL).unwrap_err();
    assert!(matches!(refused, OpenError::Unreadable { .. }), "{refused}");
}

/// An iterator that meets a damaged block stops as if there was nothing more; only its status tells.
#[test]
fn damage_is_a_fault_and_never_an_absent_entry() {
    let folder = TempDir::new().unwrap();
    commit_blocks(&open_eager(folder.path()), 1..=2);
    // Moves what is in the log to tables, whose data comes first.
    let tables = database(folder.path()).live_files().unwrap();
    let damaged = |families: &[&str]| {
        let copy = TempDir::new().unwrap();
        write_files(copy.path(), &files(folder.path()));
        for table in tables.iter().filter(|table| families.contains(&&*table.column_family_name)) {
            let path = copy.path().join(table.name.trim_start_matches('/'));
            let mut bytes = fs::read(&path).unwrap();
            bytes[10] ^= 1;
            fs::write(&path, bytes).unwrap();
        }
        copy
    };
    let copy = damaged(&["state", "history"]);
    let store = open(copy.path());
    let snapshot = store.snapshot();
    let earlier = snapshot.at(Height(1)).unwrap();
    for reader in [&store as &dyn Read, &snapshot, &earlier] {
        assert!(reader.get(b"same").is_err());
        assert!(reader.contains(b"same").is_err());
        for order in [Order::Ascending, Order::Descending] {
            assert!(reader.range(b"", &[255], order, &mut |_, _| ControlFlow::Continue(())).is_err());
        }
    }
    assert!(snapshot.changes_of_newest().is_err());
    assert!(snapshot.prove(Height(1), b"same").is_err());
    // What is read at the start.
    for family in ["changed", "pages", "meta"] {
        let refused = RocksStore::open(damaged(&[family]).path(), &SMALL).unwrap_err();
        let of_database = matches!(refused, OpenError::Unreadable { source: StateError::Database(_), .. });
        assert!(of_database, "{family}: {refused}");
    }
}
