//! What NOMT's own crate says of the same tries and proofs.
//!
//! Paths are made to share long beginnings, which hashes of keys would not: tries are deep, and full of halves
//! without an entry.

use lockstep_abi::{
    Hash, List,
    state::{
        PathProof, Terminal,
        trie::{EMPTY, PATH_BITS, bit, join, leaf},
    },
};
use nomt_core::{
    hasher::Blake3Hasher,
    proof::{PathProof as NomtProof, PathProofTerminal},
    trie::LeafData,
    trie_pos::TriePosition,
    update::build_trie,
};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::reference::{Entry, Trie, halves};
use crate::value::hash;

/// A trie, and paths to ask for: those of its entries, and others that run along them for a while.
#[derive(Debug, Clone)]
struct Case {
    trie: Trie,
    paths: Vec<Hash>,
}

fn case() -> impl Strategy<Value = Case> {
    let shared = prop_oneof![0..8_usize, 0..=PATH_BITS, 248..=PATH_BITS];
    let paths = vec((any::<Index>(), shared, hash()), 0..20);
    (vec(hash(), 1..4), paths, any::<Index>()).prop_map(|(trunks, paths, entries)| {
        let paths: Vec<Hash> =
            paths.iter().map(|(trunk, shared, rest)| graft(trunk.get(&trunks), *shared, rest)).collect();
        let (entries, _) = paths.split_at(entries.index(paths.len() + 1));
        // Any hash of a value will do.
        let trie = entries.iter().map(|path| (*path, leaf(path, &EMPTY))).collect();
        Case { trie, paths }
    })
}

/// The first bits of one path, then those of another.
fn graft(trunk: &Hash, shared: usize, rest: &Hash) -> Hash {
    let mut path = Hash::default();
    for depth in 0..PATH_BITS {
        let from = if depth < shared { trunk } else { rest };
        path.0[depth / 8] |= u8::from(bit(from, depth)) << (7 - depth % 8);
    }
    path
}

/// The node of entries that all start from the last bit and rise.
fn joined(entries: &[Entry], depth: usize) -> Hash {
    match entries {
        [] => EMPTY,
        [(path, value)] if depth == PATH_BITS => leaf(path, value),
        _ => {
            let (left, right) = halves(entries, depth);
            join(&joined(left, depth + 1), &joined(right, depth + 1))
        }
    }
}

/// Whether NOMT's verifier takes a proof of a path for what it is said to prove.
fn nomt_accepts(proof: &PathProof, root: &Hash, path: &Hash, value: Option<&Hash>) -> bool {
    let leaf = |path: &Hash, value: &Hash| LeafData { key_path: path.0, value_hash: value.0 };
    let terminal = match (proof.terminal, value) {
        (Terminal::Own, Some(value)) => PathProofTerminal::Leaf(leaf(path, value)),
        (Terminal::Own, None) => return false,
        (Terminal::Empty, _) => PathProofTerminal::Terminator(TriePosition::new()),
        (Terminal::Other { path, value }, _) => PathProofTerminal::Leaf(leaf(&path, &value)),
    };
    let siblings = proof.siblings.iter().map(|sibling| sibling.0).collect();
    let whole = TriePosition::from_path_and_depth(path.0, 256);
    let Ok(verified) = (NomtProof { terminal, siblings }).verify::<Blake3Hasher>(whole.path(), root.0) else {
        return false;
    };
    match value {
        Some(value) => verified.confirm_value(&leaf(path, value)).unwrap(),
        None => verified.confirm_nonexistence(&path.0).unwrap(),
    }
}

/// What a forger may do to an honest proof.
#[derive(Debug, Clone)]
enum Change {
    Terminal(Terminal),
    Remove(Index),
    Insert(Index, Hash),
    Replace(Index, Hash),
    Swap(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let sibling = || prop_oneof![Just(EMPTY), hash()];
    let other = (hash(), hash()).prop_map(|(path, value)| Terminal::Other { path, value });
    prop_oneof![
        prop_oneof![Just(Terminal::Own), Just(Terminal::Empty), other].prop_map(Change::Terminal),
        any::<Index>().prop_map(Change::Remove),
        (any::<Index>(), sibling()).prop_map(|(at, sibling)| Change::Insert(at, sibling)),
        (any::<Index>(), sibling()).prop_map(|(at, sibling)| Change::Replace(at, sibling)),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Change::Swap(one, other)),
    ]
}

