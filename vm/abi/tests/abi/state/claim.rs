//! One test for each reason to refuse a proof, and the forgeries that each reason is there for.

use lockstep_abi::{
    Hash, Height, List,
    state::{
        PathProof, ProofError, StateKey, Terminal,
        trie::{EMPTY, EntryHasher, PATH_BITS, bit, branch, leaf},
    },
};

use super::{State, account_key, reference::Trie};

/// Paths of a small trie: two halves, the left one with two entries that part at depth 2.
const A: Hash = Hash([0b0000_0000; 32]);
const B: Hash = Hash([0b0010_0000; 32]);
const C: Hash = Hash([0b1000_0000; 32]);
/// Paths without entries: one that ends at A's leaf, and one in the empty half beside A and B.
const NEAR_A: Hash = Hash([0b0000_0001; 32]);
const VOID: Hash = Hash([0b0100_0000; 32]);

fn value(path: &Hash) -> Hash {
    Hash([path.0[0] | 7; 32])
}

fn abc() -> Trie {
    [A, B, C].into_iter().map(|path| (path, value(&path))).collect()
}

fn proof(terminal: Terminal, siblings: &[Hash]) -> PathProof {
    PathProof { terminal, siblings: List::try_from(siblings.to_vec()).unwrap() }
}

fn other(path: Hash) -> Terminal {
    Terminal::Other { path, value: value(&path) }
}

fn leaf_of(path: Hash) -> Hash {
    leaf(&path, &value(&path))
}

/// The root that a proof with this end would lead to.
fn led_to(end: Hash, path: &Hash, siblings: &[Hash]) -> Hash {
    siblings.iter().enumerate().rev().fold(end, |node, (depth, sibling)| {
        if bit(path, depth) { branch(sibling, &node) } else { branch(&node, sibling) }
    })
}

#[test]
fn the_small_trie_is_as_drawn() {
    let ab = branch(&branch(&leaf_of(A), &leaf_of(B)), &EMPTY);
    assert_eq!(abc().root(), branch(&ab, &leaf_of(C)));
    assert_eq!(abc().prove(&A), proof(Terminal::Own, &[leaf_of(C), EMPTY, leaf_of(B)]));
    assert_eq!(abc().prove(&NEAR_A), proof(other(A), &[leaf_of(C), EMPTY, leaf_of(B)]));
    assert_eq!(abc().prove(&VOID), proof(Terminal::Empty, &[leaf_of(C), branch(&leaf_of(A), &leaf_of(B))]));
    for path in [A, B, C, NEAR_A, VOID] {
        assert_eq!(abc().prove(&path).verify_path(&abc().root(), &path, abc().value(&path).as_ref()), Ok(()));
    }
}

#[test]
fn in_an_empty_state_every_key_is_absent() {
    let nothing = proof(Terminal::Empty, &[]);
    assert_eq!(nothing.verify(&EMPTY, b"any", None), Ok(()));
    assert_eq!(nothing.verify(&EMPTY, b"any", Some(b"")), Err(ProofError::NotOwn));
    let refused = nothing.verify(&abc().root(), b"any", None);
    assert_eq!(refused, Err(ProofError::Root { found: EMPTY, expected: abc().root() }));
}

#[test]
fn an_empty_value_is_not_an_absent_one() {
    let state = State::new([(b"key".to_vec(), Vec::new())].into());
    let path = state.prove(b"key").path;
    assert_eq!(path.verify(&state.trie.root(), b"key", Some(b"")), Ok(()));
    assert_eq!(path.verify(&state.trie.root(), b"key", None), Err(ProofError::Own));
}

#[test]
fn keys_and_values_are_hashed_under_the_contexts_of_the_state() {
    let hasher = EntryHasher::new();
    let root = leaf(&hasher.path(b"key"), &hasher.value(b"value"));
    assert_eq!(proof(Terminal::Own, &[]).verify(&root, b"key", Some(b"value")), Ok(()));
}

#[test]
fn a_proof_against_another_block_is_refused() {
    let state = State::of_accounts(3);
    let proof = state.prove(&account_key(1));
    let trusted = Hash([1; 32]);
    assert_eq!(proof.verify(&trusted), Err(ProofError::Block { found: state.block(), trusted }));
}

#[test]
fn a_header_with_a_root_put_in_is_refused() {
    let (honest, forged) = (State::of_accounts(3), State::of_accounts(4));
    let mut proof = forged.prove(&account_key(4));
    assert_eq!(proof.verify(&forged.block()), Ok(()));
    proof.header = honest.header.clone();
    let (found, expected) = (forged.trie.root(), honest.trie.root());
    assert_eq!(proof.verify(&honest.block()), Err(ProofError::Root { found, expected }));
}

