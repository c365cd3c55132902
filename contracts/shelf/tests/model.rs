//! Each kind of storage in the real VM against a collection of the standard library, step for step.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Bound,
};

use lockstep_testing::{Execution, World, build};
use proptest::{collection::vec, prelude::*};
use shelf::{Answer, Limit, Place, Step};

/// What the contract should do.
#[derive(Default)]
struct Model {
    books: BTreeMap<Place, u16>,
    tags: BTreeSet<Vec<u8>>,
    pile: Vec<String>,
    line: VecDeque<u64>,
}

impl Model {
    fn step(&mut self, step: Step) -> Answer {
        let Self { books, tags, pile, line } = self;
        match step {
            Step::Put(place, copies) => {
                books.insert(place, copies);
                Answer::Done
            }
            Step::Add(place, copies) => {
                let have = books.entry(place).or_default();
                *have = have.wrapping_add(copies);
                Answer::Number(Some((*have).into()))
            }
            Step::Take(place) => {
                books.remove(&place);
                Answer::Changed(false)
            }
            Step::Find(place) => Answer::Number(books.get(&place).map(|copies| (*copies).into())),
            Step::Scan { from, to, page: _, ends } => {
                let (from, to) = (bound(from), bound(to));
                if is_empty(&from, &to) {
                    return Answer::Books(vec![]);
                }
                let mut range = books.range((from, to));
                let next = |from_end| if from_end { range.next_back() } else { range.next() };
                Answer::Books(ends.into_iter().map_while(next).map(owned).collect())
            }
            Step::Floor(floor) => {
                Answer::Books(books.iter().filter(|((of, _), _)| *of == floor).map(owned).collect())
            }
            Step::Ends => {
                let ends = books.first_key_value().into_iter().chain(books.last_key_value());
                Answer::Books(ends.map(owned).collect())
            }
            Step::Tag(tag) => Answer::Changed(tags.insert(tag)),
            Step::Untag(tag) => Answer::Changed(tags.remove(&tag)),
            Step::Tags(beginning) => {
                Answer::Tags(tags.iter().filter(|tag| tag.starts_with(&beginning)).cloned().collect())
            }
            Step::Pile(text) => {
                pile.push(text);
                Answer::Number(Some(pile.len() as u64 - 1))
            }
            Step::Unpile => Answer::Text(pile.pop()),
            Step::Swap(index, text) => {
                Answer::Text(pile.get_mut(index as usize).map(|old| std::mem::replace(old, text)))
            }
            Step::Pull(index) => {
                let is_there = (index as usize) < pile.len();
                Answer::Text(is_there.then(|| pile.swap_remove(index as usize)))
            }
            Step::Piled => Answer::Texts(pile.iter().rev().cloned().collect(), pile.len() as u32),
            Step::Come(number) => {
                line.push_back(number);
                Answer::Changed(true)
            }
            Step::Leave => Answer::Number(line.pop_front()),
            Step::Line => {
                Answer::Numbers(line.iter().copied().collect(), line.len() as u64, line.front().copied())
            }
        }
    }
}

fn owned((place, copies): (&Place, &u16)) -> (Place, u16) {
    (place.clone(), *copies)
}

fn bound(limit: Limit) -> Bound<Place> {
    match limit {
        Limit::None => Bound::Unbounded,
        Limit::With(place) => Bound::Included(place),
        Limit::Without(place) => Bound::Excluded(place),
    }
}

/// Whether a `BTreeMap` would panic: it asks that the bounds are in order.
fn is_empty(from: &Bound<Place>, to: &Bound<Place>) -> bool {
    let (Bound::Included(a) | Bound::Excluded(a)) = from else { return false };
    let (Bound::Included(b) | Bound::Excluded(b)) = to else { return false };
    a > b || a == b && !matches!((from, to), (Bound::Included(_), Bound::Included(_)))
}

/// Few places, so that steps meet: floors around zero and at both ends, titles that begin each other and have the
/// letters that keys escape.
fn place() -> impl Strategy<Value = Place> {
    let floor = prop::sample::select(vec![i8::MIN, -1, 0, 1, i8::MAX]);
    let letter = prop::sample::select(vec!['\0', '\u{1}', 'a', 'ÿ']);
    (floor, vec(letter, 0..3).prop_map(|letters| letters.into_iter().collect()))
}

fn limit() -> impl Strategy<Value = Limit> {
    prop_oneof![Just(Limit::None), place().prop_map(Limit::With), place().prop_map(Limit::Without)]
}

fn tag() -> impl Strategy<Value = Vec<u8>> {
    vec(prop::sample::select(vec![0, 1, 2, 0xfe, 0xff]), 0..4)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (place(), any::<u16>()).prop_map(|(place, copies)| Step::Put(place, copies)),
        1 => (place(), any::<u16>()).prop_map(|(place, copies)| Step::Add(place, copies)),
        2 => place().prop_map(Step::Take),
        1 => place().prop_map(Step::Find),
        4 => (limit(), limit(), 0..4_u32, vec(any::<bool>(), 0..12))
            .prop_map(|(from, to, page, ends)| Step::Scan { from, to, page, ends }),
        1 => (-1..2_i8).prop_map(Step::Floor),
        1 => Just(Step::Ends),
        3 => tag().prop_map(Step::Tag),
        1 => tag().prop_map(Step::Untag),
        2 => tag().prop_map(Step::Tags),
        3 => "[a-c]{0,3}".prop_map(Step::Pile),
        1 => Just(Step::Unpile),
        1 => (0..4_u32, "[x-z]{0,3}").prop_map(|(index, text)| Step::Swap(index, text)),
        1 => (0..4_u32).prop_map(Step::Pull),
        1 => Just(Step::Piled),
        3 => any::<u64>().prop_map(Step::Come),
        2 => Just(Step::Leave),
        1 => Just(Step::Line),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn storage_does_what_the_standard_library_does(runs in vec(vec(step(), 1..40), 1..4)) {
        let (mut world, [alice]) = World::with_users(["alice"]);
        world.set_execution::<shelf::Shelf>(&build!(), Execution::Compared);
        let shelf = world.deploy(&alice, &build!(), &()).unwrap();
        let mut model = Model::default();
        // In several transactions, so that what one has written is read from the state by the next.
        for steps in runs {
            let expected: Vec<Answer> = steps.iter().cloned().map(|step| model.step(step)).collect();
            let done = world.call(&alice, shelf, "run", &steps).unwrap();
            prop_assert_eq!(done.value::<Vec<Answer>>(), expected, "{:?}", steps);
        }
    }
}
