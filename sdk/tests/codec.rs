//! The own codec against the borsh crate: the same bytes out, the same judgement in.

use std::fmt::Debug;

use borsh::{BorshDeserialize, BorshSerialize};
use lockstep_sdk::{
    abi::{Address, Amount, Hash, Height, Time},
    codec::{self, Data, Encode, Malformed},
    prelude::Data,
};
use proptest::{collection::vec, prelude::*};

#[derive(Data, BorshSerialize, BorshDeserialize, Debug, Clone, PartialEq)]
struct Named {
    a: u8,
    text: String,
    list: Vec<u16>,
    maybe: Option<(i64, bool)>,
}

#[derive(Data, BorshSerialize, BorshDeserialize, Debug, Clone, PartialEq)]
struct Wrapper(u128);

#[derive(Data, BorshSerialize, BorshDeserialize, Debug, Clone, PartialEq)]
struct Unit;

#[derive(Data, BorshSerialize, BorshDeserialize, Debug, Clone, PartialEq)]
struct Generic<T>(T, Vec<T>);

#[derive(Data, BorshSerialize, BorshDeserialize, Debug, Clone, PartialEq)]
enum Shape {
    Empty,
    Numbered(u32, [i16; 3]),
    Named { inner: Named },
}

#[derive(Data, BorshSerialize, BorshDeserialize, Debug, Clone, Copy, PartialEq)]
enum Bare {
    A,
    B,
}

#[derive(Data, BorshSerialize, BorshDeserialize, Debug, Clone, PartialEq)]
struct Row(u8, String, [Bare; 2]);

#[derive(Data, BorshSerialize, BorshDeserialize, Debug, Clone, PartialEq)]
enum Choice<T, const N: usize> {
    One(T),
    Many { first: T, rest: Vec<T> },
    Fixed([T; N]),
    Nothing(Unit, ()),
}

/// Every type that can be a field, and types inside types.
#[derive(Data, BorshSerialize, BorshDeserialize, Debug, Clone, PartialEq)]
struct Everything {
    unsigned: (u8, u16, u32, u64, u128),
    signed: (i8, i16, i32, i64, i128),
    flags: [bool; 3],
    bytes: Vec<u8>,
    fixed: [u8; 20],
    own: (Address, Hash, Amount, Height, Time),
    unit: Unit,
    wrapper: Wrapper,
    row: Row,
    inner: Named,
    shapes: Vec<Shape>,
    choice: Choice<Option<Named>, 2>,
    maybe: Option<Option<Vec<Bare>>>,
    lists: Vec<Vec<(Bare, Option<String>)>>,
    array: [Vec<Wrapper>; 2],
    none: [u64; 0],
}

#[derive(Data, BorshSerialize, BorshDeserialize, Debug, Clone, Copy, PartialEq)]
enum Widest {
    Pair(u8, u64),
    Address { of: Address },
    Nothing,
}

/// Both codecs write `value` alike, and both read it back.
fn agree<T: Data + BorshSerialize + BorshDeserialize + PartialEq + Debug>(value: &T) {
    let theirs = borsh::to_vec(value).expect("memory is written");
    assert_eq!(codec::encode(value), theirs, "{value:?}");
    assert_eq!(codec::decode::<T>(&theirs).as_ref(), Ok(value));
    if let Some(size) = T::SIZE {
        assert_eq!(size, theirs.len(), "{value:?}");
        assert_eq!(T::MAX_SIZE, Some(size));
    }
    if let Some(max) = T::MAX_SIZE {
        assert!(theirs.len() <= max, "{value:?}");
    }
}

/// Both codecs judge `bytes` alike.
fn judge<T: Data + BorshSerialize + BorshDeserialize + PartialEq + Debug>(bytes: &[u8]) {
    assert_eq!(codec::decode::<T>(bytes).ok(), borsh::from_slice::<T>(bytes).ok(), "{bytes:x?}");
}

fn named() -> impl Strategy<Value = Named> {
    (any::<u8>(), any::<String>(), any::<Vec<u16>>(), any::<Option<(i64, bool)>>())
        .prop_map(|(a, text, list, maybe)| Named { a, text, list, maybe })
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Empty),
        any::<(u32, [i16; 3])>().prop_map(|(number, rest)| Shape::Numbered(number, rest)),
        named().prop_map(|inner| Shape::Named { inner }),
    ]
}

