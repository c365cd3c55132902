//! Earlier heights against a model: every state that must be readable is, with proofs, and nothing else is kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    path::Path,
};

use lockstep_abi::{Hash, Height};
use lockstep_state::{
    AtError, Changes, CommitBatch, Family, MAX_PRUNED_BLOCKS, MAX_STEPS_OVER, MemoryStore, Order, Read,
    RocksOptions, RocksSnapshot, RocksStore, StateError, merkle::walk,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use tempfile::TempDir;

use crate::{
    chain::{EAGER, END, SMALL, Writes, changes, commit, entries, keys, open, open_eager, wait_until},
    page::pages_of,
};

/// Few and short, so that they meet often, with the bytes that an escape must get right.
fn key() -> impl Strategy<Value = Vec<u8>> {
    vec(select(vec![0_u8, 1, 255]), 0..4)
}

#[derive(Debug, Clone)]
struct Block {
    writes: Writes,
    /// How far below its own height the oldest one is that has to stay.
    keep: Option<u64>,
    reopen: bool,
}

fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let writes = vec((key(), option::of(vec(0_u8..2, 0..3))), 0..30);
    let block = (writes, option::of(0_u64..4), proptest::bool::weighted(0.2));
    vec(block.prop_map(|(writes, keep, reopen)| Block { writes, keep, reopen }), 1..14)
}

/// What a store must be like after some blocks.
#[derive(Default)]
struct Model {
    memory: MemoryStore,
    /// Whether each trie is on disk when the next block is committed; if not, none is.
    eager: bool,
    oldest: u64,
    kept_from: u64,
    /// By height.
    states: BTreeMap<u64, BTreeMap<Vec<u8>, Vec<u8>>>,
    roots: BTreeMap<u64, Hash>,
    changes: BTreeMap<u64, Changes>,
}

impl Model {
    fn newest(&self) -> u64 {
        self.roots.len() as u64
    }

    fn apply(&mut self, changes: Changes, keep_from: Option<u64>) {
        self.memory.apply(&changes);
        let height = self.newest() + 1;
        self.states.insert(height, entries(&self.memory, b"", END, Order::Ascending).into_iter().collect());
        self.roots.insert(height, self.memory.root());
        self.changes.insert(height, changes);
        self.oldest = self.oldest.max(keep_from.unwrap_or(0)).max(1);
        // The trie of the block before goes to disk after the commit.
        let written_before =
            self.written().and_then(|written| written.checked_sub(1)).filter(|height| *height > 0);
        let unneeded = written_before.map_or(0, |written| self.oldest.min(written)) + 1;
        let most = self.kept_from + MAX_PRUNED_BLOCKS;
        self.kept_from = self.kept_from.max(unneeded.min(height).min(most)).max(1);
    }

    /// The trie on disk.
    fn written(&self) -> Option<u64> {
        self.newest().checked_sub(1).filter(|height| *height > 0 && self.eager)
    }

    fn assert_reads(&self, store: &RocksStore, probes: &[Vec<u8>]) {
        let snapshot = store.snapshot();
        assert_eq!(snapshot.oldest().unwrap(), Height(self.oldest));
        assert_eq!(snapshot.height().unwrap(), Some(Height(self.newest())));
        for height in 0..self.oldest {
            assert!(matches!(snapshot.at(Height(height)), Err(AtError::Pruned { .. })), "{height}");
        }
        assert!(matches!(snapshot.at(Height(self.newest() + 1)), Err(AtError::Future { .. })));
        for height in self.oldest..=self.newest() {
            let (state, model) = (snapshot.at(Height(height)).unwrap(), &self.states[&height]);
            for key in probes {
                let value = model.get(key);
                assert_eq!(state.get(key).unwrap().as_ref(), value);
                assert_eq!(state.contains(key).unwrap(), value.is_some());
                self.assert_proves(&snapshot, height, key, value.map(Vec::as_slice));
            }
            for start in probes {
                for end in probes.iter().map(Vec::as_slice).chain([END]) {
                    let in_range = model.iter().filter(|(key, _)| start <= key && key.as_slice() < end);
                    let mut expected: Vec<_> =
                        in_range.map(|(key, value)| (key.clone(), value.clone())).collect();
                    assert_eq!(entries(&state, start, end, Order::Ascending), expected);
                    expected.reverse();
                    assert_eq!(entries(&state, start, end, Order::Descending), expected);
                }
            }
        }
    }

    fn assert_proves(&self, snapshot: &RocksSnapshot<'_>, height: u64, key: &[u8], value: Option<&[u8]>) {
        if height == self.newest() {
            assert!(matches!(snapshot.prove(Height(height), key), Err(AtError::NoTree { .. })));
            return;
        }
        let proven = snapshot.prove(Height(height), key).unwrap();
        assert_eq!(proven.value.as_deref(), value);
        proven.path.verify(&self.roots[&height], key, value).unwrap();
    }

