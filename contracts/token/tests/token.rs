//! The token in the real VM, attacks included.

use lockstep_abi::{
    Address, Amount, Halt,
    schema::{Schema, interfaces::Interfaces, layout::Layout},
};
use lockstep_sdk::{
    component::{
        fungible::{self, Approval, NOBODY, Transfer},
        ownable,
    },
    error::StandardError,
    interface,
};
use lockstep_testing::{Done, Execution, Failure, User, World, build, invoke};
use token::{Error, Meta, Token};

const SUPPLY: u128 = 1_000;

/// Alice has created the token and owns all of it.
fn token() -> (World, Address, [User; 3]) {
    let (mut world, [alice, bob, carol]) = World::with_users(["alice", "bob", "carol"]);
    world.set_execution::<Token>(&build!(), Execution::Compared);
    let args = (String::from("Gold"), String::from("GLD"), 2_u8, SUPPLY);
    let token = world.deploy(&alice, &build!(), &args).unwrap();
    (world, token, [alice, bob, carol])
}

fn balance(world: &World, token: Address, of: &User) -> u128 {
    world.query(token, "balance_of", &of.address()).unwrap()
}

fn supply(world: &World, token: Address) -> u128 {
    world.query(token, "total_supply", &()).unwrap()
}

fn allowance(world: &World, token: Address, owner: &User, spender: &User) -> u128 {
    world.query(token, "allowance", &(owner.address(), spender.address())).unwrap()
}

fn send(world: &mut World, token: Address, by: &User, to: &User, amount: u128) -> Result<Done, Failure> {
    world.call(by, token, "transfer", &(to.address(), amount))
}

fn approve(world: &mut World, token: Address, by: &User, spender: &User, amount: u128) -> Done {
    world.call(by, token, "approve", &(spender.address(), amount)).unwrap()
}

/// `by` sends of `from`'s to `to`.
fn spend(
    world: &mut World,
    token: Address,
    by: &User,
    (from, to): (&User, &User),
    amount: u128,
) -> Result<Done, Failure> {
    world.call(by, token, "transfer_from", &(from.address(), to.address(), amount))
}

#[test]
fn the_creator_gets_the_supply_and_the_meta_is_kept() {
    let (world, token, [alice, ..]) = token();
    assert_eq!(balance(&world, token, &alice), SUPPLY);
    assert_eq!(supply(&world, token), SUPPLY);
    assert_eq!(world.query::<Option<Address>>(token, "owner", &()), Ok(Some(alice.address())));
    let meta: Meta = world.query(token, "meta", &()).unwrap();
    assert_eq!(meta, Meta { name: "Gold".into(), symbol: "GLD".into(), decimals: 2 });
}

#[test]
fn a_transfer_moves_an_amount_and_announces_it() {
    let (mut world, token, [alice, bob, _]) = token();
    let done = send(&mut world, token, &alice, &bob, 300).unwrap();
    done.assert_gas("transfer");
    assert_eq!(balance(&world, token, &alice), SUPPLY - 300);
    assert_eq!(balance(&world, token, &bob), 300);
    let (from, to) = (alice.address(), bob.address());
    assert_eq!(done.events::<Transfer>(), [Transfer { from, to, amount: 300 }]);
}

#[test]
fn a_transfer_of_nothing_is_one_too() {
    let (mut world, token, [_, bob, carol]) = token();
    let done = send(&mut world, token, &bob, &carol, 0).unwrap();
    let (from, to) = (bob.address(), carol.address());
    assert_eq!(done.events::<Transfer>(), [Transfer { from, to, amount: 0 }]);
    assert_eq!(balance(&world, token, &carol), 0);
}

#[test]
fn an_overdraft_is_refused_with_both_numbers_and_changes_nothing() {
    let (mut world, token, [_, bob, carol]) = token();
    let before = world.clone();
    let failure = send(&mut world, token, &bob, &carol, 1).unwrap_err();
    let error = fungible::Error::InsufficientBalance { have: 0, need: 1 };
    assert_eq!(failure.error::<Error>(), Error::Ledger(error));
    assert_eq!(balance(&world, token, &carol), balance(&before, token, &carol));
    // A test that does not expect it is told what it was.
    assert_eq!(format!("{failure:?}"), "Refused(InsufficientBalance { have: 0, need: 1 })");
}

