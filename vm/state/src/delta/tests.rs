//! A delta against a model: a stack of whole maps.

use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;
use crate::MemoryStore;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;
type Entries = Vec<(Vec<u8>, Vec<u8>)>;

#[derive(Debug, Clone)]
enum Op {
    Set(Vec<u8>, Vec<u8>),
    Remove(Vec<u8>),
    Checkpoint,
    /// Forgets the newest checkpoint: its writes stay.
    Keep,
    /// Makes all checkpoints void.
    KeepAll,
    /// Goes back to any live checkpoint.
    Revert(Index),
    /// Reads a range, at most so many entries, in both orders.
    Range(Vec<u8>, Vec<u8>, usize),
}

/// Few and short, so that they meet.
fn key() -> impl Strategy<Value = Vec<u8>> {
    vec(0_u8..3, 0..4)
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (key(), vec(0_u8..2, 0..2)).prop_map(|(key, value)| Op::Set(key, value)),
        3 => key().prop_map(Op::Remove),
        2 => Just(Op::Checkpoint),
        1 => Just(Op::Keep),
        1 => Just(Op::KeepAll),
        1 => any::<Index>().prop_map(Op::Revert),
        2 => (key(), key(), 0_usize..5).prop_map(|(start, end, limit)| Op::Range(start, end, limit)),
    ]
}

fn store(entries: &Model) -> MemoryStore {
    let mut store = MemoryStore::new();
    let empty = store.clone();
    let mut delta = Delta::new(&empty);
    entries.iter().for_each(|(key, value)| delta.set(key.clone(), value.clone()));
    store.apply(&delta.into_changes().unwrap());
    store
}

fn read(reader: &dyn Read, start: &[u8], end: &[u8], order: Order, limit: usize) -> Entries {
    let (mut entries, mut over) = (Vec::new(), false);
    let visit = &mut |key: &[u8], value: &[u8]| {
        assert!(!over, "visited after a break");
        if entries.len() == limit {
            over = true;
            return ControlFlow::Break(());
        }
        entries.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    };
    reader.range(start, end, order, visit).unwrap();
    entries
}

fn expected(model: &Model, start: &[u8], end: &[u8], order: Order, limit: usize) -> Entries {
    let inside = model.iter().filter(|(key, _)| start <= key.as_slice() && key.as_slice() < end);
    let entries = inside.map(|(key, value)| (key.clone(), value.clone()));
    match order {
        Order::Ascending => entries.take(limit).collect(),
        Order::Descending => entries.rev().take(limit).collect(),
    }
}

fn check(reader: &dyn Read, model: &Model, start: &[u8], end: &[u8], limit: usize) {
    for order in [Order::Ascending, Order::Descending] {
        let (found, expected) =
            (read(reader, start, end, order, limit), expected(model, start, end, order, limit));
        assert_eq!(found, expected, "{start:?}..{end:?} {order:?}, at most {limit}");
    }
}

proptest! {
    #[test]
    fn a_delta_reads_like_a_stack_of_whole_maps(
        base in proptest::collection::btree_map(key(), vec(0_u8..2, 0..2), 0..12),
        ops in vec(op(), 0..60),
    ) {
        let mut store = store(&base);
        let before = store.clone();
        let mut delta = Delta::new(&before);
        let (mut model, mut saved) = (base, Vec::new());
        for op in ops {
            match op {
                Op::Set(key, value) => {
                    delta.set(key.clone(), value.clone());
                    model.insert(key, value);
                }
                Op::Remove(key) => {
                    delta.remove(key.clone());
                    model.remove(&key);
                }
                Op::Checkpoint => saved.push((delta.checkpoint(), model.clone())),
                Op::Keep => drop(saved.pop()),
                Op::KeepAll => {
                    delta.keep();
                    saved.clear();
                }
                Op::Revert(index) if !saved.is_empty() => {
                    saved.truncate(index.index(saved.len()).saturating_add(1));
                    let (checkpoint, map) = saved.pop().unwrap();
                    delta.revert_to(checkpoint);
                    model = map;
                }
                Op::Revert(_) => {}
                Op::Range(start, end, limit) => check(&delta, &model, &start, &end, limit),
            }
            check(&delta, &model, &[], &[9], usize::MAX);
        }
        for key in ops_keys() {
            prop_assert_eq!(delta.get(&key).unwrap(), model.get(&key).cloned());
            prop_assert_eq!(delta.contains(&key).unwrap(), model.contains_key(&key));
            prop_assert_eq!(delta.len(&key).unwrap(), model.get(&key).map(Vec::len));
        }
        store.apply(&delta.into_changes().unwrap());
        check(&store, &model, &[], &[9], usize::MAX);
    }

    #[test]
    fn changes_are_exactly_what_differs(
        old in proptest::collection::btree_map(key(), vec(0_u8..2, 0..2), 0..12),
        new in proptest::collection::btree_map(key(), vec(0_u8..2, 0..2), 0..12),
    ) {
        let store = store(&old);
        let mut delta = Delta::new(&store);
        old.keys().for_each(|key| delta.remove(key.clone()));
        new.iter().for_each(|(key, value)| delta.set(key.clone(), value.clone()));
        let changes = delta.into_changes().unwrap();
        let found: Vec<_> = changes.iter().collect();
        let keys: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
        let expected: Vec<_> = keys
            .into_iter()
            .filter(|key| old.get(*key) != new.get(*key))
            .map(|key| (key.as_slice(), new.get(key).map(Vec::as_slice)))
            .collect();
        prop_assert_eq!(found, expected);
    }
}

