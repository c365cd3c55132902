//! Values of any type in an interface, drawn so that calls meet: few addresses, small numbers, and the ends of types.
//!
//! A value is its encoding. Shrinking goes towards the first user, short lists and small numbers.

use std::fmt::Debug;

use lockstep_abi::{
    Address,
    schema::{Field, Type},
};
use proptest::{
    collection::vec,
    num,
    prelude::*,
    sample::select,
    strategy::{NewTree, Union, ValueTree},
    test_runner::TestRunner,
};

/// The encoding of some value.
pub(super) type Encoded = BoxedStrategy<Vec<u8>>;

/// What values are drawn from, beside what their types suggest.
#[derive(Debug, Clone, Default)]
pub(super) struct Pools {
    /// Who calls.
    pub(super) users: Vec<Address>,
    /// Those who only occur: contracts and nobody.
    pub(super) others: Vec<Address>,
    pub(super) numbers: Vec<u128>,
    pub(super) texts: Vec<String>,
}

impl Pools {
    /// The values of several fields, each by itself.
    pub(super) fn fields(&self, fields: &[Field]) -> Vec<Encoded> {
        fields.iter().map(|field| self.value(&field.ty)).collect()
    }

    fn value(&self, ty: &Type) -> Encoded {
        match ty {
            Type::Unit => Just(Vec::new()).boxed(),
            Type::Bool => (0..=1_u8).prop_map(|bit| vec![bit]).boxed(),
            Type::U8 => self.unsigned(1),
            Type::U16 => self.unsigned(2),
            Type::U32 => self.unsigned(4),
            Type::U64 | Type::Time => self.unsigned(8),
            Type::U128 | Type::Amount => self.unsigned(16),
            Type::I8 => self.signed(1),
            Type::I16 => self.signed(2),
            Type::I32 => self.signed(4),
            Type::I64 => self.signed(8),
            Type::I128 => self.signed(16),
            Type::String => self.text(),
            Type::Bytes => vec(any::<u8>(), 0..9).prop_map(|bytes| counted(bytes.len(), &[bytes])).boxed(),
            Type::FixedBytes(length) => filled(*length),
            Type::Hash => filled(32),
            Type::Address => {
                let (users, others) = (select(self.users.clone()), select(self.others.clone()));
                prop_oneof![8 => users, 1 => others].prop_map(|address| address.0.to_vec()).boxed()
            }
            Type::Option(inner) => {
                let some = self.value(inner).prop_map(|value| [&[1], &*value].concat());
                prop_oneof![1 => Just(vec![0]), 2 => some].boxed()
            }
            Type::List(inner) => {
                vec(self.value(inner), 0..4).prop_map(|values| counted(values.len(), &values)).boxed()
            }
            Type::Tuple(types) => row(types.iter().map(|ty| self.value(ty)).collect()),
            Type::Struct { fields, .. } => row(self.fields(fields)),
            Type::Enum { variants, .. } => {
                let variants = (0..=u8::MAX).zip(variants).map(|(number, variant)| {
                    row(self.fields(&variant.fields))
                        .prop_map(move |fields| [&[number], &*fields].concat())
                        .boxed()
                });
                Union::new(variants).boxed()
            }
        }
    }

    /// A number of so many bytes.
    pub(super) fn unsigned(&self, bytes: usize) -> Encoded {
        let max = u128::MAX >> (128 - 8 * bytes);
        let given = self.numbers.iter().copied().filter(|number| *number <= max).collect();
        let ends = vec![max / 2, max / 2 + 1, max - 1, max];
        let drawn = one_of((0..=9_u128).boxed(), given, ends, (0..=max).boxed());
        Shrinking(drawn, num::u128::BinarySearch::new)
            .prop_map(move |number| number.to_le_bytes()[..bytes].to_vec())
            .boxed()
    }

    fn signed(&self, bytes: usize) -> Encoded {
        let (min, max) = (i128::MIN >> (128 - 8 * bytes), i128::MAX >> (128 - 8 * bytes));
        let given = self.numbers.iter().filter_map(|number| i128::try_from(*number).ok());
        let given = given.filter(|number| *number <= max).collect();
        let ends = vec![min, min + 1, max - 1, max];
        let drawn = one_of((-3..=9_i128).boxed(), given, ends, (min..=max).boxed());
        Shrinking(drawn, num::i128::BinarySearch::new)
            .prop_map(move |number| number.to_le_bytes()[..bytes].to_vec())
            .boxed()
    }

