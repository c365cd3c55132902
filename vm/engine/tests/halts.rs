//! What a contract does wrong becomes a halt with a stable code, and never a fault of the machine.

mod support;

use lockstep_abi::{Bytes, Halt};
use support::Runner;

#[test]
fn every_trap_that_validated_code_can_raise_is_a_halt() {
    let cases = [
        ("unreachable", Halt::Unreachable),
        ("i32.const 70000 i32.load drop", Halt::MemoryOutOfBounds),
        ("i32.const -1 i32.const 1 i32.store offset=4294967295", Halt::MemoryOutOfBounds),
        ("i32.const 65535 i32.const 0 i32.const 2 memory.copy", Halt::MemoryOutOfBounds),
        ("i32.const 9 call_indirect (type $none)", Halt::TableOutOfBounds),
        ("i32.const 1 call_indirect (type $none)", Halt::IndirectCallToNull),
        ("i32.const 0 call_indirect (type $one) drop", Halt::IndirectCallType),
        ("i32.const -2147483648 i32.const -1 i32.div_s drop", Halt::IntegerOverflow),
        ("i64.const 1 i64.const 0 i64.rem_u drop", Halt::DivisionByZero),
    ];
    for (body, halt) in cases {
        let text = format!(
            r#"(module (type $none (func)) (type $one (func (result i32)))
                (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) $f)
                (func $f (export "f") {body}))"#
        );
        assert_eq!(Runner::new(&text).halt_of("f"), halt, "{body}");
    }
}

#[test]
fn a_segment_that_does_not_fit_halts_every_call() {
    let data = r#"(module (memory (export "memory") 1) (data (i32.const 65536) "x") (func (export "f")))"#;
    assert_eq!(Runner::new(data).halt_of("f"), Halt::MemoryOutOfBounds);
    let element = r#"(module (table 1 funcref) (elem (i32.const 1) $f) (func $f (export "f")))"#;
    assert_eq!(Runner::new(element).halt_of("f"), Halt::TableOutOfBounds);
}

#[test]
fn a_contracts_own_error_carries_its_code_and_payload() {
    let text = r#"(module (import "lockstep" "fail" (func $fail (param i32 i32 i32)))
        (memory (export "memory") 1) (data (i32.const 8) "why")
        (func (export "f") (call $fail (i32.const 42) (i32.const 8) (i32.const 3))))"#;
    let data = Bytes::try_from(b"why".to_vec()).unwrap();
    assert_eq!(Runner::new(text).halt_of("f"), Halt::Contract { code: 42, data });
}

#[test]
fn a_host_function_with_a_bad_range_or_length_halts() {
    let call = |ptr: u32, len: u32| {
        format!(
            r#"(module (import "lockstep" "storage_has" (func $has (param i32 i32) (result i32)))
                (memory (export "memory") 1)
                (func (export "f") (drop (call $has (i32.const {ptr}) (i32.const {len})))))"#
        )
    };
    assert_eq!(Runner::new(&call(65_530, 7)).halt_of("f"), Halt::HostMemory);
    assert_eq!(Runner::new(&call(u32::MAX, 1)).halt_of("f"), Halt::HostMemory);
    assert_eq!(Runner::new(&call(0, 257)).halt_of("f"), Halt::HostArgument);
    let without_memory = r#"(module (import "lockstep" "caller" (func $c (param i32)))
        (func (export "f") (call $c (i32.const 0))))"#;
    assert_eq!(Runner::new(without_memory).halt_of("f"), Halt::HostMemory);
}

#[test]
fn a_read_only_call_cannot_use_any_function_that_writes() {
    let cases = [
        ("storage_set", "(param i32 i32 i32 i32)", 4),
        ("storage_remove", "(param i32 i32)", 2),
        ("emit", "(param i32 i32 i32 i32)", 4),
        ("create", "(param i32 i32 i32 i32) (result i64)", 4),
        ("transfer", "(param i32 i32) (result i32)", 2),
    ];
    for (name, ty, params) in cases {
        let drop = if ty.contains("result") { "drop" } else { "" };
        let text = format!(
            r#"(module (import "lockstep" "{name}" (func $h {ty})) (memory (export "memory") 1)
                (func (export "f") {} call $h {drop}))"#,
            "i32.const 0 ".repeat(params),
        );
        let mut runner = Runner::new(&text).read_only();
        assert_eq!(runner.halt_of("f"), Halt::WriteInView, "{name}");
        assert!(runner.world.events.is_empty() && runner.world.entries.is_empty());
    }
}

#[test]
fn an_unknown_method_halts_without_running() {
    let mut runner = Runner::new(r#"(module (func (export "f")) (func (export "g") (param i32)))"#);
    assert_eq!(runner.halt_of("h"), Halt::UnknownMethod);
    // An export with parameters is not a method.
    assert_eq!(runner.halt_of("g"), Halt::UnknownMethod);
}