#[test]
fn the_proof_of_another_key_does_not_answer() {
    let state = State::of_accounts(3);
    let asked = state.prove(&account_key(1));
    assert_eq!(asked.get(&state.block(), &account_key(1)), Ok(asked.value.as_deref()));
    assert_eq!(asked.get(&state.block(), &account_key(2)), Err(ProofError::Key));

    // Of the two absent keys only one was asked for, though the path may prove both.
    let absent = state.prove(&account_key(9));
    assert_eq!(absent.get(&state.block(), &account_key(9)), Ok(None));
    assert_eq!(absent.get(&state.block(), &account_key(10)), Err(ProofError::Key));
}

#[test]
fn what_is_proved_is_the_state_after_the_block_before() {
    let mut proof = State::of_accounts(1).prove(&account_key(1));
    assert_eq!(proof.height(), Some(Height(7)));
    proof.header.height = Height(1);
    assert_eq!(proof.height(), Some(Height(0)));
    proof.header.height = Height(0);
    assert_eq!(proof.height(), None, "nothing was before genesis");
}

#[test]
fn a_proof_of_an_entry_is_none_of_absence() {
    let present = abc().prove(&A);
    assert_eq!(present.verify_path(&abc().root(), &A, None), Err(ProofError::Own));
    // Nor with the leaf called another's.
    let renamed = PathProof { terminal: other(A), ..present };
    assert_eq!(renamed.verify_path(&abc().root(), &A, None), Err(ProofError::OwnPath { path: A }));
}

#[test]
fn a_proof_of_absence_is_none_of_an_entry() {
    for absent in [NEAR_A, VOID] {
        let proof = abc().prove(&absent);
        let refused = proof.verify_path(&abc().root(), &absent, Some(&value(&A)));
        assert_eq!(refused, Err(ProofError::NotOwn));
    }
}

#[test]
fn a_value_that_is_not_the_entrys_is_refused() {
    let refused = abc().prove(&A).verify_path(&abc().root(), &A, Some(&value(&C)));
    assert!(matches!(refused, Err(ProofError::Root { .. })), "{refused:?}");
}

#[test]
fn the_absence_of_one_key_is_not_that_of_another() {
    // C's leaf stands in the way of its neighbour, not of A.
    let absent = abc().prove(&Hash([0b1100_0000; 32]));
    assert_eq!(absent.terminal, other(C));
    let refused = absent.verify_path(&abc().root(), &A, None);
    assert_eq!(refused, Err(ProofError::OffPath { shared: 0, depth: 1 }));

    // The empty half, for a path that does not lead there.
    let refused = abc().prove(&VOID).verify_path(&abc().root(), &A, None);
    assert!(matches!(refused, Err(ProofError::Root { .. })), "{refused:?}");
}

#[test]
fn a_leaf_off_its_own_path_is_refused_even_under_a_root_that_has_it() {
    // A trie with C's leaf in the left half, as no trie has: then C would be there and not be found.
    let root = branch(&leaf_of(C), &leaf_of(B));
    let refused = proof(other(C), &[leaf_of(B)]).verify_path(&root, &A, None);
    assert_eq!(refused, Err(ProofError::OffPath { shared: 0, depth: 1 }));
}

#[test]
fn a_branch_cannot_be_passed_off_as_a_leaf() {
    // The root's two halves as path and hash of a value: the same 64 bytes are hashed.
    let (left, right) = (branch(&branch(&leaf_of(A), &leaf_of(B)), &EMPTY), leaf_of(C));
    assert_eq!(abc().root(), branch(&left, &right));
    let forged = proof(Terminal::Own, &[]);
    let refused = forged.verify_path(&abc().root(), &left, Some(&right));
    assert!(matches!(refused, Err(ProofError::Root { .. })), "{refused:?}");
    let forged = proof(Terminal::Other { path: left, value: right }, &[]);
    let refused = forged.verify_path(&abc().root(), &A, None);
    assert!(matches!(refused, Err(ProofError::Root { .. })), "{refused:?}");
}

#[test]
fn a_leaf_cannot_be_passed_off_as_a_branch() {
    // An entry whose path and value would be the halves of a branch, with a forged leaf in the right one.
    let (path, forged) = (Hash([0x81; 32]), leaf(&C, &Hash([9; 32])));
    let root = leaf(&path, &forged);
    let refused = proof(Terminal::Own, &[path]).verify_path(&root, &C, Some(&Hash([9; 32])));
    assert!(matches!(refused, Err(ProofError::Root { .. })), "{refused:?}");
}

