//! Vesting in the real VM, over time.

use lockstep_abi::{Address, Amount, Time};
use lockstep_testing::{Execution, Failure, RandomCalls, User, World, build};
use vesting::{Error, Grant};

/// Alice grants bob 1,000 that grows from 100 s to 200 s, with a cliff at 150 s.
fn vesting() -> (World, Address, [User; 3], u64) {
    let (mut world, [alice, bob, mallory]) = World::with_users(["alice", "bob", "mallory"]);
    world.set_execution::<vesting::Vesting>(&build!(), Execution::Compared);
    let vesting = world.deploy(&alice, &build!(), &()).unwrap();
    let id = grant(&mut world, vesting, &alice, &bob, (100_000, 150_000, 200_000)).unwrap();
    (world, vesting, [alice, bob, mallory], id)
}

fn grant(
    world: &mut World,
    vesting: Address,
    by: &User,
    to: &User,
    (start, cliff, end): (u64, u64, u64),
) -> Result<u64, Failure> {
    let args = (to.address(), Time(start), Time(cliff), Time(end));
    world.call_with_value(by, vesting, "grant", &args, Amount(1_000)).map(|done| done.value())
}

fn due(world: &World, vesting: Address, id: u64) -> u128 {
    world.query::<Amount>(vesting, "due", &id).unwrap().0
}

fn grants_of(world: &World, vesting: Address, of: &User, first: u64) -> Vec<u64> {
    world.query(vesting, "grants_of", &(of.address(), first)).unwrap()
}

fn refused(world: &mut World, vesting: Address, by: &User, id: u64) -> Error {
    world.call(by, vesting, "claim", &id).unwrap_err().error()
}

#[test]
fn nothing_is_due_before_the_cliff_and_all_of_it_at_the_end() {
    let (mut world, vesting, [_, bob, _], id) = vesting();
    world.set_time(Time(149_999));
    assert_eq!(due(&world, vesting, id), 0);
    assert_eq!(refused(&mut world, vesting, &bob, id), Error::NothingDue);
    world.set_time(Time(150_000));
    assert_eq!(due(&world, vesting, id), 500);
    world.set_time(Time(199_999));
    assert_eq!(due(&world, vesting, id), 999);
    world.set_time(Time(200_000));
    assert_eq!(due(&world, vesting, id), 1_000);

    let before = world.balance(&bob.address());
    let done = world.call(&bob, vesting, "claim", &id).unwrap();
    assert_eq!(done.value::<Amount>(), Amount(1_000));
    assert_eq!(world.balance(&bob.address()).0, before.0 + 1_000 - done.fee().0);
    assert_eq!(world.balance(&vesting), Amount::ZERO);
    assert_eq!(world.query::<Option<Grant>>(vesting, "grant_of", &id), Ok(None));
    assert!(grants_of(&world, vesting, &bob, 0).is_empty());
}

/// Claims in many small parts must add up to the grant: not a unit more, and not one lost to rounding.
#[test]
fn claims_add_up_to_the_grant() {
    let (mut world, vesting, [_, bob, _], id) = vesting();
    world.set_time(Time(148_000));
    let mut sum = 0;
    for _ in 0..60 {
        if let Ok(done) = world.call(&bob, vesting, "claim", &id) {
            sum += done.value::<Amount>().0;
        }
        assert!(sum <= 1_000);
    }
    assert_eq!(sum, 1_000);
    assert_eq!(refused(&mut world, vesting, &bob, id), Error::NoGrant { id });
}

#[test]
fn what_was_claimed_is_not_due_again() {
    let (mut world, vesting, [_, bob, _], id) = vesting();
    world.set_time(Time(160_000));
    let claimed = world.call(&bob, vesting, "claim", &id).unwrap().value::<Amount>();
    assert_eq!(claimed, Amount(600));
    assert_eq!(due(&world, vesting, id), 0);
    assert_eq!(world.balance(&vesting), Amount(400));
}

#[test]
fn only_the_beneficiary_claims_and_only_what_is_its_own() {
    let (mut world, vesting, [alice, bob, mallory], id) = vesting();
    let other = grant(&mut world, vesting, &alice, &mallory, (0, 0, 1)).unwrap();
    world.advance_ms(300_000);
    for by in [&alice, &mallory] {
        assert_eq!(refused(&mut world, vesting, by, id), Error::NotBeneficiary);
    }
    assert_eq!(refused(&mut world, vesting, &bob, other), Error::NotBeneficiary);
    assert_eq!(refused(&mut world, vesting, &bob, 99), Error::NoGrant { id: 99 });
    assert_eq!(grants_of(&world, vesting, &mallory, 0), [other]);
}

/// Anybody can grant next to nothing, due at the end of time: it stays in the list for ever.
#[test]
fn worthless_grants_hide_no_other() {
    let (mut world, vesting, [alice, bob, mallory], first) = vesting();
    let worthless = (bob.address(), Time(0), Time::MAX, Time::MAX);
    for _ in 0..60 {
        world.call_with_value(&mallory, vesting, "grant", &worthless, Amount(1)).unwrap();
    }
    let last = grant(&mut world, vesting, &alice, &bob, (0, 0, 1)).unwrap();
    let page = grants_of(&world, vesting, &bob, 0);
    assert_eq!((page.len(), page[0]), (50, first));
    let next = grants_of(&world, vesting, &bob, page[49] + 1);
    assert_eq!((next.len(), next[11]), (12, last));
    assert!(grants_of(&world, vesting, &bob, u64::MAX).is_empty());
}

#[test]
fn a_grant_has_value_and_its_times_in_order() {
    let (mut world, vesting, [alice, bob, _], _) = vesting();
    for times in [(5, 5, 5), (5, 4, 9), (5, 10, 9), (9, 9, 5)] {
        let refused = grant(&mut world, vesting, &alice, &bob, times).unwrap_err();
        assert_eq!(refused.error::<Error>(), Error::Disorder, "{times:?}");
    }
    let args = (bob.address(), Time(1), Time(2), Time(3));
    let refused = world.call(&alice, vesting, "grant", &args).unwrap_err();
    assert_eq!(refused.error::<Error>(), Error::NoValue);
}

/// Whatever is granted and claimed, and when: the contract holds what is not yet claimed, of every grant.
#[test]
fn what_is_held_is_what_is_not_yet_claimed() {
    let (world, vesting, ..) = vesting();
    let calls = RandomCalls::of(&world, [vesting]).numbers([150_000, 200_000, 90_000_000]);
    let tally = calls.hold(|world| {
        // A sequence is shorter than the numbers are looked through.
        let open =
            (0..50_u64).filter_map(|id| world.query::<Option<Grant>>(vesting, "grant_of", &id).unwrap());
        let left: u128 = open.map(|grant| grant.amount.0 - grant.claimed.0).sum();
        assert_eq!(world.balance(&vesting), Amount(left));
    });
    assert!(tally.successes("grant") > 0, "{tally}");
}
