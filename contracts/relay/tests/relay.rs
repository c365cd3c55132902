//! Contracts that call each other by interfaces, in the real VM.

use lockstep_abi::{
    Address, Amount, Halt,
    schema::{Schema, interfaces::Interfaces},
};
use lockstep_sdk::{error::StandardError, interface};
use lockstep_testing::{Execution, Failure, User, World, build, build_contract, crate_folder};
use relay::{Heard, PeerError, Relay};

/// Two relays of Alice, and a token of hers.
struct Setting {
    world: World,
    alice: User,
    relay: Address,
    peer: Address,
}

impl Setting {
    fn new() -> Self {
        let (mut world, [alice]) = World::with_users(["alice"]);
        world.set_execution::<Relay>(&build!(), Execution::Compared);
        let relay = world.deploy(&alice, &build!(), &()).unwrap();
        let peer = world.deploy(&alice, &build!(), &()).unwrap();
        Self { world, alice, relay, peer }
    }

    fn token(&mut self) -> Address {
        let wasm = build_contract(&format!("{}/../token", crate_folder()));
        let args = (String::from("Gold"), String::from("GLD"), 2_u8, 1_000_u128);
        self.world.deploy(&self.alice, &wasm, &args).unwrap()
    }

    fn try_ask(&self, peer: Address, n: u64) -> Heard {
        self.world.query(self.relay, "try_ask", &(peer, n)).unwrap()
    }

    fn try_count(&mut self, rounds: u64, gas: u64) -> Heard {
        let args = (self.peer, rounds, gas);
        self.world.call(&self.alice, self.relay, "try_count", &args).unwrap().value()
    }
}

/// Whether a call ended so because the one that it made got no answer, with the halt of this code.
fn halted(failure: &Failure, halt: u8) -> bool {
    failure.error::<StandardError>() == StandardError::CallHalted { halt }
}

#[test]
fn an_answer_arrives_with_its_type() {
    let mut setting = Setting::new();
    assert_eq!(setting.world.query::<u64>(setting.relay, "ask", &(setting.peer, 84_u64)), Ok(42));
    assert_eq!(setting.try_ask(setting.peer, 84), Heard::Answer(42));
    let token = setting.token();
    let args = (token, setting.alice.address());
    assert_eq!(setting.world.query::<u128>(setting.relay, "balance", &args), Ok(1_000));
}

#[test]
fn an_error_of_the_interface_arrives_as_it_is() {
    let setting = Setting::new();
    let refused = setting.world.query::<u64>(setting.relay, "ask", &(setting.peer, 7_u64)).unwrap_err();
    assert_eq!(refused.error::<PeerError>(), PeerError::Odd { n: 7 });
    assert_eq!(setting.try_ask(setting.peer, 7), Heard::Odd(7));
}

#[test]
fn an_error_that_the_interface_does_not_have_stops_the_caller_or_is_told_apart() {
    let mut setting = Setting::new();
    setting.world.call(&setting.alice, setting.peer, "close", &()).unwrap();
    assert_eq!(setting.try_ask(setting.peer, 8), Heard::Other(2, vec![]));
    let refused = setting.world.query::<u64>(setting.relay, "ask", &(setting.peer, 8_u64)).unwrap_err();
    assert!(halted(&refused, 25), "{refused}");
}

#[test]
fn who_is_no_contract_or_has_no_such_method_is_told_apart_from_a_refusal() {
    let mut setting = Setting::new();
    let nobody = setting.alice.address();
    assert_eq!(setting.try_ask(nobody, 8), Heard::Halted(Halt::NoContract.code()));
    let token = setting.token();
    assert_eq!(setting.try_ask(token, 8), Heard::Halted(Halt::UnknownMethod.code()));
    let stopped = setting.world.query::<u64>(setting.relay, "ask", &(token, 8_u64)).unwrap_err();
    assert!(halted(&stopped, Halt::UnknownMethod.code()), "{stopped}");
}

