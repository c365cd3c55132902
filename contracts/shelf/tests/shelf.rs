//! What the model does not reach: long scans, and the limits.

use lockstep_abi::{Address, Halt};
use lockstep_testing::{Execution, Failure, User, World, build};
use shelf::{Answer, Limit, Place, Step};

fn shelf() -> (World, Address, User) {
    let (mut world, [alice]) = World::with_users(["alice"]);
    world.set_execution::<shelf::Shelf>(&build!(), Execution::Compared);
    let shelf = world.deploy(&alice, &build!(), &()).unwrap();
    (world, shelf, alice)
}

fn run(world: &mut World, shelf: Address, alice: &User, steps: Vec<Step>) -> Result<Vec<Answer>, Failure> {
    world.call(alice, shelf, "run", &steps).map(|done| done.value())
}

fn book(number: u16) -> (Place, u16) {
    ((i8::try_from(number % 100).unwrap(), format!("{number:05}")), number)
}

#[test]
fn a_scan_of_several_pages_finds_each_entry_once_from_either_end() {
    let (mut world, shelf, alice) = shelf();
    let mut books: Vec<(Place, u16)> = (0..600).map(book).collect();
    for part in books.chunks(100) {
        let steps = part.iter().map(|(place, copies)| Step::Put(place.clone(), *copies)).collect();
        run(&mut world, shelf, &alice, steps).unwrap();
    }
    books.sort();
    for (page, from_end) in [(0, false), (7, true), (256, false), (10_000, true)] {
        let scan = Step::Scan { from: Limit::None, to: Limit::None, page, ends: vec![from_end; 700] };
        let answer = run(&mut world, shelf, &alice, vec![scan]).unwrap();
        let mut expected = books.clone();
        if from_end {
            expected.reverse();
        }
        assert_eq!(answer, [Answer::Books(expected)], "pages of {page}");
    }
    let floors: Vec<(Place, u16)> = world.query(shelf, "floors", &(3_i8, 5_i8)).unwrap();
    assert_eq!(floors, books[18..36]);
}

#[test]
fn a_key_of_256_bytes_is_found_by_scans_and_a_longer_one_is_refused() {
    let (mut world, shelf, alice) = shelf();
    // Slot 4, floor 1, the text, its end 1.
    let longest = || (5_i8, "x".repeat(250));
    let scan = || Step::Scan {
        from: Limit::With(longest()),
        to: Limit::With(longest()),
        page: 1,
        ends: vec![false, true],
    };
    let answers = run(&mut world, shelf, &alice, vec![Step::Put(longest(), 9), scan()]).unwrap();
    assert_eq!(answers[1], Answer::Books(vec![(longest(), 9)]));
    let longer = Step::Put((5, "x".repeat(251)), 9);
    let failure = run(&mut world, shelf, &alice, vec![longer]).unwrap_err();
    assert_eq!(failure, Failure::Halted(Halt::Unreachable));
}

#[test]
fn a_call_that_stops_keeps_nothing_of_what_it_wrote() {
    let (mut world, shelf, alice) = shelf();
    let before = world.query::<Vec<(Place, u16)>>(shelf, "floors", &(0_i8, 9_i8)).unwrap();
    let steps =
        vec![Step::Put((1, "a".into()), 1), Step::Pile("b".into()), Step::Put((5, "x".repeat(251)), 9)];
    run(&mut world, shelf, &alice, steps).unwrap_err();
    assert_eq!(world.query::<Vec<(Place, u16)>>(shelf, "floors", &(0_i8, 9_i8)).unwrap(), before);
    let answers = run(&mut world, shelf, &alice, vec![Step::Piled]).unwrap();
    assert_eq!(answers, [Answer::Texts(vec![], 0)]);
}
