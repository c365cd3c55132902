//! The counter in the real VM.

use counter::{Counted, Error};
use lockstep_testing::{Execution, World, build};

#[test]
fn it_counts_from_where_it_was_started() {
    let (mut world, [alice, bob]) = World::with_users(["alice", "bob"]);
    world.set_execution::<counter::Counter>(&build!(), Execution::Compared);
    let counter = world.deploy(&alice, &build!(), &40_u64).unwrap();
    assert_eq!(world.query::<u64>(counter, "get", &()), Ok(40));

    let done = world.call(&bob, counter, "increment", &()).unwrap();
    assert_eq!(done.value::<u64>(), 41);
    world.call(&alice, counter, "add", &9_u64).unwrap();
    assert_eq!(world.query::<u64>(counter, "get", &()), Ok(50));
}

#[test]
fn every_count_is_announced_with_who_it_was() {
    let (mut world, [alice]) = World::with_users(["alice"]);
    world.set_execution::<counter::Counter>(&build!(), Execution::Compared);
    let counter = world.deploy(&alice, &build!(), &0_u64).unwrap();
    let done = world.call(&alice, counter, "add", &7_u64).unwrap();
    assert_eq!(done.events::<Counted>(), [Counted { by: alice.address(), count: 7 }]);
}

#[test]
fn it_refuses_to_pass_the_largest_number() {
    let (mut world, [alice]) = World::with_users(["alice"]);
    world.set_execution::<counter::Counter>(&build!(), Execution::Compared);
    let counter = world.deploy(&alice, &build!(), &u64::MAX).unwrap();
    let failure = world.call(&alice, counter, "increment", &()).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Full { count: u64::MAX, n: 1 });
    assert_eq!(world.query::<u64>(counter, "get", &()), Ok(u64::MAX));
}

#[test]
fn it_stays_small() {
    let size = build!().len();
    assert!(size <= 1_500, "{size} bytes");
}
