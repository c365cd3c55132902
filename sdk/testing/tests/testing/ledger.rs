//! A contract with the classic bug: it reads both balances and then writes both, so that whoever sends to itself makes
//! money.

use lockstep_abi::{
    Address,
    schema::{ErrorDef, MethodKind, Type},
};
use lockstep_testing::{RandomCalls, Step, World};

use crate::wasm::{field, method, module};

/// What everybody has at first.
const FIRST: u16 = 100;

const WAT: &str = r#"(module
    (import "lockstep" "input_read" (func $input (param i32 i32) (result i32)))
    (import "lockstep" "caller" (func $caller (param i32)))
    (import "lockstep" "storage_get" (func $get (param i32 i32 i32 i32) (result i64)))
    (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
    (import "lockstep" "return_data" (func $return (param i32 i32)))
    (import "lockstep" "fail" (func $fail (param i32 i32 i32)))
    (memory (export "memory") 1)
    (func $load (param $key i32) (param $out i32)
        (i32.store16 (local.get $out) (i32.const 100))
        (drop (call $get (local.get $key) (i32.const 32) (local.get $out) (i32.const 2))))
    (func (export "transfer") (local $amount i32)
        (drop (call $input (i32.const 0) (i32.const 34)))
        (local.set $amount (i32.load16_u (i32.const 32)))
        (call $caller (i32.const 64))
        (call $load (i32.const 64) (i32.const 128))
        (call $load (i32.const 0) (i32.const 130))
        (if (i32.gt_u (local.get $amount) (i32.load16_u (i32.const 128)))
            (then (call $fail (i32.const 1) (i32.const 128) (i32.const 2))))
        (i32.store16 (i32.const 128) (i32.sub (i32.load16_u (i32.const 128)) (local.get $amount)))
        (i32.store16 (i32.const 130) (i32.add (i32.load16_u (i32.const 130)) (local.get $amount)))
        (call $set (i32.const 64) (i32.const 32) (i32.const 128) (i32.const 2))
        (call $set (i32.const 0) (i32.const 32) (i32.const 130) (i32.const 2)))
    (func (export "balance_of")
        (drop (call $input (i32.const 0) (i32.const 32)))
        (call $load (i32.const 0) (i32.const 130))
        (call $return (i32.const 130) (i32.const 2))))"#;

pub(crate) fn ledger() -> (World, Address) {
    let transfer = vec![field("to", Type::Address), field("amount", Type::U16)];
    let methods = vec![
        method("transfer", MethodKind::Call, transfer, Type::Unit),
        method("balance_of", MethodKind::View, vec![field("of", Type::Address)], Type::U16),
    ];
    let (name, docs, fields) = ("TooLittle".into(), String::new(), vec![field("have", Type::U16)]);
    let wasm = module(WAT, "Ledger", methods, vec![ErrorDef { code: 1, name, docs, fields }]);
    let (mut world, [alice, _]) = World::with_users(["alice", "bob"]);
    let ledger = world.deploy(&alice, &wasm, &()).unwrap();
    (world, ledger)
}

/// That no money is made.
pub(crate) fn rule(calls: &RandomCalls, ledger: Address) -> impl Fn(&Step<'_>) + use<> {
    let everybody = calls.addresses();
    move |step| {
        let balance = |of| u32::from(step.after.query::<u16>(ledger, "balance_of", of).unwrap());
        let sum: u32 = everybody.iter().map(balance).sum();
        assert_eq!(sum, u32::from(FIRST) * everybody.len() as u32);
    }
}