    /// The invariant of `prune.rs`.
    fn assert_keeps_what_is_needed_and_no_more(&self, store: &RocksStore) {
        let (snapshot, newest) = (store.snapshot(), self.newest());
        let blocks: BTreeSet<u64> = (self.kept_from..=newest).collect();
        assert_eq!(heights(&snapshot, Family::Changed), blocks);
        let replaced: usize = blocks.iter().map(|height| self.changes[height].len()).sum();
        assert_eq!(keys(&snapshot, Family::History).len(), replaced);
        let undone = heights(&snapshot, Family::Undo);
        assert!(undone.iter().all(|height| (self.kept_from..newest).contains(height)), "{undone:?}");
        assert_eq!(written(&snapshot), self.written());
        for height in self.oldest..newest {
            let trie = snapshot.trie_at(Height(height)).unwrap();
            let walked = walk(&trie).unwrap();
            assert_eq!((walked.root, trie.root().unwrap()), (self.roots[&height], self.roots[&height]));
            if self.written() == Some(height) {
                let mut expected = pages_of(&trie);
                expected.insert(WRITTEN.to_vec());
                assert_eq!(keys(&snapshot, Family::Pages), expected);
            }
        }
    }
}

/// Of the trie on disk.
fn written(snapshot: &RocksSnapshot<'_>) -> Option<u64> {
    let height = snapshot.get_record(Family::Pages, WRITTEN).unwrap()?;
    Some(u64::from_be_bytes(height.try_into().unwrap()))
}

const WRITTEN: &[u8] = b"\xFFheight";

/// Of records whose keys begin with one.
fn heights(snapshot: &RocksSnapshot<'_>, family: Family) -> BTreeSet<u64> {
    let keys = keys(snapshot, family);
    keys.iter().map(|key| u64::from_be_bytes(*key.first_chunk().unwrap())).collect()
}

fn run(path: &Path, options: &RocksOptions, blocks: Vec<Block>, mut check: impl FnMut(&Model, &RocksStore)) {
    let open = || RocksStore::open(path, options).unwrap();
    let mut store = open();
    let mut model = Model { eager: *options == EAGER, ..Model::default() };
    for Block { writes, keep, reopen } in blocks {
        let height = model.newest() + 1;
        // One above the newest is asked for too: it cannot be had.
        let keep_from = keep.map(|keep| (height + 1).saturating_sub(keep));
        let changes = commit(&store, &writes, keep_from.map(Height));
        model.apply(changes, keep_from.map(|oldest| oldest.min(height)));
        if reopen {
            drop(store);
            store = open();
        }
        check(&model, &store);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn earlier_states_are_read_and_proved_as_they_were(
        blocks in blocks(),
        probes in vec(key(), 5),
        options in select(vec![SMALL, EAGER]),
    ) {
        let folder = TempDir::new().unwrap();
        run(folder.path(), &options, blocks, |model, store| {
            model.assert_reads(store, &probes);
            model.assert_keeps_what_is_needed_and_no_more(store);
        });
    }
}

/// A node that kept everything and is told not to catches up, a few blocks with every block.
#[test]
fn pruning_catches_up_in_steps_until_only_the_newest_is_left() {
    let folder = TempDir::new().unwrap();
    let store = open_eager(folder.path());
    let mut model = Model { eager: true, ..Model::default() };
    let writes = |height: u8| -> Writes {
        let keys = (0..50_u8).map(|key| (vec![key], (key % 7 != height % 7).then(|| vec![height])));
        keys.collect()
    };
    for height in 1..=20 {
        model.apply(commit(&store, &writes(height), None), None);
    }
    model.assert_keeps_what_is_needed_and_no_more(&store);
    for height in 21..=30_u8 {
        let keep_from = Some(u64::from(height));
        model.apply(commit(&store, &writes(height), keep_from.map(Height)), keep_from);
        model.assert_keeps_what_is_needed_and_no_more(&store);
    }
    let snapshot = store.snapshot();
    assert_eq!(snapshot.oldest().unwrap(), Height(30));
    // The trie of block 29 went to disk after block 30, and was made from what 29 changed.
    assert_eq!(heights(&snapshot, Family::Changed), [29, 30].into());
    assert_eq!(heights(&snapshot, Family::Undo), [].into());
}

/// Tries stay in memory until there are some, and the newest of them then goes to disk.
#[test]
fn a_trie_is_on_disk_after_a_number_of_blocks() {
    const MAX_WAITING: u64 = 128;
    let folder = TempDir::new().unwrap();
    // Room for all of them.
    let options = RocksOptions { page_cache_bytes: 64 << 20, ..SMALL };
    let store = RocksStore::open(folder.path(), &options).unwrap();
    let writes = |height: u64| -> Writes {
        (5..9_u8).map(|key| (vec![key], Some(height.to_be_bytes().to_vec()))).collect()
    };
    let mut roots = vec![Hash::default()];
    let mut memory = MemoryStore::new();
    for height in 1..=2 * MAX_WAITING + 10 {
        memory.apply(&commit(&store, &writes(height), None));
        roots.push(memory.root());
        let written_at = || written(&store.snapshot());
        if height % MAX_WAITING == 1 && height > 1 {
            wait_until("the trie is never written", || written_at() == Some(height - 1));
        }
        assert_eq!(written_at(), Some((height - 1) / MAX_WAITING * MAX_WAITING).filter(|height| *height > 0));
    }
    let check = |store: &RocksStore| {
        let snapshot = store.snapshot();
        for (height, root) in (0..).zip(&roots).skip(1).take(roots.len() - 2) {
            assert_eq!(snapshot.trie_at(Height(height)).unwrap().root().unwrap(), *root);
            let proven = snapshot.prove(Height(height), &[7]).unwrap();
            proven.path.verify(root, &[7], Some(&height.to_be_bytes())).unwrap();
        }
    };
    check(&store);
    drop(store);
    check(&open(folder.path()));
}

/// A block that changed so much that forgetting it takes a while goes alone.
#[test]
fn blocks_that_changed_much_are_forgotten_one_by_one() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    // Without tries, which would take most of the time.
    let commit = |height: u64, writes: &Writes, keep_from: u64| {
        let changes = changes(&store, writes);
        let mut batch = CommitBatch::new(Height(height), &changes);
        batch.keep_from(Height(keep_from));
        store.commit(batch).unwrap();
        heights(&store.snapshot(), Family::Changed).first().copied().unwrap()
    };
    for height in 1..=3_u8 {
        let keys = (0..210_000_u32).map(|key| (key.to_be_bytes().to_vec(), Some(vec![height])));
        commit(height.into(), &keys.collect(), 0);
    }
    for height in 4..=8 {
        commit(height, &vec![], 0);
    }
    let kept_from = (9..=12).map(|height| commit(height, &vec![], height));
    assert_eq!(kept_from.collect::<Vec<_>>(), [3, 4, 8, 12]);
    assert_eq!(store.snapshot().oldest().unwrap(), Height(12));
    assert!(keys(&store.snapshot(), Family::History).is_empty());
}

