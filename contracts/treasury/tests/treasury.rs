//! The treasury in the real VM: what the components allow, and what attackers try.

use lockstep_abi::{Address, Amount, Halt};
use lockstep_sdk::component::{
    access_control::{self, ADMIN, Role, RoleRevoked},
    ownable::{self, OwnershipTransferred},
    pausable::{self, Paused},
};
use lockstep_testing::{Done, Execution, Failure, User, World, build};
use treasury::{Error, Paid, SPENDER};

const FILLED: Amount = Amount(1_000);

/// Alice has created and filled it, and made bob a spender; mallory has nothing.
fn treasury() -> (World, Address, [User; 3]) {
    let (mut world, [alice, bob, mallory]) = World::with_users(["alice", "bob", "mallory"]);
    world.set_execution::<treasury::Treasury>(&build!(), Execution::Compared);
    let treasury = world.deploy(&alice, &build!(), &()).unwrap();
    world.call_with_value(&alice, treasury, "deposit", &(), FILLED).unwrap();
    world.call(&alice, treasury, "grant", &(SPENDER, bob.address())).unwrap();
    (world, treasury, [alice, bob, mallory])
}

fn pay(world: &mut World, treasury: Address, by: &User, to: &User, amount: u128) -> Result<Done, Failure> {
    world.call(by, treasury, "pay", &(to.address(), Amount(amount)))
}

fn missing(role: Role) -> Error {
    Error::Roles(access_control::Error::MissingRole { role })
}

#[test]
fn a_spender_pays_and_it_is_announced() {
    let (mut world, treasury, [_, bob, mallory]) = treasury();
    let before = world.balance(&mallory.address());
    let done = pay(&mut world, treasury, &bob, &mallory, 400).unwrap();
    assert_eq!(world.balance(&mallory.address()).0, before.0 + 400);
    assert_eq!(world.balance(&treasury), Amount(600));
    let (by, to) = (bob.address(), mallory.address());
    assert_eq!(done.events::<Paid>(), [Paid { by, to, amount: Amount(400) }]);

    let failure = pay(&mut world, treasury, &bob, &mallory, 601).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::NotEnough { have: Amount(600), need: Amount(601) });
}

#[test]
fn nobody_else_pays_the_owner_and_the_admin_included() {
    let (mut world, treasury, [alice, _, mallory]) = treasury();
    for by in [&alice, &mallory] {
        let failure = pay(&mut world, treasury, by, &mallory, 1).unwrap_err();
        assert_eq!(failure.error::<Error>(), missing(SPENDER));
    }
    assert_eq!(world.balance(&treasury), FILLED);
}

#[test]
fn a_pause_stops_payments_and_only_the_owner_turns_it() {
    let (mut world, treasury, [alice, bob, mallory]) = treasury();
    for by in [&bob, &mallory] {
        let failure = world.call(by, treasury, "pause", &()).unwrap_err();
        assert_eq!(failure.error::<Error>(), Error::Owner(ownable::Error::NotOwner));
    }
    let failure = world.call(&alice, treasury, "unpause", &()).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Pause(pausable::Error::NotPaused));

    let done = world.call(&alice, treasury, "pause", &()).unwrap();
    assert_eq!(done.events::<Paused>(), [Paused { by: alice.address() }]);
    assert_eq!(world.query::<bool>(treasury, "is_paused", &()), Ok(true));
    let failure = pay(&mut world, treasury, &bob, &mallory, 1).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Pause(pausable::Error::IsPaused));
    let failure = world.call(&bob, treasury, "unpause", &()).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Owner(ownable::Error::NotOwner));

    world.call(&alice, treasury, "unpause", &()).unwrap();
    pay(&mut world, treasury, &bob, &mallory, 1).unwrap();
}

/// A spender who could name spenders would stay one whatever the admin does.
#[test]
fn a_spender_names_nobody_and_cannot_make_itself_an_admin() {
    let (mut world, treasury, [_, bob, mallory]) = treasury();
    for (role, who) in [(SPENDER, &mallory), (ADMIN, &bob)] {
        let failure = world.call(&bob, treasury, "grant", &(role, who.address())).unwrap_err();
        assert_eq!(failure.error::<Error>(), missing(ADMIN));
    }
    let failure = world.call(&bob, treasury, "renounce_role", &ADMIN).unwrap_err();
    assert_eq!(failure.error::<Error>(), missing(ADMIN));
}

