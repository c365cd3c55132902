//! The registry in the real VM, over years.

use lockstep_abi::{Address, Amount, Time};
use lockstep_sdk::component::ownable;
use lockstep_testing::{Execution, Failure, User, World, build};
use names::{Error, GRACE_MS, Record, YEAR_MS};

const YEARLY: u128 = 100;

/// Alice owns the registry, bob has rented `bob` for a year.
fn names() -> (World, Address, [User; 3]) {
    let (mut world, [alice, bob, mallory]) = World::with_users(["alice", "bob", "mallory"]);
    world.set_execution::<names::Names>(&build!(), Execution::Compared);
    let names = world.deploy(&alice, &build!(), &Amount(YEARLY)).unwrap();
    rent(&mut world, names, &bob, "bob", 1).unwrap();
    (world, names, [alice, bob, mallory])
}

fn pay(
    world: &mut World,
    names: Address,
    by: &User,
    method: &str,
    name: &str,
    years: u32,
) -> Result<(), Failure> {
    let price = Amount(YEARLY * u128::from(years));
    world.call_with_value(by, names, method, &(name, years), price).map(|_| ())
}

fn rent(world: &mut World, names: Address, by: &User, name: &str, years: u32) -> Result<(), Failure> {
    pay(world, names, by, "rent", name, years)
}

fn resolve(world: &World, names: Address, name: &str) -> Option<Address> {
    world.query(names, "resolve", &name).unwrap()
}

fn record(world: &World, names: Address, name: &str) -> Record {
    world.query::<Option<Record>>(names, "record", &name).unwrap().unwrap()
}

fn names_of(world: &World, names: Address, of: &User) -> Vec<String> {
    world.query(names, "names_of", &(of.address(), "")).unwrap()
}

#[test]
fn a_name_points_to_whom_its_holder_says() {
    let (mut world, names, [alice, bob, _]) = names();
    assert_eq!(resolve(&world, names, "bob"), Some(bob.address()));
    world.call(&bob, names, "point", &("bob", alice.address())).unwrap();
    assert_eq!(resolve(&world, names, "bob"), Some(alice.address()));
    assert_eq!(resolve(&world, names, "nobody"), None);
}

/// Whoever sends to a name must not pay the one who had it, nor the one who grabs it.
#[test]
fn an_expired_name_points_nowhere_and_is_kept_for_its_holder_for_a_while() {
    let (mut world, names, [_, bob, mallory]) = names();
    let expires = record(&world, names, "bob").expires;
    let refused = rent(&mut world, names, &mallory, "bob", 1).unwrap_err();
    assert_eq!(refused.error::<Error>(), Error::Taken { free: expires.plus_ms(GRACE_MS) });

    world.set_time(Time(expires.0 - 1));
    assert_eq!(resolve(&world, names, "bob"), Some(bob.address()));
    world.set_time(expires);
    assert_eq!(resolve(&world, names, "bob"), None);
    let refused = rent(&mut world, names, &mallory, "bob", 1).unwrap_err();
    assert_eq!(refused.error::<Error>(), Error::Taken { free: expires.plus_ms(GRACE_MS) });
    let refused = world.call(&bob, names, "point", &("bob", mallory.address())).unwrap_err();
    assert_eq!(refused.error::<Error>(), Error::NoName);

    pay(&mut world, names, &bob, "renew", "bob", 2).unwrap();
    assert_eq!(resolve(&world, names, "bob"), Some(bob.address()));
    assert_eq!(record(&world, names, "bob").expires, expires.plus_ms(2 * YEAR_MS));
}

