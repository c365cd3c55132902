//! Where a contract trapped is told, in the author's own counting: of functions, and of bytes.

mod support;

use lockstep_abi::{Gas, Halt};
use lockstep_engine::{CodePlace, Trap};
use support::Runner;
use wasmer::sys::wasmparser::{Operator, Parser, Payload};

/// The one trap of a call of `f`.
fn trap(runner: &mut Runner) -> Trap {
    let halt = runner.halt_of("f");
    let [trap] = &runner.world.traps.0[..] else { panic!("{:?}", runner.world.traps) };
    assert_eq!((trap.code, &trap.halt), (runner.module().code(), &halt));
    trap.clone()
}

/// Where in the body of function `index` the first such operator is: where it begins, and where it ends.
fn bounds(wasm: &[u8], index: u32, wanted: impl Fn(&Operator<'_>) -> bool) -> [u32; 2] {
    let mut imported = 0;
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::ImportSection(section) => imported += section.count(),
            Payload::CodeSectionEntry(body) => bodies.push(body),
            _ => {}
        }
    }
    let body = &bodies[(index - imported) as usize];
    let offset = |at: u64| u32::try_from(at - body.range().start).unwrap();
    let mut operators = body.get_operators_reader().unwrap();
    loop {
        let begin = offset(operators.original_position());
        if wanted(&operators.read().unwrap()) {
            return [begin, offset(operators.original_position())];
        }
    }
}

fn is_unreachable(operator: &Operator<'_>) -> bool {
    matches!(operator, Operator::Unreachable)
}

#[track_caller]
fn assert_at(place: CodePlace, function: u32, bounds: [u32; 2]) {
    assert_eq!(place.function, function);
    assert!(bounds.contains(&place.offset), "{place} is not at {bounds:?}");
}

#[test]
fn a_trap_is_told_as_the_functions_and_operators_that_led_to_it() {
    let text = r#"(module (import "lockstep" "caller" (func (param i32))) (memory (export "memory") 1)
        (func $inner (param i32) (if (i32.eqz (local.get 0)) (then (nop) unreachable)))
        (func $middle (local i64) (local.set 0 (i64.const 7)) (call $inner (i32.const 0)) (drop (i64.const 9)))
        (func (export "f") (nop) (call $middle) (nop)))"#;
    let wasm = wat::parse_str(text).unwrap();
    let Trap { places, .. } = trap(&mut Runner::new(text));
    let [inner, middle, method] = places[..] else { panic!("{places:?}") };
    let is_call = |operator: &Operator<'_>| matches!(operator, Operator::Call { .. });
    assert_at(inner, 1, bounds(&wasm, 1, is_unreachable));
    assert_at(middle, 2, bounds(&wasm, 2, is_call));
    assert_at(method, 3, bounds(&wasm, 3, is_call));
}

/// Metering adds a local to such a function, which moves all of its code.
#[test]
fn the_place_in_a_function_with_a_loop_is_the_one_in_the_authors_module() {
    for locals in [0, 126, 127, 128] {
        // Each a group of its own, so that their count has one byte or two.
        let locals = "(local i64 i32)".repeat(locals / 2);
        let text = format!(
            r#"(module (func (export "f") (local $n i32) {locals}
                (local.set $n (i32.const 100))
                (loop $again (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $again (local.get $n)))
                unreachable))"#
        );
        let wasm = wat::parse_str(&text).unwrap();
        let Trap { places, .. } = trap(&mut Runner::new(&text));
        assert_eq!(places.len(), 1);
        assert_at(places[0], 0, bounds(&wasm, 0, is_unreachable));
    }
}

#[test]
fn where_gas_ran_out_is_told_by_the_contracts_own_functions() {
    let text = r#"(module (func $spin (loop $again (br $again))) (func (export "f") (call $spin)))"#;
    let mut runner = Runner::new(text);
    let Trap { halt, places, .. } = trap(&mut runner);
    assert_eq!(halt, Halt::OutOfGas);
    assert_eq!(places.iter().map(|place| place.function).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn of_a_deep_recursion_the_innermost_frames_are_told() {
    let text = r#"(module (func $down (param i32)
            (if (i32.eqz (local.get 0)) (then unreachable)) (call $down (i32.sub (local.get 0) (i32.const 1))))
        (func (export "f") (call $down (i32.const 100))))"#;
    let Trap { places, .. } = trap(&mut Runner::new(text));
    assert_eq!(places.len(), 16);
    assert!(places.iter().all(|place| place.function == 0));
}

#[test]
fn a_refusal_and_a_call_that_never_ran_are_no_traps() {
    let text = r#"(module (import "lockstep" "fail" (func $fail (param i32 i32 i32)))
        (memory (export "memory") 1) (func (export "f") (call $fail (i32.const 1) (i32.const 0) (i32.const 0))))"#;
    let mut runner = Runner::new(text);
    runner.halt_of("f");
    runner.halt_of("g");
    let mut poor = Runner::new(text).with_gas(Gas(1));
    poor.halt_of("f");
    assert!(runner.world.traps.0.is_empty() && poor.world.traps.0.is_empty());
}

#[test]
fn a_place_reads_back_from_its_text() {
    let place = CodePlace { function: 12, offset: 0x3a };
    assert_eq!(place.to_string(), "12+0x3a");
    assert_eq!("12+0x3a".parse(), Ok(place));
    for text in ["", "12", "12+3a", "12+0x", "+12+0x3a", "12+0x+3a", "x+0x1", "12+0x1ffffffff", "-1+0x3"] {
        assert!(text.parse::<CodePlace>().is_err(), "{text}");
    }
}