#[test]
fn a_leaf_does_not_rise_over_nothing_to_prove_its_own_absence() {
    // Under `join` this would lead to the root, which is C's leaf: nothing beside C comes to C.
    let forged = proof(Terminal::Empty, &[leaf_of(C)]);
    assert_eq!(forged.verify_path(&leaf_of(C), &C, None), Err(ProofError::Lone { depth: 0 }));
}

#[test]
fn siblings_padded_with_nothing_are_refused() {
    for path in [A, NEAR_A, VOID] {
        let honest = abc().prove(&path);
        let (root, value) = (abc().root(), abc().value(&path));
        let depth = honest.siblings.len();
        let below = proof(honest.terminal, &[&honest.siblings, &[EMPTY][..]].concat());
        assert_eq!(below.verify_path(&root, &path, value.as_ref()), Err(ProofError::Lone { depth }));
        let above = proof(honest.terminal, &[&[EMPTY][..], &honest.siblings].concat());
        assert!(above.verify_path(&root, &path, value.as_ref()).is_err());
    }
}

#[test]
fn an_end_one_level_higher_or_lower_is_refused() {
    for path in [A, B, C, NEAR_A, VOID] {
        let honest = abc().prove(&path);
        let (root, value) = (abc().root(), abc().value(&path));
        let (_, above) = honest.siblings.split_last().unwrap();
        let refused = proof(honest.terminal, above).verify_path(&root, &path, value.as_ref());
        assert!(refused.is_err(), "higher: {refused:?}");
        let mut lower = honest.siblings.to_vec();
        lower.insert(1, branch(&leaf_of(A), &leaf_of(B)));
        let refused = proof(honest.terminal, &lower).verify_path(&root, &path, value.as_ref());
        assert!(refused.is_err(), "lower: {refused:?}");
    }
}

#[test]
fn a_branch_over_one_entry_or_none_is_refused_even_under_a_root_that_has_it() {
    for (terminal, claim, end, sibling) in [
        (Terminal::Own, Some(value(&A)), leaf_of(A), EMPTY),
        (other(A), None, leaf_of(A), EMPTY),
        (Terminal::Empty, None, EMPTY, EMPTY),
        (Terminal::Empty, None, EMPTY, leaf_of(B)),
    ] {
        let path = if terminal == other(A) { NEAR_A } else { A };
        let siblings = [leaf_of(C), EMPTY, sibling];
        let root = led_to(end, &path, &siblings);
        let refused = proof(terminal, &siblings).verify_path(&root, &path, claim.as_ref());
        assert_eq!(refused, Err(ProofError::Lone { depth: 2 }), "{terminal:?} beside {sibling}");
    }
}

#[test]
fn a_branch_below_the_last_bit_is_refused_even_under_a_root_that_has_it() {
    let below = branch(&leaf_of(B), &leaf_of(C));
    for (terminal, claim, end) in
        [(Terminal::Own, Some(value(&A)), leaf_of(A)), (Terminal::Empty, None, EMPTY)]
    {
        let siblings = [below; PATH_BITS];
        let root = led_to(end, &A, &siblings);
        let refused = proof(terminal, &siblings).verify_path(&root, &A, claim.as_ref());
        assert_eq!(refused, Err(ProofError::TooDeep { depth: 256 }), "{terminal:?}");
        // One level higher there is room for it.
        let siblings = [below; PATH_BITS - 1];
        let root = led_to(end, &A, &siblings);
        assert_eq!(proof(terminal, &siblings).verify_path(&root, &A, claim.as_ref()), Ok(()), "{terminal:?}");
    }
}

#[test]
fn another_entry_has_no_place_where_the_keys_last_bit_is_used_up() {
    // 256 bits in common are the path itself.
    let mut twin = A;
    twin.0[31] ^= 1;
    let siblings = [leaf_of(B); PATH_BITS];
    let refused = proof(other(twin), &siblings).verify_path(&abc().root(), &A, None);
    assert_eq!(refused, Err(ProofError::OffPath { shared: 255, depth: 256 }));
}

#[test]
fn a_key_or_a_path_longer_than_any_does_not_fit_a_proof() {
    assert!(StateKey::try_from(vec![0; 33 + 256]).is_ok());
    assert!(StateKey::try_from(vec![0; 33 + 257]).is_err());
    assert!(List::<Hash, PATH_BITS>::try_from(vec![EMPTY; PATH_BITS + 1]).is_err());
}