/// The classic bug: the sender's balance is read, then the receiver's, and both are written.
#[test]
fn a_transfer_to_oneself_makes_nothing() {
    let (mut world, token, [alice, ..]) = token();
    send(&mut world, token, &alice, &alice, 300).unwrap();
    assert_eq!(balance(&world, token, &alice), SUPPLY);
}

#[test]
fn a_whole_balance_can_be_sent_and_comes_back() {
    let (mut world, token, [alice, bob, _]) = token();
    send(&mut world, token, &alice, &bob, SUPPLY).unwrap();
    assert_eq!(balance(&world, token, &alice), 0);
    send(&mut world, token, &bob, &alice, SUPPLY).unwrap();
    assert_eq!((balance(&world, token, &alice), balance(&world, token, &bob)), (SUPPLY, 0));
}

/// Both transactions are in one block: the second sees what the first has left.
#[test]
fn an_amount_is_not_spent_twice_in_one_block() {
    let (mut world, token, [alice, bob, carol]) = token();
    let pay = |to: &User| vec![invoke(token, "transfer", &(to.address(), SUPPLY))];
    let answers = world.block(vec![(&alice, pay(&bob)), (&alice, pay(&carol))]);
    assert!(answers[0].is_ok());
    let error = answers[1].as_ref().unwrap_err().error::<fungible::Error>();
    assert_eq!(error, fungible::Error::InsufficientBalance { have: 0, need: SUPPLY });
    assert_eq!((balance(&world, token, &bob), balance(&world, token, &carol)), (SUPPLY, 0));
}

/// The actions of one transaction happen together or not at all.
#[test]
fn a_transaction_whose_second_transfer_fails_keeps_nothing_of_the_first() {
    let (mut world, token, [alice, bob, _]) = token();
    let pay = |amount: u128| invoke(token, "transfer", &(bob.address(), amount));
    let failure = world.act(&alice, vec![pay(1), pay(SUPPLY)]).unwrap_err();
    let error = fungible::Error::InsufficientBalance { have: SUPPLY - 1, need: SUPPLY };
    assert_eq!(failure.error::<fungible::Error>(), error);
    assert_eq!(balance(&world, token, &bob), 0);
}

#[test]
fn an_allowance_is_announced_and_is_no_transfer() {
    let (mut world, token, [alice, bob, _]) = token();
    let done = approve(&mut world, token, &alice, &bob, 100);
    done.assert_gas("approve");
    let (owner, spender) = (alice.address(), bob.address());
    assert_eq!(done.events::<Approval>(), [Approval { owner, spender, amount: 100 }]);
    assert!(done.events::<Transfer>().is_empty());
    assert_eq!(balance(&world, token, &bob), 0);
}

#[test]
fn an_allowance_is_spent_once() {
    let (mut world, token, [alice, bob, carol]) = token();
    approve(&mut world, token, &alice, &bob, 100);
    let done = spend(&mut world, token, &bob, (&alice, &carol), 60).unwrap();
    done.assert_gas("transfer_from");
    let (from, to) = (alice.address(), carol.address());
    assert_eq!(done.events::<Transfer>(), [Transfer { from, to, amount: 60 }]);
    assert_eq!(allowance(&world, token, &alice, &bob), 40);
    let failure = spend(&mut world, token, &bob, (&alice, &carol), 60).unwrap_err();
    let error = fungible::Error::InsufficientAllowance { have: 40, need: 60 };
    assert_eq!(failure.error::<Error>(), Error::Ledger(error));
    assert_eq!(balance(&world, token, &carol), 60);
}

#[test]
fn an_allowance_is_for_one_spender_and_one_way() {
    let (mut world, token, [alice, bob, carol]) = token();
    approve(&mut world, token, &alice, &bob, 100);
    send(&mut world, token, &alice, &bob, 100).unwrap();
    let none = fungible::Error::InsufficientAllowance { have: 0, need: 1 };
    for (by, from) in [(&carol, &alice), (&alice, &bob), (&carol, &bob)] {
        let failure = spend(&mut world, token, by, (from, by), 1).unwrap_err();
        assert_eq!(failure.error::<fungible::Error>(), none);
    }
}

