//! A state that is loaded is as one that blocks led to, and blocks go on from it.

use std::{env, path::Path};

use lockstep_abi::Height;
use lockstep_state::{AtError, CommitBatch, Family, Order, Read, RocksStore, Tree, merkle::walk};
use tempfile::TempDir;

use crate::{
    chain::{END, Entries, changes, commit, entries, open, open_eager, records, root_of},
    restart::{HELD, hold, in_a_process_that_is_killed},
};

const AT: Height = Height(5);

/// In pieces that are not those of the trie.
fn load(store: &mut RocksStore, entries: &Entries, leaves_at_once: usize) -> Tree {
    let mut loader = store.load(AT, leaves_at_once).unwrap();
    for piece in entries.chunks(70) {
        let piece: Vec<(&[u8], &[u8])> = piece.iter().map(|(key, value)| (&key[..], &value[..])).collect();
        loader.add(&piece).unwrap();
    }
    loader.finish().unwrap()
}

fn many(count: u16) -> Entries {
    (0..count).map(|number| (number.to_be_bytes().to_vec(), vec![7; (number % 50).into()])).collect()
}

#[test]
fn a_loaded_state_has_its_entries_its_trie_and_nothing_else() {
    for count in [0, 1, 1_000] {
        for leaves_at_once in [1, 100, 10_000] {
            let folder = TempDir::new().unwrap();
            let mut store = open(folder.path());
            let expected = many(count);
            let tree = load(&mut store, &expected, leaves_at_once);
            assert_eq!(entries(&store, b"", END, Order::Ascending), expected);
            assert_eq!(tree, Tree { height: AT, root: root_of(&store) });
            // As it is after a start, too.
            drop(store);
            let store = open(folder.path());
            let snapshot = store.snapshot();
            assert_eq!(snapshot.tree().unwrap(), Some(tree));
            assert_eq!((snapshot.height().unwrap(), snapshot.oldest().unwrap()), (Some(AT), AT));
            let walked = walk(&snapshot.trie_at(AT).unwrap()).unwrap();
            assert_eq!((walked.root, walked.leaves), (tree.root, count.into()));
            // And the height.
            assert_eq!(walked.pages + 1, count_of(&store, Family::Pages), "{count} {leaves_at_once}");
            for family in [Family::History, Family::Changed, Family::Undo] {
                assert_eq!(count_of(&store, family), 0);
            }
            let refused = snapshot.at(Height(4)).unwrap_err();
            assert!(matches!(refused, AtError::Pruned { oldest: AT, .. }), "{refused}");
            for key in [&[0, 0][..], &[255, 255]] {
                let proven = snapshot.prove(AT, key).unwrap();
                proven.path.verify(&tree.root, key, proven.value.as_deref()).unwrap();
            }
        }
    }
}

fn count_of(store: &RocksStore, family: Family) -> u64 {
    records(&store.snapshot(), family).len() as u64
}

/// Kept whole, and with each block forgetting all that it may.
#[test]
fn blocks_go_on_from_a_loaded_state() {
    for keep in [None, Some(0), Some(1)] {
        let folder = TempDir::new().unwrap();
        let mut store = open_eager(folder.path());
        load(&mut store, &many(300), 100);
        for number in 6..12_u8 {
            let key = |low: u8| vec![0, low];
            let writes = vec![
                (key(number), Some(vec![number])),
                (key(number + 100), None),
                (vec![number], Some(vec![])),
            ];
            let oldest = keep.map(|keep| Height(u64::from(number) - keep));
            commit(&store, &writes, oldest);
            let snapshot = store.snapshot();
            let tree = snapshot.tree().unwrap().unwrap();
            let before = Height(u64::from(number) - 1);
            assert_eq!(tree.height, before);
            let oldest = oldest.unwrap_or(AT).max(AT);
            assert_eq!(snapshot.oldest().unwrap(), oldest);
            if oldest <= before {
                assert_eq!(tree.root, root_of(&snapshot.at(before).unwrap()));
                snapshot.prove(oldest, &key(number)).unwrap();
            }
            drop(snapshot);
            store = open_again(store, &folder);
        }
        if keep == Some(0) {
            assert_eq!(count_of(&store, Family::Changed), 2);
            assert_eq!(count_of(&store, Family::Undo), 0);
        }
    }
}

fn open_again(store: RocksStore, folder: &TempDir) -> RocksStore {
    drop(store);
    open_eager(folder.path())
}

/// Its entries are not logged, so that a kill may leave any of them.
#[test]
fn a_load_that_was_not_finished_never_passes_for_an_empty_store() {
    if let Ok(path) = env::var(HELD) {
        let mut store = open(Path::new(&path));
        let mut loader = store.load(AT, 100).unwrap();
        loader.add(&[(b"a", b"b")]).unwrap();
        return hold();
    }
    let folder = TempDir::new().unwrap();
    let test = "load::a_load_that_was_not_finished_never_passes_for_an_empty_store";
    in_a_process_that_is_killed(test, folder.path(), || {});
    assert_eq!(open(folder.path()).snapshot().height().unwrap(), Some(AT));
}

#[test]
fn a_load_that_was_finished_outlasts_a_kill() {
    if let Ok(path) = env::var(HELD) {
        let mut store = open(Path::new(&path));
        load(&mut store, &many(1_000), 300);
        return hold();
    }
    let folder = TempDir::new().unwrap();
    in_a_process_that_is_killed("load::a_load_that_was_finished_outlasts_a_kill", folder.path(), || {});
    let store = open(folder.path());
    assert_eq!(entries(&store, b"", END, Order::Ascending), many(1_000));
    assert_eq!(walk(&store.snapshot().trie_at(AT).unwrap()).unwrap().root, root_of(&store));
}

#[test]
#[should_panic(expected = "a state that is loaded into a store which has one")]
fn only_an_empty_store_is_loaded() {
    let folder = TempDir::new().unwrap();
    let mut store = open(folder.path());
    let changes = changes(&store, &vec![(b"a".to_vec(), Some(vec![1]))]);
    store.commit(CommitBatch::new(Height(1), &changes)).unwrap();
    assert!(store.contains(b"a").unwrap());
    let _ = store.load(AT, 100);
}

#[test]
#[should_panic(expected = "a state that is loaded into a store which has one")]
fn a_load_is_begun_once() {
    let folder = TempDir::new().unwrap();
    let mut store = open(folder.path());
    drop(store.load(AT, 100).unwrap());
    let _ = store.load(AT, 100);
}

#[test]
#[should_panic(expected = "entries out of order")]
fn entries_come_in_the_order_of_their_keys() {
    let folder = TempDir::new().unwrap();
    let mut store = open(folder.path());
    let mut loader = store.load(AT, 100).unwrap();
    loader.add(&[(b"b", b"")]).unwrap();
    let _ = loader.add(&[(b"b", b"")]);
}