#[test]
fn after_that_it_is_anybodys_and_no_longer_its_holders() {
    let (mut world, names, [_, bob, mallory]) = names();
    let free = record(&world, names, "bob").expires.plus_ms(GRACE_MS);
    world.set_time(free);
    let refused = pay(&mut world, names, &bob, "renew", "bob", 1).unwrap_err();
    assert_eq!(refused.error::<Error>(), Error::NoName);
    rent(&mut world, names, &mallory, "bob", 1).unwrap();
    assert_eq!(resolve(&world, names, "bob"), Some(mallory.address()));
    assert_eq!(names_of(&world, names, &bob), Vec::<String>::new());
    assert_eq!(names_of(&world, names, &mallory), ["bob"]);
}

#[test]
fn only_its_holder_points_it_or_gives_it_away() {
    let (mut world, names, [alice, bob, mallory]) = names();
    for (by, method) in [(&mallory, "point"), (&mallory, "give"), (&alice, "give")] {
        let refused = world.call(by, names, method, &("bob", mallory.address())).unwrap_err();
        assert_eq!(refused.error::<Error>(), Error::NotHolder, "{method}");
    }
    world.call(&bob, names, "give", &("bob", alice.address())).unwrap();
    assert_eq!(resolve(&world, names, "bob"), Some(alice.address()));
    let refused = world.call(&bob, names, "give", &("bob", bob.address())).unwrap_err();
    assert_eq!(refused.error::<Error>(), Error::NotHolder);
    assert_eq!(names_of(&world, names, &alice), ["bob"]);
    assert_eq!(names_of(&world, names, &bob), Vec::<String>::new());
}

#[test]
fn a_name_costs_its_price_and_is_rented_for_ten_years_at_the_most() {
    let (mut world, names, [_, bob, _]) = names();
    for paid in [0, 199, 201] {
        let refused =
            world.call_with_value(&bob, names, "rent", &("other", 2_u32), Amount(paid)).unwrap_err();
        assert_eq!(refused.error::<Error>(), Error::WrongPrice { price: Amount(200) });
    }
    for years in [0, 11, u32::MAX] {
        let refused = rent(&mut world, names, &bob, "other", years).unwrap_err();
        assert_eq!(refused.error::<Error>(), Error::BadYears, "{years}");
    }
    // Renewed often enough, a name would be had for ever at today's price.
    pay(&mut world, names, &bob, "renew", "bob", 8).unwrap();
    let refused = pay(&mut world, names, &bob, "renew", "bob", 2).unwrap_err();
    assert_eq!(refused.error::<Error>(), Error::BadYears);
    let refused = rent(&mut world, names, &bob, "Bob", 1).unwrap_err();
    assert_eq!(refused.error::<Error>(), Error::BadName);
}

#[test]
fn names_are_listed_in_their_order_and_from_anywhere() {
    let (mut world, names, [_, bob, mallory]) = names();
    for (by, name) in [(&bob, "zoe"), (&mallory, "carl"), (&bob, "anna")] {
        rent(&mut world, names, by, name, 1).unwrap();
    }
    assert_eq!(names_of(&world, names, &bob), ["anna", "bob", "zoe"]);
    let from = world.query::<Vec<String>>(names, "names_of", &(bob.address(), "b"));
    assert_eq!(from, Ok(vec!["bob".into(), "zoe".into()]));
}

#[test]
fn only_the_owner_collects_and_sets_the_price() {
    let (mut world, names, [alice, bob, mallory]) = names();
    let not_owner = Error::Owner(ownable::Error::NotOwner);
    for by in [&bob, &mallory] {
        assert_eq!(world.call(by, names, "collect", &()).unwrap_err().error::<Error>(), not_owner);
        let refused = world.call(by, names, "set_yearly", &Amount(0)).unwrap_err();
        assert_eq!(refused.error::<Error>(), not_owner);
    }
    assert_eq!(world.call(&alice, names, "collect", &()).unwrap().value::<Amount>(), Amount(YEARLY));
    assert_eq!(world.balance(&names), Amount::ZERO);
    world.call(&alice, names, "set_yearly", &Amount(1)).unwrap();
    assert_eq!(world.query::<Amount>(names, "price", &3_u32), Ok(Amount(3)));
}
