//! The token in the real VM, attacks included.

use lockstep_abi::{
    Address, Halt,
    schema::{Schema, interfaces::Interfaces, layout::Layout},
};
use lockstep_sdk::{
    component::{
        fungible::{self, NOBODY},
        ownable,
    },
    interface,
};
use lockstep_testing::{Failure, User, World, build};
use token::{Error, Meta, Token};

const SUPPLY: u128 = 1_000;

/// Alice has created the token and owns all of it.
fn token() -> (World, Address, [User; 3]) {
    let (mut world, [alice, bob, carol]) = World::with_users(["alice", "bob", "carol"]);
    let args = (String::from("Gold"), String::from("GLD"), 2_u8, SUPPLY);
    let token = world.deploy(&alice, &build!(), &args).unwrap();
    (world, token, [alice, bob, carol])
}

fn balance(world: &World, token: Address, of: Address) -> u128 {
    world.query(token, "balance_of", &of).unwrap()
}

#[test]
fn the_creator_gets_the_supply_and_the_meta_is_kept() {
    let (world, token, [alice, ..]) = token();
    assert_eq!(balance(&world, token, alice.address()), SUPPLY);
    assert_eq!(world.query::<u128>(token, "total_supply", &()), Ok(SUPPLY));
    let meta: Meta = world.query(token, "meta", &()).unwrap();
    assert_eq!(meta, Meta { name: "Gold".into(), symbol: "GLD".into(), decimals: 2 });
}

#[test]
fn a_transfer_moves_an_amount_and_announces_it() {
    let (mut world, token, [alice, bob, _]) = token();
    let done = world.call(&alice, token, "transfer", &(bob.address(), 300_u128)).unwrap();
    assert_eq!(balance(&world, token, alice.address()), SUPPLY - 300);
    assert_eq!(balance(&world, token, bob.address()), 300);
    let event = &done.events()[0];
    assert_eq!(&*event.topics[0], b"Transfer");
    assert_eq!(&*event.topics[1], alice.address().as_bytes());
    assert_eq!(&*event.topics[2], bob.address().as_bytes());
    assert_eq!(&*event.data, 300_u128.to_le_bytes());
}

#[test]
fn an_overdraft_is_refused_with_both_numbers_and_changes_nothing() {
    let (mut world, token, [_, bob, carol]) = token();
    let failure = world.call(&bob, token, "transfer", &(carol.address(), 1_u128)).unwrap_err();
    assert_eq!(
        failure.error::<Error>(),
        Error::Ledger(fungible::Error::InsufficientBalance { have: 0, need: 1 })
    );
    assert_eq!(balance(&world, token, carol.address()), 0);
}

/// The classic bug: the sender's balance is read, then the receiver's, and both are written.
#[test]
fn a_transfer_to_oneself_makes_nothing() {
    let (mut world, token, [alice, ..]) = token();
    world.call(&alice, token, "transfer", &(alice.address(), 300_u128)).unwrap();
    assert_eq!(balance(&world, token, alice.address()), SUPPLY);
}

#[test]
fn an_allowance_is_spent_once() {
    let (mut world, token, [alice, bob, carol]) = token();
    world.call(&alice, token, "approve", &(bob.address(), 100_u128)).unwrap();
    let spend = (alice.address(), carol.address(), 60_u128);
    world.call(&bob, token, "transfer_from", &spend).unwrap();
    assert_eq!(world.query::<u128>(token, "allowance", &(alice.address(), bob.address())), Ok(40));
    let failure = world.call(&bob, token, "transfer_from", &spend).unwrap_err();
    assert_eq!(
        failure.error::<Error>(),
        Error::Ledger(fungible::Error::InsufficientAllowance { have: 40, need: 60 })
    );
    assert_eq!(balance(&world, token, carol.address()), 60);
}

#[test]
fn an_allowance_over_the_balance_gives_no_more_than_the_balance_and_is_kept() {
    let (mut world, token, [alice, bob, carol]) = token();
    world.call(&alice, token, "approve", &(bob.address(), u128::MAX)).unwrap();
    let steal = (alice.address(), carol.address(), SUPPLY + 1);
    let failure = world.call(&bob, token, "transfer_from", &steal).unwrap_err();
    assert_eq!(
        failure.error::<Error>(),
        Error::Ledger(fungible::Error::InsufficientBalance { have: SUPPLY, need: SUPPLY + 1 })
    );
    let left: u128 = world.query(token, "allowance", &(alice.address(), bob.address())).unwrap();
    assert_eq!(left, u128::MAX);
}

#[test]
fn only_the_owner_mints_and_the_supply_cannot_overflow() {
    let (mut world, token, [alice, bob, _]) = token();
    let failure = world.call(&bob, token, "mint", &(bob.address(), 1_u128)).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Owner(ownable::Error::NotOwner));
    let failure = world.call(&alice, token, "mint", &(bob.address(), u128::MAX)).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Ledger(fungible::Error::SupplyOverflow));

    world.call(&alice, token, "mint", &(bob.address(), 5_u128)).unwrap();
    assert_eq!(balance(&world, token, bob.address()), 5);
    assert_eq!(world.query::<u128>(token, "total_supply", &()), Ok(SUPPLY + 5));
}

#[test]
fn nothing_can_be_sent_to_nobody() {
    let (mut world, token, [alice, ..]) = token();
    let failure = world.call(&alice, token, "transfer", &(NOBODY, 1_u128)).unwrap_err();
    assert_eq!(failure.error::<Error>(), Error::Ledger(fungible::Error::NoReceiver));
}

#[test]
fn value_sent_along_and_arguments_of_another_type_are_refused() {
    let (mut world, token, [alice, bob, _]) = token();
    let args = (bob.address(), 1_u128);
    let paid = world.call_with_value(&alice, token, "transfer", &args, lockstep_abi::Amount(1));
    assert_eq!(paid.unwrap_err(), Failure::Halted(Halt::NotPayable));
    let short = world.call(&alice, token, "transfer", &(bob.address(), 1_u64)).unwrap_err();
    assert!(matches!(short.halt(), Halt::Contract { code: 0, .. }), "{short}");
    let long = world.call(&alice, token, "transfer", &(args, 0_u8)).unwrap_err();
    assert!(matches!(long.halt(), Halt::Contract { code: 0, .. }), "{long}");
    let again = world.call(&bob, token, "new", &(String::new(), String::new(), 0_u8, 1_u128)).unwrap_err();
    assert_eq!(again, Failure::Halted(Halt::WrongMethodKind));
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
