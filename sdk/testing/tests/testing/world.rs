//! What a test may do with a world: go back, go on in time, and put several transactions into one block.

use lockstep_abi::{
    Action, Address, Amount, Time,
    schema::{MethodKind, Type},
};
use lockstep_runtime::InvalidTx;
use lockstep_testing::{Failure, User, World, invoke};

use crate::wasm::{method, module};

/// Says what time it is: to a transaction, and to a query.
fn clock(world: &mut World, by: &User) -> Address {
    let wat = r#"(module
        (import "lockstep" "block_time" (func $time (result i64)))
        (import "lockstep" "return_data" (func $return (param i32 i32)))
        (memory (export "memory") 1)
        (func $now (i64.store (i32.const 0) (call $time)) (call $return (i32.const 0) (i32.const 8)))
        (export "tick" (func $now))
        (export "now" (func $now)))"#;
    let tick = method("tick", MethodKind::Call, vec![], Type::Time);
    let now = method("now", MethodKind::View, vec![], Type::Time);
    world.deploy(by, &module(wat, "Clock", vec![tick, now], vec![]), &()).unwrap()
}

fn pay(to: &User, amount: u128) -> Vec<Action> {
    vec![Action::Transfer { to: to.address(), amount: Amount(amount) }]
}

#[test]
fn time_passes_as_the_test_says() {
    let (mut world, [alice]) = World::with_users(["alice"]);
    let clock = clock(&mut world, &alice);
    let now = |world: &World| world.query::<Time>(clock, "now", &()).unwrap();
    let tick = |world: &mut World| world.call(&alice, clock, "tick", &()).unwrap().value::<Time>();

    world.set_time(Time(1_000_000));
    assert_eq!((now(&world), world.time()), (Time(1_000_000), Time(1_000_000)));
    assert_eq!(tick(&mut world), Time(1_000_000));
    // A second a block from there on.
    assert_eq!(tick(&mut world), Time(1_001_000));
    world.advance_ms(500);
    assert_eq!((now(&world), tick(&mut world)), (Time(1_001_500), Time(1_002_500)));

    let height = world.height();
    world.advance_blocks(10);
    assert_eq!((world.height().0, now(&world)), (height.0 + 10, Time(1_012_500)));
    assert_eq!(tick(&mut world), Time(1_013_500));
    assert_eq!(world.height().0, height.0 + 11);
}

#[test]
#[should_panic = "time does not go back"]
fn time_does_not_go_back() {
    let (mut world, []) = World::with_users([]);
    world.advance_ms(1);
    world.set_time(Time(1));
}

#[test]
fn a_clone_is_a_snapshot_to_come_back_to() {
    let (mut world, [alice, bob]) = World::with_users(["alice", "bob"]);
    let snapshot = world.clone();
    world.act(&alice, pay(&bob, 5)).unwrap();
    world.advance_ms(7_000);
    let after = world.clone();
    assert_ne!(world.root(), snapshot.root());

    world = snapshot;
    assert_eq!((world.height().0, world.time()), (0, Time(0)));
    assert_eq!(world.balance(&alice.address()), world.balance(&bob.address()));
    // The nonce went back too.
    world.act(&alice, pay(&bob, 5)).unwrap();
    assert_eq!(world.root(), after.root());
}

#[test]
fn transactions_of_one_block_share_its_time_and_come_one_after_the_other() {
    let (mut world, [alice, bob]) = World::with_users(["alice", "bob"]);
    let clock = clock(&mut world, &alice);
    let height = world.height();
    let tick = || vec![invoke(clock, "tick", &())];
    let answers = world.block(vec![(&alice, tick()), (&bob, tick()), (&alice, tick())]);
    let times: Vec<Time> = answers.into_iter().map(|answer| answer.unwrap().value()).collect();
    assert_eq!(times, [world.time(); 3]);
    assert_eq!(world.height(), height.next());
}

#[test]
fn what_never_happened_is_in_no_block_and_does_not_disturb_the_others() {
    let (mut world, [alice, bob]) = World::with_users(["alice", "bob"]);
    let stranger = User::named("stranger");
    let failure = world.act(&stranger, pay(&alice, 0)).unwrap_err();
    assert!(matches!(failure, Failure::Invalid(InvalidTx::CannotPay { .. })), "{failure}");
    assert_eq!(world.height().0, 0);

    let before = world.balance(&bob.address());
    let answers =
        world.block(vec![(&alice, pay(&bob, 1)), (&stranger, pay(&bob, 0)), (&alice, pay(&bob, 2))]);
    let happened: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(happened, [true, false, true]);
    assert_eq!(world.balance(&bob.address()).0, before.0 + 3);
    assert_eq!(world.height().0, 1);
}