fn bare() -> impl Strategy<Value = Bare> {
    prop_oneof![Just(Bare::A), Just(Bare::B)]
}

fn row() -> impl Strategy<Value = Row> {
    (any::<u8>(), any::<String>(), [bare(), bare()]).prop_map(|(number, text, ends)| Row(number, text, ends))
}

fn choice<T: Debug + Clone, S: Strategy<Value = T> + Clone>(of: S) -> impl Strategy<Value = Choice<T, 2>> {
    prop_oneof![
        of.clone().prop_map(Choice::One),
        (of.clone(), vec(of.clone(), 0..3)).prop_map(|(first, rest)| Choice::Many { first, rest }),
        [of.clone(), of].prop_map(Choice::Fixed),
        Just(Choice::Nothing(Unit, ())),
    ]
}

fn everything() -> impl Strategy<Value = Everything> {
    let maybe_named = proptest::option::of(named().boxed()).boxed();
    let numbers = (any::<(u8, u16, u32, u64, u128)>(), any::<(i8, i16, i32, i64, i128)>());
    let plain = (numbers, any::<[bool; 3]>(), any::<Vec<u8>>(), any::<[u8; 20]>());
    let own = any::<([u8; 32], [u8; 32], u128, u64, u64)>();
    let derived = (any::<u128>(), row(), named(), vec(shape(), 0..3), choice(maybe_named));
    let lists = (
        proptest::option::of(proptest::option::of(vec(bare(), 0..4))),
        vec(vec((bare(), any::<Option<String>>()), 0..3), 0..3),
        any::<[Vec<u128>; 2]>(),
    );
    (plain, own, derived, lists).prop_map(|(plain, own, derived, lists)| {
        let ((unsigned, signed), flags, bytes, fixed) = plain;
        let (wrapper, row, inner, shapes, choice) = derived;
        let (maybe, lists, array) = lists;
        Everything {
            unsigned,
            signed,
            flags,
            bytes,
            fixed,
            own: (Address(own.0), Hash(own.1), Amount(own.2), Height(own.3), Time(own.4)),
            unit: Unit,
            wrapper: Wrapper(wrapper),
            row,
            inner,
            shapes,
            choice,
            maybe,
            lists,
            array: array.map(|numbers| numbers.into_iter().map(Wrapper).collect()),
            none: [],
        }
    })
}

/// Bytes that are often almost a value: mostly small numbers, so that lengths and tags make sense.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![3 => 0..4_u8, 1 => any::<u8>()], 0..48)
}