/// Who spends of one's own balance by `transfer_from` needs an allowance as everybody does.
#[test]
fn an_owner_is_no_spender_of_its_own() {
    let (mut world, token, [alice, bob, _]) = token();
    let failure = spend(&mut world, token, &alice, (&alice, &bob), 1).unwrap_err();
    let error = fungible::Error::InsufficientAllowance { have: 0, need: 1 };
    assert_eq!(failure.error::<fungible::Error>(), error);
}

#[test]
fn an_allowance_is_set_anew_and_not_added_to() {
    let (mut world, token, [alice, bob, _]) = token();
    approve(&mut world, token, &alice, &bob, 100);
    approve(&mut world, token, &alice, &bob, 7);
    assert_eq!(allowance(&world, token, &alice, &bob), 7);
    approve(&mut world, token, &alice, &bob, 0);
    let failure = spend(&mut world, token, &bob, (&alice, &bob), 1).unwrap_err();
    let error = fungible::Error::InsufficientAllowance { have: 0, need: 1 };
    assert_eq!(failure.error::<fungible::Error>(), error);
}

#[test]
fn an_allowance_over_the_balance_gives_no_more_than_the_balance_and_is_kept() {
    let (mut world, token, [alice, bob, carol]) = token();
    approve(&mut world, token, &alice, &bob, u128::MAX);
    let failure = spend(&mut world, token, &bob, (&alice, &carol), SUPPLY + 1).unwrap_err();
    let error = fungible::Error::InsufficientBalance { have: SUPPLY, need: SUPPLY + 1 };
    assert_eq!(failure.error::<Error>(), Error::Ledger(error));
    assert_eq!(allowance(&world, token, &alice, &bob), u128::MAX);
}

/// No amount stands for an allowance without end: each is counted down.
#[test]
fn the_largest_allowance_is_counted_down_too() {
    let (mut world, token, [alice, bob, carol]) = token();
    approve(&mut world, token, &alice, &bob, u128::MAX);
    spend(&mut world, token, &bob, (&alice, &carol), SUPPLY).unwrap();
    assert_eq!(allowance(&world, token, &alice, &bob), u128::MAX - SUPPLY);
}

#[test]
fn only_the_owner_mints_and_the_supply_cannot_overflow() {
    let (mut world, token, [alice, bob, _]) = token();
    let failure = world.call(&bob, token, "mint", &(bob.address(), 1_u128)).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Owner(ownable::Error::NotOwner));
    let failure = world.call(&alice, token, "mint", &(bob.address(), u128::MAX)).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Ledger(fungible::Error::SupplyOverflow));

    let done = world.call(&alice, token, "mint", &(bob.address(), 5_u128)).unwrap();
    done.assert_gas("mint");
    assert_eq!(done.events::<Transfer>(), [Transfer { from: NOBODY, to: bob.address(), amount: 5 }]);
    assert_eq!((balance(&world, token, &bob), supply(&world, token)), (5, SUPPLY + 5));
}

#[test]
fn the_largest_supply_can_be_made_and_moved() {
    let (mut world, token, [alice, bob, _]) = token();
    world.call(&alice, token, "mint", &(alice.address(), u128::MAX - SUPPLY)).unwrap();
    send(&mut world, token, &alice, &bob, u128::MAX).unwrap();
    assert_eq!((balance(&world, token, &bob), supply(&world, token)), (u128::MAX, u128::MAX));
    let failure = world.call(&alice, token, "mint", &(alice.address(), 1_u128)).unwrap_err();
    assert_eq!(failure.error::<fungible::Error>(), fungible::Error::SupplyOverflow);
}

#[test]
fn what_is_burnt_is_gone_from_the_balance_and_the_supply() {
    let (mut world, token, [alice, ..]) = token();
    let done = world.call(&alice, token, "burn", &400_u128).unwrap();
    done.assert_gas("burn");
    assert_eq!(done.events::<Transfer>(), [Transfer { from: alice.address(), to: NOBODY, amount: 400 }]);
    assert_eq!((balance(&world, token, &alice), supply(&world, token)), (SUPPLY - 400, SUPPLY - 400));
}