#[test]
fn a_role_that_was_taken_away_is_gone() {
    let (mut world, treasury, [alice, bob, mallory]) = treasury();
    let done = world.call(&alice, treasury, "revoke", &(SPENDER, bob.address())).unwrap();
    let (who, by) = (bob.address(), alice.address());
    assert_eq!(done.events::<RoleRevoked>(), [RoleRevoked { role: SPENDER, who, by }]);
    let failure = pay(&mut world, treasury, &bob, &mallory, 1).unwrap_err();
    assert_eq!(failure.error::<Error>(), missing(SPENDER));
    // A second time it changes nothing, and says nothing.
    let done = world.call(&alice, treasury, "revoke", &(SPENDER, bob.address())).unwrap();
    assert!(done.receipt().events.is_empty());
}

#[test]
fn without_an_admin_the_roles_stay_as_they_are() {
    let (mut world, treasury, [alice, bob, mallory]) = treasury();
    world.call(&alice, treasury, "renounce_role", &ADMIN).unwrap();
    let failure = world.call(&alice, treasury, "revoke", &(SPENDER, bob.address())).unwrap_err();
    assert_eq!(failure.error::<Error>(), missing(ADMIN));
    pay(&mut world, treasury, &bob, &mallory, 1).unwrap();
}

#[test]
fn members_are_listed_by_role_and_from_anywhere() {
    let (mut world, treasury, [alice, bob, mallory]) = treasury();
    world.call(&alice, treasury, "grant", &(SPENDER, mallory.address())).unwrap();
    let mut spenders = [bob.address(), mallory.address()];
    spenders.sort();
    let none = None::<Address>;
    assert_eq!(world.query::<Vec<Address>>(treasury, "members", &(SPENDER, none)), Ok(spenders.to_vec()));
    let behind = (SPENDER, Some(spenders[0]));
    assert_eq!(world.query::<Vec<Address>>(treasury, "members", &behind), Ok(vec![spenders[1]]));
    let admins = world.query::<Vec<Address>>(treasury, "members", &(ADMIN, none));
    assert_eq!(admins, Ok(vec![alice.address()]));
    assert_eq!(world.query::<bool>(treasury, "has_role", &(ADMIN, bob.address())), Ok(false));
}

#[test]
fn the_ownership_goes_to_whom_it_was_offered_last_and_to_nobody_else() {
    let (mut world, treasury, [alice, bob, mallory]) = treasury();
    let not_offered = Error::Owner(ownable::Error::NotOffered);
    let accept = |world: &mut World, by| world.call(by, treasury, "accept_ownership", &());
    assert_eq!(accept(&mut world, &mallory).unwrap_err().error::<Error>(), not_offered);
    let failure = world.call(&mallory, treasury, "offer_ownership", &mallory.address()).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Owner(ownable::Error::NotOwner));

    // Offered by mistake, and offered again to another; taken back, and offered once more.
    world.call(&alice, treasury, "offer_ownership", &mallory.address()).unwrap();
    world.call(&alice, treasury, "offer_ownership", &bob.address()).unwrap();
    assert_eq!(accept(&mut world, &mallory).unwrap_err().error::<Error>(), not_offered);
    world.call(&alice, treasury, "withdraw_offer", &()).unwrap();
    assert_eq!(accept(&mut world, &bob).unwrap_err().error::<Error>(), not_offered);
    world.call(&alice, treasury, "offer_ownership", &bob.address()).unwrap();
    // Still hers until it is accepted.
    world.call(&alice, treasury, "pause", &()).unwrap();

    let done = accept(&mut world, &bob).unwrap();
    let (from, to) = (Some(alice.address()), Some(bob.address()));
    assert!(done.announces(&OwnershipTransferred { from, to }));
    assert_eq!(world.query::<Option<Address>>(treasury, "owner", &()), Ok(Some(bob.address())));
    let failure = world.call(&alice, treasury, "unpause", &()).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Owner(ownable::Error::NotOwner));
    assert_eq!(accept(&mut world, &bob).unwrap_err().error::<Error>(), not_offered);
}

/// An offer that outlived its owner would give the contract to somebody after it was given up.
#[test]
fn an_offer_ends_with_the_ownership() {
    let (mut world, treasury, [alice, bob, _]) = treasury();
    world.call(&alice, treasury, "offer_ownership", &bob.address()).unwrap();
    world.call(&alice, treasury, "renounce_ownership", &()).unwrap();
    assert_eq!(world.query::<Option<Address>>(treasury, "owner", &()), Ok(None));
    let failure = world.call(&bob, treasury, "accept_ownership", &()).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Owner(ownable::Error::NotOffered));
    let failure = world.call(&alice, treasury, "pause", &()).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Owner(ownable::Error::NotOwner));
}

#[test]
fn value_comes_in_by_deposit_only() {
    let (mut world, treasury, [alice, ..]) = treasury();
    let failure = world.call_with_value(&alice, treasury, "pause", &(), Amount(1)).unwrap_err();
    assert_eq!(failure, Failure::Halted(Halt::NotPayable));
}