proptest! {
    #[test]
    fn integers_and_booleans_are_written_as_borsh_does(
        unsigned: (u8, u16, u32, u64, u128),
        signed: (i8, i16, i32, i64, i128),
        yes: bool,
    ) {
        agree(&unsigned);
        agree(&signed);
        agree(&yes);
        agree(&(yes,));
        agree(&());
    }

    #[test]
    fn texts_lists_and_arrays_are_written_as_borsh_does(
        text: String,
        bytes: Vec<u8>,
        lists in vec(vec(".{0,8}", 0..4), 0..4),
        fixed: [u8; 32],
        array: [u64; 3],
        texts: [String; 2],
        maybe: Option<Option<u32>>,
    ) {
        agree(&text);
        agree(&bytes);
        agree(&lists);
        agree(&fixed);
        agree(&array);
        agree(&texts);
        agree(&maybe);
        agree(&(text, bytes, lists, fixed, array, maybe));
    }

    #[test]
    fn the_chains_own_types_are_written_as_borsh_does(bytes: [u8; 32], amount: u128, height: u64, time: u64) {
        agree(&Address(bytes));
        agree(&Hash(bytes));
        agree(&Amount(amount));
        agree(&Height(height));
        agree(&Time(time));
    }

    #[test]
    fn derived_types_are_written_as_borsh_does(
        inner in named(),
        shape in shape(),
        shapes in vec(shape(), 0..4),
        number: u128,
    ) {
        agree(&inner);
        agree(&shape);
        agree(&Generic(shape, shapes));
        agree(&Wrapper(number));
        agree(&Unit);
        agree(&Some(Bare::A));
        agree(&[(number, None), (1, Some(number))]);
        agree(&Bare::A);
        agree(&Bare::B);
        agree(&Widest::Pair(7, number as u64));
        agree(&Widest::Address { of: Address([9; 32]) });
        agree(&Widest::Nothing);
    }

    #[test]
    fn types_inside_types_are_written_as_borsh_does(everything in everything(), shapes in vec(shape(), 8)) {
        agree(&everything);
        agree(&Some(vec![(everything, Bare::B)]));
        // As many as a method has arguments.
        let [a, b, c, d, e, f, g, h] = <[Shape; 8]>::try_from(shapes).unwrap();
        agree(&(a.clone(), b.clone(), c.clone(), d.clone(), e.clone(), f.clone()));
        agree(&(a.clone(), b.clone(), c.clone(), d.clone(), e.clone(), f.clone(), g.clone()));
        agree(&(a, b, c, d, e, f, g, h));
    }

    /// One byte of a value is another, or the value ends early: both see a value there, and the same one, or neither.
    #[test]
    fn damaged_values_are_refused_where_borsh_refuses_them(
        everything in everything(),
        damage in vec((any::<prop::sample::Index>(), prop_oneof![0..4_u8, any::<u8>()]), 32),
    ) {
        let bytes = borsh::to_vec(&everything).expect("memory is written");
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            judge::<Everything>(&bytes[..at]);
            let mut damaged = bytes.clone();
            damaged[at] = byte;
            judge::<Everything>(&damaged);
        }
    }

    #[test]
    fn references_and_slices_are_written_as_what_they_refer_to(text: String, list: Vec<u32>) {
        prop_assert_eq!(codec::encode(text.as_str()), codec::encode(&text));
        prop_assert_eq!(codec::encode(list.as_slice()), codec::encode(&list));
        prop_assert_eq!(codec::encode(&(&text, &list)), codec::encode(&(text, list)));
    }

    #[test]
    fn malformed_bytes_are_refused_where_borsh_refuses_them(bytes in bytes()) {
        judge::<(u8, u16, u32)>(&bytes);
        judge::<bool>(&bytes);
        judge::<Option<u8>>(&bytes);
        judge::<String>(&bytes);
        judge::<Vec<u8>>(&bytes);
        judge::<Vec<(bool, String)>>(&bytes);
        judge::<[Option<u16>; 2]>(&bytes);
        judge::<Named>(&bytes);
        judge::<Shape>(&bytes);
        judge::<Bare>(&bytes);
        judge::<Generic<Shape>>(&bytes);
        judge::<Row>(&bytes);
        judge::<Choice<Bare, 3>>(&bytes);
        judge::<(Unit, Wrapper)>(&bytes);
        judge::<(bool, Bare, Option<Bare>, u8, Bare, bool, [Bare; 2], Option<bool>)>(&bytes);
    }
}

#[test]
fn a_length_that_was_not_sent_allocates_nothing() {
    let claim = u32::MAX.to_le_bytes();
    assert_eq!(codec::decode::<Vec<u64>>(&claim), Err(Malformed));
    assert_eq!(codec::decode::<Vec<u8>>(&claim), Err(Malformed));
    assert_eq!(codec::decode::<String>(&claim), Err(Malformed));
}

#[test]
fn the_longest_value_is_known_where_there_is_one() {
    assert_eq!(<Option<[Option<u8>; 3]>>::MAX_SIZE, Some(7));
    assert_eq!(<(Option<Address>, Bare)>::MAX_SIZE, Some(34));
    assert_eq!(Widest::MAX_SIZE, Some(33));
    assert_eq!(<Choice<Widest, 2>>::MAX_SIZE, None);
    assert_eq!(Shape::MAX_SIZE, None);
    assert_eq!(String::MAX_SIZE, None);
}

#[test]
fn bytes_left_over_are_refused() {
    assert_eq!(codec::decode::<u8>(&[1]), Ok(1));
    assert_eq!(codec::decode::<u8>(&[1, 0]), Err(Malformed));
}