#[test]
fn nobody_burns_more_than_its_own() {
    let (mut world, token, [alice, bob, _]) = token();
    approve(&mut world, token, &alice, &bob, SUPPLY);
    let failure = world.call(&bob, token, "burn", &1_u128).unwrap_err();
    let error = fungible::Error::InsufficientBalance { have: 0, need: 1 };
    assert_eq!(failure.error::<fungible::Error>(), error);
    let failure = world.call(&alice, token, "burn", &(SUPPLY + 1)).unwrap_err();
    let error = fungible::Error::InsufficientBalance { have: SUPPLY, need: SUPPLY + 1 };
    assert_eq!(failure.error::<fungible::Error>(), error);
    assert_eq!(supply(&world, token), SUPPLY);
}

#[test]
fn nothing_can_be_sent_to_nobody() {
    let (mut world, token, [alice, bob, _]) = token();
    approve(&mut world, token, &alice, &bob, 1);
    let (from, nothing) = (alice.address(), fungible::Error::NoReceiver);
    let failure = world.call(&alice, token, "transfer", &(NOBODY, 1_u128)).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Ledger(nothing));
    let failure = world.call(&bob, token, "transfer_from", &(from, NOBODY, 1_u128)).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Ledger(nothing));
    let failure = world.call(&alice, token, "mint", &(NOBODY, 1_u128)).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Ledger(nothing));
}

#[test]
fn value_sent_along_and_arguments_of_another_type_are_refused() {
    let (mut world, token, [alice, bob, _]) = token();
    let args = (bob.address(), 1_u128);
    let paid = world.call_with_value(&alice, token, "transfer", &args, Amount(1));
    assert_eq!(paid.unwrap_err(), Failure::Halted(Halt::NotPayable));
    let short = world.call(&alice, token, "transfer", &(bob.address(), 1_u64)).unwrap_err();
    assert_eq!(short.error::<StandardError>(), StandardError::BadArguments);
    let long = world.call(&alice, token, "transfer", &(args, 0_u8)).unwrap_err();
    assert_eq!(long.error::<StandardError>(), StandardError::BadArguments);
}

#[test]
fn a_token_is_created_once_and_its_methods_are_all_there_is() {
    let (mut world, token, [_, bob, _]) = token();
    let again = world.call(&bob, token, "new", &(String::new(), String::new(), 0_u8, 1_u128)).unwrap_err();
    assert_eq!(again, Failure::Halted(Halt::WrongMethodKind));
    // A component's method that the contract does not offer.
    let accept = world.call(&bob, token, "accept", &()).unwrap_err();
    assert_eq!(accept, Failure::Halted(Halt::UnknownMethod));
}

#[test]
fn its_components_are_in_its_interface_and_its_layout() {
    let schema = Schema::decode(Token::SCHEMA).unwrap();
    let events: Vec<&str> = schema.events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(events, ["OwnershipTransferred", "Transfer", "Approval"]);
    assert_eq!(schema.error(1_031).unwrap().name, "InsufficientBalance");

    let layout = Layout::decode(Token::LAYOUT).unwrap();
    let balances = layout.slots.iter().find(|slot| slot.path == "ledger.balances").unwrap();
    // The project's README names it.
    assert_eq!(balances.prefix(), [0xfa, 0x46, 0x77, 0x9b]);
}

#[test]
fn it_is_a_fungible_token_as_other_contracts_know_it() {
    let schema = Schema::decode(Token::SCHEMA).unwrap();
    let interfaces = Interfaces::decode(Token::INTERFACES).unwrap();
    let [fungible] = interfaces.list.as_slice() else { panic!("one interface: {interfaces:?}") };
    assert_eq!(fungible.name, "Fungible");
    assert_eq!(fungible.id(&schema), Some(interface::id::<dyn interface::Fungible>()));
    // The trait's documentation is the method's.
    assert_eq!(schema.method("transfer").unwrap().docs, "Sends `amount` from the caller to `to`.");
}

#[test]
fn it_stays_small() {
    let size = build!().len();
    assert!(size <= 9_000, "{size} bytes");
}
