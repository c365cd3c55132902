//! The commitment against its definition, and against a computation from nothing.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{Delta, MemoryStore};

fn write(store: &mut MemoryStore, entries: &[(Vec<u8>, Option<Vec<u8>>)]) {
    let base = store.clone();
    let mut delta = Delta::new(&base);
    for (key, value) in entries {
        match value {
            Some(value) => delta.set(key.clone(), value.clone()),
            None => delta.remove(key.clone()),
        }
    }
    store.apply(&delta.into_changes().unwrap());
}

fn of(entries: &[(&[u8], &[u8])]) -> Commitment {
    let mut store = MemoryStore::new();
    let owned: Vec<_> = entries.iter().map(|(key, value)| (key.to_vec(), Some(value.to_vec()))).collect();
    write(&mut store, &owned);
    store.commitment().clone()
}

proptest! {
    #[test]
    fn updating_and_computing_from_nothing_agree(
        blocks in vec(vec((vec(0_u8..3, 0..4), proptest::option::of(vec(0_u8..2, 0..3))), 0..8), 0..8),
    ) {
        let mut store = MemoryStore::new();
        for block in blocks {
            write(&mut store, &block);
            prop_assert_eq!(store.commitment(), &Commitment::of(&store).unwrap());
        }
    }

    #[test]
    fn the_way_to_a_state_does_not_show(
        entries in vec((vec(0_u8..3, 0..4), vec(0_u8..2, 0..3)), 0..8).prop_map(|entries| {
            // Each key once; the order is kept by `shuffled` below.
            entries.into_iter().collect::<std::collections::BTreeMap<_, _>>().into_iter().collect::<Vec<_>>()
        }),
        shuffled in any::<prop::sample::Index>(),
    ) {
        let mut once = MemoryStore::new();
        let all: Vec<_> = entries.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        write(&mut once, &all);

        let mut singly = MemoryStore::new();
        write(&mut singly, &[(b"passing".to_vec(), Some(b"through".to_vec()))]);
        let mut other = all.clone();
        if !other.is_empty() {
            other.rotate_left(shuffled.index(all.len()));
        }
        other.iter().rev().for_each(|entry| write(&mut singly, std::slice::from_ref(entry)));
        write(&mut singly, &[(b"passing".to_vec(), None)]);
        prop_assert_eq!(once.root(), singly.root());
    }

    #[test]
    fn bytes_read_back(key in vec(any::<u8>(), 0..9), value in vec(any::<u8>(), 0..9)) {
        let commitment = of(&[(&key, &value)]);
        prop_assert_eq!(&Commitment::from_bytes(&commitment.to_bytes()), &commitment);
    }
}

#[test]
fn every_part_of_an_entry_counts() {
    let commitments = [
        of(&[]),
        of(&[(b"", b"")]),
        of(&[(b"ab", b"c")]),
        of(&[(b"a", b"bc")]),
        of(&[(b"ab", b"d")]),
        of(&[(b"ab", b"c"), (b"", b"")]),
    ];
    for (at, one) in commitments.iter().enumerate() {
        assert_eq!(commitments.iter().filter(|other| one.root() == other.root()).count(), 1, "number {at}");
    }
}

#[test]
fn lanes_are_added_modulo_two_to_the_sixteen_as_the_definition_says() {
    let lane = |key: &[u8], value: &[u8], at: usize| {
        let input = [&u32::try_from(key.len()).unwrap().to_le_bytes(), key, value].concat();
        let mut output = [0; 2048];
        let mut hasher = blake3::Hasher::new_derive_key("lockstep 2026 state entry");
        hasher.update(&input).finalize_xof().fill(&mut output);
        u32::from(output[2 * at]) | u32::from(output[2 * at + 1]) << 8
    };
    let both = of(&[(b"key", b"value"), (b"other", b"")]).to_bytes();
    for at in 0..1024 {
        let sum = (lane(b"key", b"value", at) + lane(b"other", b"", at)) % 65_536;
        assert_eq!(u32::from(both[2 * at]) | u32::from(both[2 * at + 1]) << 8, sum, "lane {at}");
    }
}

/// A change of these forks every chain.
#[test]
fn roots_do_not_change_between_versions() {
    assert_eq!(
        of(&[]).root().to_string(),
        "c2d7edd7806c0460b6640af63c5ef9a27be6a357ff9413b1129b6c610cf843cb"
    );
    assert_eq!(
        of(&[(b"key", b"value"), (b"other", b"")]).root().to_string(),
        "e8e707f5dde65f2ffa098055d6de297d35d8a8d047dadb465c5548902929de00"
    );
}