/// The proof after the changes that can be made to it.
fn changed(proof: &PathProof, changes: &[Change]) -> Option<PathProof> {
    let mut terminal = proof.terminal;
    let mut siblings = proof.siblings.to_vec();
    for change in changes {
        let count = siblings.len();
        match change {
            Change::Terminal(other) => terminal = *other,
            Change::Insert(at, sibling) => siblings.insert(at.index(count + 1), *sibling),
            Change::Remove(_) | Change::Replace(..) | Change::Swap(..) if count == 0 => {}
            Change::Remove(at) => drop(siblings.remove(at.index(count))),
            Change::Replace(at, sibling) => siblings[at.index(count)] = *sibling,
            Change::Swap(one, other) => siblings.swap(one.index(count), other.index(count)),
        }
    }
    Some(PathProof { terminal, siblings: List::try_from(siblings).ok()? })
}

proptest! {
    #[test]
    fn the_root_is_that_of_nomt(case in case()) {
        let entries = case.trie.entries().iter().map(|(path, value)| (path.0, value.0));
        prop_assert_eq!(case.trie.root().0, build_trie::<Blake3Hasher>(0, entries, |_| {}));
    }

    #[test]
    fn leaves_that_rise_from_the_bottom_come_to_the_same_root(case in case()) {
        prop_assert_eq!(case.trie.root(), joined(case.trie.entries(), 0));
    }

    #[test]
    fn an_honest_proof_is_accepted_here_and_by_nomt(case in case()) {
        let root = case.trie.root();
        for path in &case.paths {
            let (proof, value) = (case.trie.prove(path), case.trie.value(path));
            prop_assert_eq!(proof.verify_path(&root, path, value.as_ref()), Ok(()));
            prop_assert!(nomt_accepts(&proof, &root, path, value.as_ref()));
        }
    }

    #[test]
    fn the_opposite_of_what_is_so_is_refused(case in case()) {
        let root = case.trie.root();
        for path in &case.paths {
            let (proof, value) = (case.trie.prove(path), case.trie.value(path));
            let opposite = if value.is_some() { None } else { Some(Hash([1; 32])) };
            prop_assert!(proof.verify_path(&root, path, opposite.as_ref()).is_err());
            if value.is_some() {
                prop_assert!(proof.verify_path(&root, path, Some(&Hash([1; 32]))).is_err());
            }
        }
    }

    #[test]
    fn a_path_has_one_proof_only(case in case(), at in any::<Index>(), changes in vec(change(), 1..4)) {
        prop_assume!(!case.paths.is_empty());
        let path = at.get(&case.paths);
        let honest = case.trie.prove(path);
        let Some(forged) = changed(&honest, &changes) else { return Ok(()) };
        prop_assume!(forged != honest);
        let root = case.trie.root();
        for claim in [None, case.trie.value(path), Some(Hash([1; 32]))] {
            prop_assert!(forged.verify_path(&root, path, claim.as_ref()).is_err());
        }
    }

    #[test]
    fn a_proof_for_one_path_serves_another_only_for_a_truth(case in case()) {
        let root = case.trie.root();
        for proof in case.paths.iter().map(|path| case.trie.prove(path)) {
            for other in &case.paths {
                if proof.verify_path(&root, other, None).is_ok() {
                    prop_assert_eq!(case.trie.value(other), None);
                }
                if let Some(value) = case.trie.value(other) {
                    let accepted = proof.verify_path(&root, other, Some(&value)).is_ok();
                    prop_assert_eq!(accepted, proof == case.trie.prove(other));
                }
            }
        }
    }
}

#[test]
fn two_paths_may_part_at_their_last_bit() {
    let (left, right, value) =
        (Hash([0xa4; 32]), graft(&Hash([0xa4; 32]), 255, &Hash([0xff; 32])), Hash([3; 32]));
    let trie: Trie = [(left, value), (right, value)].into_iter().collect();
    let proof = trie.prove(&right);
    assert_eq!(proof.siblings.len(), 256);
    assert_eq!(proof.verify_path(&trie.root(), &right, Some(&value)), Ok(()));
    assert!(nomt_accepts(&proof, &trie.root(), &right, Some(&value)));
}
