//! Keys sort as their values do, and none begins another.

use std::fmt::Debug;

use lockstep_sdk::{
    Key,
    abi::{Address, Amount, Hash, Height},
    codec::Output,
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

fn sorted<K: Key + Ord + Debug>(a: &K, b: &K) {
    let (left, right) = (bytes(a), bytes(b));
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
    fn the_chains_own_types_sort(a: [u8; 32], b: [u8; 32], amounts: [u128; 2], heights: [u64; 2]) {
        sorted(&a, &b);
        sorted(&Address(a), &Address(b));
        sorted(&Hash(a), &Hash(b));
        sorted(&Amount(amounts[0]), &Amount(amounts[1]));
        sorted(&Height(heights[0]), &Height(heights[1]));
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
}