#[test]
fn an_answer_of_another_type_is_no_answer() {
    let mut setting = Setting::new();
    let token = setting.token();
    let args = (token, setting.alice.address());
    assert_eq!(setting.world.query::<Heard>(setting.relay, "try_narrow", &args), Ok(Heard::BadAnswer));
    let stopped = setting.world.query::<u64>(setting.relay, "narrow", &args).unwrap_err();
    assert!(halted(&stopped, Halt::BadResult.code()), "{stopped}");
}

/// 500 writes take far more than the limit, and the transaction has far more than that.
#[test]
fn a_call_uses_no_more_gas_than_it_was_given_and_its_writes_are_dropped() {
    const LIMIT: u64 = 2_000_000_000;
    let mut setting = Setting::new();
    assert_eq!(setting.try_count(3, LIMIT), Heard::Answer(3));
    let args = (setting.peer, 500_u64, LIMIT);
    let done = setting.world.call(&setting.alice, setting.relay, "try_count", &args).unwrap();
    assert_eq!(done.value::<Heard>(), Heard::Halted(Halt::OutOfGas.code()));
    assert!(done.gas_used().0 < 2 * LIMIT, "{}", done.gas_used());
    assert_eq!(setting.world.query::<u64>(setting.peer, "counted", &()), Ok(3));
}

#[test]
fn value_goes_along_with_a_payable_method_and_with_no_other() {
    let mut setting = Setting::new();
    let Setting { world, alice, relay, peer } = &mut setting;
    let paid = world.call_with_value(alice, *relay, "pay_on", peer, Amount(70)).unwrap();
    assert_eq!(paid.value::<Amount>(), Amount(70));
    assert_eq!(world.balance(peer), Amount(70));
    let refused = world.call_with_value(alice, *relay, "pay_wrongly", peer, Amount(5)).unwrap_err();
    assert!(halted(&refused, Halt::NotPayable.code()), "{refused}");
    assert_eq!((world.balance(relay), world.balance(peer)), (Amount::ZERO, Amount(70)));
}

/// The peer's own call of the relay is refused by the VM; that stops the peer, and the relay hears of it.
#[test]
fn a_peer_cannot_call_back() {
    let mut setting = Setting::new();
    let done =
        setting.world.call(&setting.alice, setting.relay, "try_bounce", &(setting.peer, 8_u64)).unwrap();
    let halt = Halt::Reentrancy.code();
    let code = StandardError::CallHalted { halt }.code();
    assert_eq!(done.value::<Heard>(), Heard::Other(code, vec![halt]));
    // Nor does it by way of itself.
    let itself = (setting.relay, 8_u64);
    let done = setting.world.call(&setting.alice, setting.relay, "try_bounce", &itself).unwrap();
    assert_eq!(done.value::<Heard>(), Heard::Halted(Halt::Reentrancy.code()));
}

#[test]
fn a_method_that_cannot_write_lets_no_peer_write() {
    let setting = Setting::new();
    let failure =
        setting.world.query::<u64>(setting.relay, "count_read_only", &(setting.peer, 1_u64)).unwrap_err();
    assert!(halted(&failure, Halt::WriteInView.code()), "{failure}");
}

#[test]
fn the_schema_has_the_interfaces_methods_behind_the_contracts_own() {
    let schema = Schema::decode(Relay::SCHEMA).unwrap();
    let interfaces = Interfaces::decode(Relay::INTERFACES).unwrap();
    let [peer] = interfaces.list.as_slice() else { panic!("one interface: {interfaces:?}") };
    assert_eq!(peer.name, "Peer");
    let methods = peer.methods(&schema).unwrap();
    let names: Vec<&str> = methods.iter().map(|method| method.name.as_str()).collect();
    assert_eq!(names, ["half", "count", "pay", "bounce"]);
    assert_eq!(methods[0].docs, "Half of `n`.");
    assert!(methods[2].payable);
    assert_eq!(schema.error(1).unwrap().name, "Odd");
    // It follows from the trait as from the contract.
    assert_eq!(peer.id(&schema), Some(interface::id::<dyn relay::Peer>()));
}

/// Nine methods that call by an interface.
#[test]
fn its_calls_stay_small() {
    let size = build!().len();
    assert!(size <= 10_000, "{size} bytes");
}
