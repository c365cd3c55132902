//! A broken contract is found, and what breaks it is made as short as it can be.

use lockstep_abi::schema::{Method, MethodKind, Type};
use lockstep_testing::{Failure, RandomCalls, World};

use crate::{
    ledger::{ledger, rule},
    wasm::{method, module},
};

#[test]
fn the_classic_bug_is_found_in_one_call() {
    let (world, ledger) = ledger();
    let calls = RandomCalls::of(&world, [ledger]).cases(1_000);
    let found = calls.refute(rule(&calls, ledger)).unwrap();
    let [call] = found.calls.as_slice() else { panic!("{found}") };
    let by = call.by.name();
    assert_eq!(call.to_string(), format!("{by}: ledger.transfer(to: {by}, amount: 1)"));
    assert_eq!(call.args::<(lockstep_abi::Address, u16)>(), (call.by.address(), 1));
    assert!(
        found.to_string().starts_with(&format!("the rule does not hold after\n  {call}\nassertion")),
        "{found}"
    );
}

#[test]
fn what_a_call_came_to_is_shown_beside_it() {
    let (world, ledger) = ledger();
    // That nothing is ever refused.
    let found =
        RandomCalls::of(&world, [ledger]).cases(1_000).refute(|step| assert!(step.answer.is_ok())).unwrap();
    let shown = found.to_string();
    assert!(
        shown.contains(": ledger.transfer(to: alice, amount: 101) is refused: TooLittle { have: 100 }\n"),
        "{shown}"
    );
}

#[test]
fn the_state_before_a_call_is_that_before_the_call() {
    let (world, ledger) = ledger();
    RandomCalls::of(&world, [ledger]).hold_each_step(|step| {
        assert_eq!(step.after.height().0, step.before.height().0 + 1);
        if matches!(step.answer, Err(Failure::Refused(_))) {
            let balance = |world: &lockstep_testing::World| {
                world.query::<u16>(ledger, "balance_of", &step.call.by.address()).unwrap()
            };
            assert_eq!(balance(step.before), balance(step.after));
        }
    });
}

#[test]
#[should_panic = "no method `transfr` would be called"]
fn a_mistyped_method_is_not_left_out_in_silence() {
    let (world, ledger) = ledger();
    let _ = RandomCalls::of(&world, [ledger]).without(&["transfr"]);
}

/// Each such call is refused, so that a sequence with them tests less than it seems to.
#[test]
fn private_methods_are_not_called() {
    let wat = r#"(module (memory (export "memory") 1) (func (export "open")) (func (export "closed")))"#;
    let plain = |name: &str| method(name, MethodKind::Call, vec![], Type::Unit);
    let methods = vec![plain("open"), Method { private: true, reentrant: true, ..plain("closed") }];
    let (mut world, [alice]) = World::with_users(["alice"]);
    let door = world.deploy(&alice, &module(wat, "Door", methods, vec![]), &()).unwrap();
    let tally = RandomCalls::of(&world, [door]).hold(|_| {});
    assert_eq!(tally.methods.keys().collect::<Vec<_>>(), ["open"]);
}
