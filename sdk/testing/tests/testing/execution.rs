//! Native execution, and its comparison with the VM: the Wasm of the counter, and a native counter that goes wrong where
//! these tests want it.
//!
//! That real contracts do the same both ways is for their own tests, which compare every call.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicUsize, Ordering},
};

use lockstep_abi::{
    Action, Address, Amount, Halt,
    schema::{MethodKind, Type},
};
use lockstep_sdk::prelude::*;
use lockstep_testing::{Execution, Failure, RandomCalls, User, World, build_contract, crate_folder, invoke};

use crate::wasm::{method, module};

/// The counter of `contracts/counter`, which it is stored like, with mistakes.
#[storage]
struct Counter {
    count: Cell<u64>,
}

#[event]
#[derive(Debug, PartialEq)]
struct Counted {
    #[topic]
    by: Address,
    count: u64,
}

#[error]
#[derive(Debug, PartialEq)]
enum Error {
    Full { count: u64, n: u64 } = 1,
}

/// What is added to go wrong.
const PANICS: u64 = 13;
const STORES_MORE: u64 = 15;
const IS_SILENT: u64 = 17;
const REFUSES: u64 = 19;
const ANSWERS_MORE: u64 = 21;
const WRITES_FOR_EVER: u64 = 23;
const PAYS: u64 = 25;
/// What is counted when reading goes wrong.
const READS_MORE: u64 = 100;
const WRITES_IN_VIEW: u64 = 200;

#[contract(events(Counted))]
#[expect(unreachable_pub, reason = "methods are what is `pub`")]
impl Counter {
    #[init]
    #[expect(clippy::wrong_self_convention, reason = "named as in the contract")]
    pub fn new(&mut self, start: u64) {
        self.count.set(start);
    }

    pub fn add(&mut self, n: u64) -> Result<u64, Error> {
        assert_ne!(n, PANICS, "unlucky");
        let count = self.count.get();
        let count = count.checked_add(n).filter(|_| n != REFUSES).ok_or(Error::Full { count, n })?;
        self.count.set(count + u64::from(n == STORES_MORE));
        if n == PAYS {
            call::transfer(env::caller(), Amount(1)).unwrap();
        }
        if n == WRITES_FOR_EVER {
            loop {
                self.count.set(n);
            }
        }
        if n != IS_SILENT {
            Counted { by: env::caller(), count }.emit();
        }
        Ok(count + u64::from(n == ANSWERS_MORE))
    }

    pub fn increment(&mut self) -> Result<u64, Error> {
        self.add(1)
    }

    pub fn get(&self) -> u64 {
        let count = self.count.get();
        if count == WRITES_IN_VIEW {
            Counted { by: env::caller(), count }.emit();
        }
        count + u64::from(count == READS_MORE)
    }
}

/// What natively comes to an end.
#[storage]
struct Endless {}

/// How often it came to one.
static ENDS: AtomicUsize = AtomicUsize::new(0);

#[contract]
#[expect(unreachable_pub, reason = "methods are what is `pub`")]
impl Endless {
    pub fn spin(&mut self) {
        ENDS.fetch_add(1, Ordering::Relaxed);
    }
}

/// The real counter.
fn wasm() -> Vec<u8> {
    build_contract(&format!("{}/../../contracts/counter", crate_folder()))
}

fn counter(start: u64, execution: Execution) -> (World, User, Address) {
    let (mut world, [alice]) = World::with_users(["alice"]);
    world.set_execution::<Counter>(&wasm(), execution);
    let counter = world.deploy(&alice, &wasm(), &start).unwrap();
    (world, alice, counter)
}

#[test]
fn native_code_is_executed_where_that_was_said_and_only_there() {
    let (mut world, alice, counter) = counter(0, Execution::Native);
    let other = world.clone();
    let add = |world: &mut World| world.call(&alice, counter, "add", &ANSWERS_MORE).unwrap();
    assert_eq!(add(&mut world).value::<u64>(), ANSWERS_MORE + 1);

    world = other;
    world.set_execution::<Counter>(&wasm(), Execution::Vm);
    let done = add(&mut world);
    assert_eq!(done.value::<u64>(), ANSWERS_MORE);
    assert_eq!(done.events::<Counted>(), [Counted { by: alice.address(), count: ANSWERS_MORE }]);
}

#[test]
fn the_rules_of_the_vm_hold_natively() {
    let (mut world, alice, counter) = counter(WRITES_IN_VIEW, Execution::Native);
    let mut add = |n| world.call(&alice, counter, "add", &n).unwrap_err();
    assert_eq!(add(REFUSES).error::<Error>(), Error::Full { count: WRITES_IN_VIEW, n: REFUSES });
    assert_eq!(add(PANICS), Failure::Halted(Halt::Unreachable));
    // Host functions cost what they cost in the VM, so this ends.
    assert_eq!(add(WRITES_FOR_EVER), Failure::Halted(Halt::OutOfGas));
    assert_eq!(world.query::<u64>(counter, "get", &()), Err(Failure::Halted(Halt::WriteInView)));
    // None of it is left, not on the thread either.
    let done = world.call(&alice, counter, "add", &1_u64).unwrap();
    assert_eq!(done.value::<u64>(), WRITES_IN_VIEW + 1);
}