/// Every key that the strategies make.
fn ops_keys() -> Vec<Vec<u8>> {
    let mut keys = vec![vec![]];
    let mut longest = keys.clone();
    for _ in 0..3 {
        longest =
            longest.iter().flat_map(|key| (0..3).map(|byte| [key.as_slice(), &[byte]].concat())).collect();
        keys.extend(longest.iter().cloned());
    }
    keys
}

#[test]
fn a_loop_over_one_key_does_not_make_the_journal_grow() {
    let store = MemoryStore::new();
    let mut delta = Delta::new(&store);
    let checkpoint = delta.checkpoint();
    (0..100_u8).for_each(|value| delta.set(b"a".to_vec(), vec![value]));
    assert_eq!(delta.journal.len(), 2, "the mark and one entry");
    delta.revert_to(checkpoint);
    assert_eq!(delta.get(b"a").unwrap(), None);
}

/// A block has thousands of transactions, and each of them takes checkpoints.
#[test]
fn the_journal_holds_only_what_there_is_a_way_back_from() {
    let store = MemoryStore::new();
    let mut delta = Delta::new(&store);
    delta.set(b"a".to_vec(), vec![1]);
    assert_eq!(delta.journal.len(), 0, "there is no checkpoint");
    let _checkpoint = delta.checkpoint();
    delta.set(b"a".to_vec(), vec![2]);
    delta.keep();
    delta.set(b"a".to_vec(), vec![3]);
    assert_eq!(delta.journal.len(), 0, "there is none any more");
}

#[test]
#[should_panic(expected = "checkpoint 1 is void")]
fn a_checkpoint_is_void_when_all_is_kept() {
    let store = MemoryStore::new();
    let mut delta = Delta::new(&store);
    let checkpoint = delta.checkpoint();
    delta.keep();
    // As long a journal as the one that `checkpoint` remembers.
    let _other = delta.checkpoint();
    delta.revert_to(checkpoint);
}

#[test]
#[should_panic(expected = "checkpoint 2 is void")]
fn a_checkpoint_that_was_passed_on_the_way_back_is_void() {
    let store = MemoryStore::new();
    let mut delta = Delta::new(&store);
    let outer = delta.checkpoint();
    let inner = delta.checkpoint();
    delta.revert_to(outer);
    // As long a journal as the one that `inner` remembers, with other entries in it.
    let _other = (delta.checkpoint(), delta.checkpoint());
    delta.revert_to(inner);
}

#[test]
fn a_scan_shows_the_removed_keys_that_it_passes() {
    let store = store(&[(b"b".to_vec(), b"1".to_vec()), (b"c".to_vec(), b"2".to_vec())].into());
    let mut delta = Delta::new(&store);
    delta.set(b"a".to_vec(), b"0".to_vec());
    delta.remove(b"a".to_vec());
    delta.remove(b"c".to_vec());
    let mut seen = Vec::new();
    let visit = &mut |key: &[u8], value: Option<&[u8]>| {
        seen.push((key.to_vec(), value.map(<[u8]>::to_vec)));
        ControlFlow::Continue(())
    };
    delta.scan(b"", b"z", Order::Ascending, visit).unwrap();
    let entry = |key: &[u8], value: Option<&[u8]>| (key.to_vec(), value.map(<[u8]>::to_vec));
    assert_eq!(seen, [entry(b"a", None), entry(b"b", Some(b"1")), entry(b"c", None)]);
}

#[test]
fn a_delta_over_a_delta_reads_through_both() {
    let store = store(&[(b"a".to_vec(), b"1".to_vec()), (b"b".to_vec(), b"1".to_vec())].into());
    let mut lower = Delta::new(&store);
    lower.remove(b"a".to_vec());
    lower.set(b"c".to_vec(), b"2".to_vec());
    let mut upper = Delta::new(&lower);
    upper.set(b"b".to_vec(), b"3".to_vec());
    let model = [(b"b".to_vec(), b"3".to_vec()), (b"c".to_vec(), b"2".to_vec())].into();
    check(&upper, &model, b"", b"z", usize::MAX);
}

#[test]
fn a_fault_of_the_base_is_reported_and_not_taken_for_the_end() {
    struct Broken;
    impl Read for Broken {
        fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
            Err(StateError::Damaged { what: "all of it" })
        }
        fn range(&self, _: &[u8], _: &[u8], _: Order, visit: &mut Visit<'_>) -> Result<(), StateError> {
            assert!(visit(b"b", b"1").is_continue());
            Err(StateError::Damaged { what: "the second half" })
        }
    }
    let mut delta = Delta::new(&Broken);
    delta.set(b"a".to_vec(), b"0".to_vec());
    assert!(delta.get(b"b").is_err());
    let mut visited = 0_u8;
    let visit = &mut |_: &[u8], _: &[u8]| {
        visited = visited.saturating_add(1);
        ControlFlow::Continue(())
    };
    assert!(delta.range(b"", b"z", Order::Ascending, visit).is_err());
    assert_eq!(visited, 2);
    assert!(delta.into_changes().is_err());
}

#[test]
fn everything_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Delta<'static>>();
    shared::<MemoryStore>();
    shared::<StateError>();
}