/// Such keys are nowhere to be seen, so that whoever asks cannot know what the answer costs.
#[test]
fn a_range_over_keys_that_have_no_entry_at_its_height_is_refused_after_a_number_of_them() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let count = u32::try_from(MAX_STEPS_OVER).unwrap();
    let all = |value: Option<Vec<u8>>| -> Writes {
        (0..count).map(|key| (key.to_be_bytes().to_vec(), value.clone())).collect()
    };
    commit(&store, &vec![(b"entry".to_vec(), Some(vec![])), (vec![0xFF; 9], Some(vec![]))], None);
    commit(&store, &all(Some(vec![2])), None);
    commit(&store, &all(None), None);
    commit(&store, &vec![(b"entry".to_vec(), Some(vec![4]))], None);
    let snapshot = store.snapshot();
    // Before all of them came, and when all were gone long since.
    for height in [1, 3].map(Height) {
        for order in [Order::Ascending, Order::Descending] {
            let state = snapshot.at(height).unwrap();
            assert_eq!(entries(&state, b"", END, order).len(), 2);
            let refused = state.range(b"", END, order, &mut |_, _| ControlFlow::Continue(())).unwrap_err();
            let limit = MAX_STEPS_OVER;
            assert!(matches!(refused, StateError::TooMuchHistory { limit: l } if l == limit), "{refused}");
            // What has little history can be read still, and tools have no limit.
            assert_eq!(entries(&state, b"entry", b"f", order).len(), 1);
            let state = state.without_limit();
            for _ in 0..2 {
                assert_eq!(entries(&state, b"", END, order).len(), 2);
            }
        }
    }
    // Each of these is shown.
    let state = snapshot.at(Height(2)).unwrap();
    for _ in 0..2 {
        assert_eq!(entries(&state, b"", END, Order::Ascending).len() as u64, MAX_STEPS_OVER + 2);
    }
}

#[test]
fn a_range_stops_where_its_visitor_says() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    for value in 1..=3_u8 {
        let writes = (0..9_u8).filter(|key| key % 3 != value - 1).map(|key| (vec![key], Some(vec![value])));
        commit(&store, &writes.collect(), None);
    }
    let snapshot = store.snapshot();
    let state = snapshot.at(Height(1)).unwrap();
    for order in [Order::Ascending, Order::Descending] {
        let all = entries(&state, b"", END, order);
        for count in 1..=all.len() {
            let mut seen = Vec::new();
            let visit = &mut |key: &[u8], value: &[u8]| {
                seen.push((key.to_vec(), value.to_vec()));
                if seen.len() == count { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            state.range(b"", END, order, visit).unwrap();
            assert_eq!(seen, all[..count]);
        }
    }
}