    fn text(&self) -> Encoded {
        // Letters of one to four bytes, and one that terminates a key.
        let letter = select(vec!['a', 'b', 'Z', '-', '\0', 'ß', '字', '🦀']);
        let drawn = vec(letter, 0..5).prop_map(String::from_iter).boxed();
        let mut ways = vec![(1, drawn)];
        if !self.texts.is_empty() {
            ways.push((2, select(self.texts.clone()).boxed()));
        }
        Union::new_weighted(ways).prop_map(|text: String| counted(text.len(), &[text.into_bytes()])).boxed()
    }
}

/// Mostly small numbers and given ones, now and then one at an end, now and then any.
fn one_of<T: Clone + Debug + 'static>(
    small: BoxedStrategy<T>,
    given: Vec<T>,
    ends: Vec<T>,
    any: BoxedStrategy<T>,
) -> BoxedStrategy<T> {
    let mut ways = vec![(6, small), (1, select(ends).boxed()), (1, any)];
    if !given.is_empty() {
        ways.push((4, select(given).boxed()));
    }
    Union::new_weighted(ways).boxed()
}

/// Numbers that shrink towards 0 from wherever they were drawn, which a choice among some does not.
#[derive(Debug)]
struct Shrinking<T, Tree>(BoxedStrategy<T>, fn(T) -> Tree);

impl<T: Debug, Tree: ValueTree<Value = T> + Debug> Strategy for Shrinking<T, Tree> {
    type Tree = Tree;
    type Value = T;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let Self(drawn, shrinking) = self;
        Ok(shrinking(drawn.new_tree(runner)?.current()))
    }
}

/// Few values of many bytes, so that two are often the same.
fn filled(length: u32) -> Encoded {
    (0..4_u8).prop_map(move |byte| vec![byte; length as usize]).boxed()
}

/// Values one after the other.
fn row(values: Vec<Encoded>) -> Encoded {
    values.prop_map(|values| values.concat()).boxed()
}

/// A list with its length before it.
fn counted(count: usize, parts: &[Vec<u8>]) -> Vec<u8> {
    let count = u32::try_from(count).expect("a short list");
    [&count.to_le_bytes(), &*parts.concat()].concat()
}

#[cfg(test)]
mod tests {
    use lockstep_abi::schema::Variant;

    use super::*;

    fn everything() -> Type {
        let field = |(index, ty)| Field { name: format!("field{index}"), ty };
        let plain = [Type::PLAIN, &[Type::FixedBytes(20)]].concat();
        let fields: Vec<Field> = plain.into_iter().enumerate().map(field).collect();
        let variants = vec![
            Variant { name: "None".into(), fields: vec![] },
            Variant { name: "All".into(), fields: fields.clone() },
        ];
        let nested = Type::Enum { name: "Enum".into(), variants };
        Type::Tuple(vec![
            Type::Struct { name: "Struct".into(), fields },
            Type::Option(Box::new(Type::List(Box::new(nested)))),
        ])
    }

    /// The VM holds results to their types by the same judge.
    #[test]
    fn what_is_drawn_is_a_value_of_its_type_and_stays_one_when_it_shrinks() {
        let pools = Pools {
            users: vec![Address([1; 32])],
            others: vec![Address([0; 32])],
            numbers: vec![0, 300, u128::MAX],
            texts: vec!["x".into()],
        };
        let ty = everything();
        let mut runner = TestRunner::deterministic();
        for _ in 0..200 {
            let mut tree = pools.value(&ty).new_tree(&mut runner).unwrap();
            for _ in 0..50 {
                assert!(ty.fits(&tree.current()));
                if !tree.simplify() {
                    break;
                }
            }
        }
    }

    #[test]
    fn numbers_are_small_or_given_or_at_an_end() {
        let pools = Pools { numbers: vec![300, 1_000], ..Pools::default() };
        let mut runner = TestRunner::deterministic();
        let drawn: Vec<u16> = (0..500)
            .map(|_| {
                let bytes = pools.unsigned(2).new_tree(&mut runner).unwrap().current();
                u16::from_le_bytes(bytes.try_into().unwrap())
            })
            .collect();
        for number in [0, 9, 300, 1_000, u16::MAX / 2, u16::MAX] {
            assert!(drawn.contains(&number), "{number}");
        }
    }
}