#[test]
fn what_does_the_same_both_ways_is_as_in_the_vm_alone() {
    let run = |execution| {
        let (mut world, alice, counter) = counter(40, execution);
        let done = world.call(&alice, counter, "add", &2_u64).unwrap();
        assert_eq!(world.query::<u64>(counter, "get", &()), Ok(42));
        let refused = world.call(&alice, counter, "add", &u64::MAX).unwrap_err();
        assert_eq!(refused.error::<Error>(), Error::Full { count: 42, n: u64::MAX });
        (world.root(), done.gas_used())
    };
    assert_eq!(run(Execution::Compared), run(Execution::Vm));
    // Only host functions are metered.
    assert!(run(Execution::Native).1 < run(Execution::Vm).1);
}

/// What the comparison says of a call of `add`, and of what comes behind it in the block.
#[track_caller]
fn difference(n: u64) -> String {
    let (mut world, alice, counter) = counter(1, Execution::Compared);
    let endless = endless(&mut world, &alice);
    let funds = Action::Transfer { to: counter, amount: Amount(5) };
    world.act(&alice, vec![funds]).unwrap();
    let txs = vec![(&alice, vec![invoke(counter, "add", &n)]), (&alice, vec![invoke(endless, "spin", &())])];
    let panic =
        catch_unwind(AssertUnwindSafe(|| world.block(txs))).expect_err("the comparison finds nothing");
    *panic.downcast().expect("a message")
}

/// Wasm that does not end.
fn endless(world: &mut World, by: &User) -> Address {
    let wasm = module(
        r#"(module (memory (export "memory") 1) (func (export "spin") (loop (br 0))))"#,
        "Endless",
        vec![method("spin", MethodKind::Call, vec![], Type::Unit)],
        vec![],
    );
    world.set_execution::<Endless>(&wasm, Execution::Compared);
    world.deploy(by, &wasm, &()).unwrap()
}

#[test]
fn each_difference_to_the_vm_is_found_and_shown() {
    assert_eq!(
        difference(STORES_MORE),
        "the VM and native execution differ in what counter stores under 0x39b1ddf4\n      VM: 0x1000000000000000\n  \
         native: 0x1100000000000000"
    );
    for (n, in_what) in [
        (PANICS, "transaction 0\n"),
        (REFUSES, "transaction 0\n"),
        (ANSWERS_MORE, "transaction 0\n"),
        (IS_SILENT, "the events of transaction 0\n"),
        (PAYS, "the account of counter, fees put back\n"),
    ] {
        let difference = difference(n);
        assert!(
            difference.starts_with(&format!("the VM and native execution differ in {in_what}")),
            "{difference}"
        );
    }
}

#[test]
fn what_ends_for_want_of_gas_is_not_executed_natively() {
    let (mut world, [alice]) = World::with_users(["alice"]);
    let endless = endless(&mut world, &alice);
    let failure = world.call(&alice, endless, "spin", &()).unwrap_err();
    assert_eq!(failure, Failure::Halted(Halt::OutOfGas));
    assert_eq!(ENDS.load(Ordering::Relaxed), 0);
}

#[test]
fn random_calls_show_what_leads_to_a_difference() {
    let (world, _, counter) = counter(0, Execution::Compared);
    let calls = RandomCalls::of(&world, [counter]).numbers([STORES_MORE.into()]).cases(1_000);
    let found = calls.refute(|_| {}).unwrap();
    let shown = found.to_string();
    assert!(shown.contains("after\n  alice: counter.add(n: 1"), "{shown}");
    assert!(shown.contains("the VM and native execution differ in"), "{shown}");
}

#[test]
#[should_panic = "the Wasm has a method `transfer`, and the native contract has not"]
fn the_native_contract_has_the_methods_of_the_wasm() {
    let transfer = method("transfer", MethodKind::Call, vec![], Type::Unit);
    let wasm = module(r#"(module (func (export "transfer")))"#, "Other", vec![transfer], vec![]);
    World::with_users([]).0.set_execution::<Counter>(&wasm, Execution::Native);
}

#[test]
#[should_panic = "the VM and native execution of `get` differ in the answer"]
fn queries_are_compared_too() {
    let (world, _, counter) = counter(READS_MORE, Execution::Compared);
    let _ = world.query::<u64>(counter, "get", &());
}
