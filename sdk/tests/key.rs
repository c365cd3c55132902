//! Keys sort as their values do, none begins another, and each reads back.

use std::fmt::Debug;

use lockstep_sdk::{
    Key, KeyPrefix,
    abi::{Address, Amount, Hash, Height, Time},
    codec::{Input, Malformed, Output},
};
use proptest::{collection::vec, prelude::*};

struct Bytes(Vec<u8>);

impl Output for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

fn bytes(key: &impl Key) -> Vec<u8> {
    let mut out = Bytes(Vec::new());
    key.encode_key(&mut out);
    out.0
}

/// The key that all of `bytes` are.
fn read<K: Key>(bytes: &[u8]) -> Result<K, Malformed> {
    let mut input = Input::new(bytes);
    let key = K::decode_key(&mut input)?;
    if input.is_empty() { Ok(key) } else { Err(Malformed) }
}

/// What is not the form of a key is not read as one.
fn has_one_form<K: Key + Debug>(found: &[u8]) {
    if let Ok(key) = read::<K>(found) {
        assert_eq!(bytes(&key), found, "{key:?}");
    }
}

fn begins<K: Key, P: KeyPrefix<K> + ?Sized>(key: &K, prefix: &P) -> bool {
    let mut out = Bytes(Vec::new());
    prefix.encode_prefix(&mut out);
    bytes(key).starts_with(&out.0)
}

fn sorted<K: Key + Ord + Debug>(a: &K, b: &K) {
    let (left, right) = (bytes(a), bytes(b));
    assert_eq!(read::<K>(&left).as_ref(), Ok(a));
    assert_eq!(read::<K>(&right).as_ref(), Ok(b));
    assert_eq!(left.cmp(&right), a.cmp(b), "{a:?} {b:?}");
    assert!(a == b || !left.starts_with(&right), "{b:?} begins {a:?}");
    assert!(a == b || !right.starts_with(&left), "{a:?} begins {b:?}");
}

/// Short texts of few letters, among them the two that are escaped: most pairs share a beginning.
fn text() -> impl Strategy<Value = String> {
    vec(prop_oneof![Just('\0'), Just('\u{1}'), Just('\u{2}'), Just('a'), any::<char>()], 0..5)
        .prop_map(|letters| letters.into_iter().collect())
}

proptest! {
    #[test]
    fn integers_sort(
        unsigned: [(u8, u16, u32, u64, u128); 2],
        signed: [(i8, i16, i32, i64, i128); 2],
    ) {
        let [a, b] = unsigned;
        sorted(&a, &b);
        sorted(&a.4, &b.4);
        let [a, b] = signed;
        sorted(&a, &b);
        sorted(&a.1, &b.1);
        sorted(&a.4, &b.4);
    }

    #[test]
    fn signed_integers_sort_around_zero(a in -3_i32..3, b in -3_i32..3) {
        sorted(&a, &b);
    }

    #[test]
    fn the_chains_own_types_sort(a: [u8; 32], b: [u8; 32], amounts: [u128; 2], heights: [u64; 2], times: [u64; 2]) {
        sorted(&a, &b);
        sorted(&Address(a), &Address(b));
        sorted(&Hash(a), &Hash(b));
        sorted(&Amount(amounts[0]), &Amount(amounts[1]));
        sorted(&Height(heights[0]), &Height(heights[1]));
        sorted(&Time(times[0]), &Time(times[1]));
    }

    #[test]
    fn texts_and_bytes_sort(a in text(), b in text()) {
        sorted(&a, &b);
        sorted(&a.into_bytes(), &b.into_bytes());
    }

    #[test]
    fn what_follows_a_text_never_runs_into_it(a in (text(), any::<u8>()), b in (text(), any::<u8>())) {
        sorted(&a, &b);
    }

    #[test]
    fn options_and_tuples_sort(
        a in (any::<bool>(), proptest::option::of(text()), 0..2_u8),
        b in (any::<bool>(), proptest::option::of(text()), 0..2_u8),
    ) {
        sorted(&a, &b);
    }

    #[test]
    fn every_key_has_one_form(bytes in vec(prop_oneof![3 => 0..4_u8, 1 => any::<u8>()], 0..20)) {
        has_one_form::<(u8, i16)>(&bytes);
        has_one_form::<bool>(&bytes);
        has_one_form::<String>(&bytes);
        has_one_form::<(Vec<u8>, Option<u8>)>(&bytes);
        has_one_form::<Option<(bool, Vec<u8>)>>(&bytes);
    }

    #[test]
    fn a_text_begins_with_its_first_letters_and_no_others(text in text(), other in text()) {
        prop_assert_eq!(begins(&text, other.as_str()), text.starts_with(&other));
        let (text, other) = (text.into_bytes(), other.into_bytes());
        prop_assert_eq!(begins(&text, other.as_slice()), text.starts_with(&other));
    }

    #[test]
    fn a_tuple_begins_with_its_first_parts_and_no_others(
        key in (text(), 0..2_u8, any::<bool>(), 0..2_i64), other in (text(), 0..2_u8, any::<bool>()),
    ) {
        let (a, b, c, _) = key.clone();
        prop_assert_eq!(begins(&key, &other.0), a == other.0);
        prop_assert_eq!(begins(&key, &(other.0.clone(), other.1)), (&a, b) == (&other.0, other.1));
        prop_assert_eq!(begins(&key, &other), (&a, b, c) == (&other.0, other.1, other.2));
        prop_assert_eq!(begins(&(a.clone(), b), &other.0), a == other.0);
    }
}
