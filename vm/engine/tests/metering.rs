//! Gas is exact, charged before the work, and the same however a call ends.

mod support;

use lockstep_abi::{
    Gas, Halt,
    limits::run::{FRAME_STACK_UNITS, MAX_STACK_UNITS},
    price::{
        ENTER_PER_DATA_BYTE, ENTER_PER_EXPORT, ENTER_PER_FUNCTION, ENTER_PER_IMPORT, ENTER_PER_SEGMENT,
        ENTER_PER_TABLE_ENTRY, PER_PAGE, UNWIND_PER_STACK_UNIT,
    },
};
use support::Runner;

// The prices of `operator.rs`, written out again: a changed price must show up here.
const MOVE: u64 = 200;
const ALU: u64 = 400;
const BRANCH: u64 = 1_200;
const CALL: u64 = 4_500;
const BUILTIN: u64 = 9_000;
const FILL_PER_BYTE: u64 = 23;
const PER_LOCAL: u64 = 600;

#[test]
fn straight_code_costs_the_sum_of_its_operators() {
    let mut empty = Runner::new(r#"(module (func (export "f")))"#);
    assert_eq!(empty.gas_of("f"), 0);
    let mut sum = Runner::new(r#"(module (func (export "f") i32.const 1 i32.const 2 i32.add drop))"#);
    assert_eq!(sum.gas_of("f"), 2 * MOVE + 2 * ALU);
}

#[test]
fn only_the_branch_that_is_taken_is_paid_for() {
    let text = r#"(module (func (export "f")
        i32.const 0
        (if (then i32.const 1 drop i32.const 1 drop) (else i32.const 1 drop))))"#;
    // `else` ends the untaken arm and is charged with it.
    assert_eq!(Runner::new(text).gas_of("f"), MOVE + BRANCH + MOVE + ALU);
}

#[test]
fn a_loop_costs_its_body_for_each_round() {
    let rounds = |n: u64| {
        Runner::new(&format!(
            r#"(module (func (export "f") (local i32)
                (loop local.get 0 i32.const 1 i32.add local.tee 0 i32.const {n} i32.lt_u br_if 0)))"#
        ))
        .gas_of("f")
    };
    assert_eq!(rounds(11) - rounds(10), 4 * MOVE + 2 * ALU + BRANCH);
}

#[test]
fn bulk_memory_costs_by_length_before_it_is_done() {
    let fill = |length: u32| {
        format!(
            r#"(module (memory (export "memory") 16)
                (func (export "f") i32.const 0 i32.const 1 i32.const {length} memory.fill))"#
        )
    };
    let gas = |length| Runner::new(&fill(length)).gas_of("f");
    assert_eq!(gas(0), 3 * MOVE + BUILTIN);
    assert_eq!(gas(1_000) - gas(0), 1_000 * FILL_PER_BYTE);

    // Far outside the memory: too dear comes before out of bounds.
    let mut poor = Runner::new(&fill(u32::MAX)).with_gas(Gas::mega(1_000));
    assert_eq!(poor.halt_of("f"), Halt::OutOfGas);
    let mut rich = Runner::new(&fill(u32::MAX)).with_gas(Gas::mega(1_000_000));
    assert_eq!(rich.halt_of("f"), Halt::MemoryOutOfBounds);
}

#[test]
fn growing_memory_costs_by_page_and_ends_at_the_limit_with_minus_one() {
    let grow = |pages: u32| {
        Runner::new(&format!(
            r#"(module (import "lockstep" "return_data" (func $r (param i32 i32)))
                (memory (export "memory") 1)
                (func (export "f")
                    (i32.store (i32.const 0) (memory.grow (i32.const {pages})))
                    (call $r (i32.const 0) (i32.const 4))))"#
        ))
    };
    assert_eq!(grow(2).gas_of("f") - grow(1).gas_of("f"), PER_PAGE);
    assert_eq!(grow(255).call("f").result, Ok(vec![1, 0, 0, 0]));
    assert_eq!(grow(256).call("f").result, Ok(vec![255; 4]));
}

#[test]
fn a_call_costs_its_frame_and_locals() {
    let with_locals = |n: usize| {
        let locals = "(local i64)".repeat(n);
        Runner::new(&format!(r#"(module (func $g {locals}) (func (export "f") call $g))"#)).gas_of("f")
    };
    assert_eq!(with_locals(0), CALL);
    assert_eq!(with_locals(100) - with_locals(0), 100 * PER_LOCAL);
}

/// An endless loop, endless recursion, and a block that overdraws the meter and returns.
#[test]
fn running_out_of_gas_empties_the_meter_wherever_it_happens() {
    for body in [
        "(loop br 0)",
        "call $f",
        "i32.const 0 i32.const 0 i32.const 1000 memory.fill",
        "i64.const 1 i64.const 1 i64.div_u drop i64.const 1 i64.const 1 i64.div_u drop",
        "i32.const 1 (if (then i64.const 1 i64.const 1 i64.div_u drop i64.const 1 i64.const 1 i64.div_u drop))",
    ] {
        let text = format!(r#"(module (memory (export "memory") 1) (func $f (export "f") {body}))"#);
        let mut runner = Runner::new(&text);
        runner.gas = Gas(runner.enter_price().0 + 10_000);
        runner.stack_units = u32::MAX;
        let answer = runner.call("f");
        assert_eq!(answer.result, Err(Halt::OutOfGas), "{body}");
        assert_eq!(answer.gas_used, runner.gas, "{body}");
    }
}

#[test]
fn with_the_exact_gas_a_call_succeeds_and_with_one_less_it_does_not() {
    let text = r#"(module
        (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
        (memory (export "memory") 1)
        (func (export "f") (local i32)
            (loop (call $set (i32.const 0) (i32.const 4) (i32.const 8) (i32.const 16))
                local.get 0 i32.const 1 i32.add local.tee 0 i32.const 5 i32.lt_u br_if 0)))"#;
    let exact = Runner::new(text).call("f").gas_used;
    assert!(Runner::new(text).with_gas(exact).call("f").result.is_ok());
    let short = Runner::new(text).with_gas(Gas(exact.0 - 1)).call("f");
    assert_eq!((short.result, short.gas_used), (Err(Halt::OutOfGas), Gas(exact.0 - 1)));
}

#[test]
fn with_less_than_the_price_of_entering_nothing_runs() {
    let mut runner = Runner::new(r#"(module (memory (export "memory") 3) (func (export "f")))"#);
    runner.gas = Gas(runner.enter_price().0 - 1);
    let answer = runner.call("f");
    assert_eq!((answer.result, answer.gas_used), (Err(Halt::OutOfGas), runner.gas));
}

#[test]
fn recursion_halts_at_the_same_depth_whatever_the_gas() {
    let text = r#"(module
        (import "lockstep" "debug_log" (func $log (param i32 i32)))
        (memory (export "memory") 1)
        (func $f (export "f") (local i64 i64)
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
            (call $log (i32.const 0) (i32.const 4))
            call $f))"#;
    let depth = |gas| {
        let mut runner = Runner::new(text).with_gas(gas);
        assert_eq!(runner.halt_of("f"), Halt::StackOverflow);
        runner.world.log.len()
    };
    let deep = depth(Gas::mega(10_000));
    assert_eq!(deep, depth(Gas::mega(100_000)));
    // 2 locals, 3 operands at the deepest point; a function that calls counts as soon as it is entered.
    assert_eq!(deep, (MAX_STACK_UNITS / (2 + 3 + FRAME_STACK_UNITS)) as usize);
}

/// A trap takes a backtrace of all frames; a thousand of them once took 20 times what they paid.
#[test]
fn a_trap_pays_for_the_frames_that_it_unwinds() {
    let text = |depth: u32| {
        format!(
            r#"(module (func $f (param i32)
                    (if (i32.eqz (local.get 0)) (then unreachable))
                    (call $f (i32.sub (local.get 0) (i32.const 1))))
                (func (export "f") (call $f (i32.const {depth}))))"#
        )
    };
    let gas = |depth| {
        let mut runner = Runner::new(&text(depth));
        assert_eq!(runner.halt_of("f"), Halt::Unreachable);
        runner.call("f").gas_used.0
    };
    let (one, two, three) = (gas(1), gas(2), gas(3));
    assert_eq!(three - two, two - one);
    // 1 local and 2 operands; what a round costs to execute is less than a thousandth of it.
    let unwinding = u64::from(1 + 2 + FRAME_STACK_UNITS) * UNWIND_PER_STACK_UNIT;
    assert!((unwinding..unwinding + unwinding / 10).contains(&(two - one)), "{}", two - one);
}

/// The largest frame that is allowed, entered until the metered stack ends: the native one must last.
#[test]
fn the_metered_stack_ends_before_the_native_one() {
    for (locals, operands) in [(0, 0), (1, 0), (1_000, 0), (0, 1_000), (1_000, 4_000)] {
        let text = format!(
            r#"(module (func $f (export "f") {} {} call $f {}))"#,
            "(local i64)".repeat(locals),
            "i64.const 1 ".repeat(operands),
            "drop ".repeat(operands),
        );
        let halt = Runner::new(&text).halt_of("f");
        assert_eq!(halt, Halt::StackOverflow, "{locals} locals, {operands} operands");
    }
}

/// What can do much for one operator. A length of 4 GiB is charged without overflowing, and too dear comes before too
/// far: nothing was tried.
#[test]
fn each_operator_whose_work_has_a_length_pays_by_it_before_the_work() {
    for operator in [
        "i32.const 0 i32.const 7 i32.const LENGTH memory.fill",
        "i32.const 0 i32.const 0 i32.const LENGTH memory.copy",
        "i32.const LENGTH memory.grow drop",
    ] {
        let runner = |length: u32| {
            let body = operator.replace("LENGTH", &length.to_string());
            Runner::new(&format!(r#"(module (memory (export "memory") 1) (func (export "f") {body}))"#))
        };
        let per_unit = runner(1).gas_of("f") - runner(0).gas_of("f");
        assert!(per_unit > 0, "{operator}");
        assert_eq!(runner(200).gas_of("f") - runner(0).gas_of("f"), 200 * per_unit, "{operator}");
        for length in [1 << 31, u32::MAX] {
            let mut poor = runner(length).with_gas(Gas(u64::from(length) * per_unit));
            assert_eq!(poor.halt_of("f"), Halt::OutOfGas, "{operator}, {length}");
        }
    }
}

/// Instantiation replays a module's segments and fills its table at each call, whatever the method then does.
#[test]
fn entering_is_paid_by_everything_that_an_instance_is_made_of() {
    const F: &str = r#"(func $f (export "f"))"#;
    let enter = |parts: &str| Runner::new(&format!("(module {parts})")).enter_price().0;
    let memory = |rest: &str| enter(&format!(r#"{F} (memory (export "memory") 1) {rest}"#));
    let table = |rest: &str| enter(&format!("{F} (table 9 funcref) {rest}"));
    for (what, more, less, price) in [
        ("a page", enter(&format!(r#"{F} (memory (export "memory") 2)"#)), memory(""), PER_PAGE),
        ("a segment", memory("(data (i32.const 0) \"\")"), memory(""), ENTER_PER_SEGMENT),
        (
            "a byte",
            memory("(data (i32.const 0) \"ab\")"),
            memory("(data (i32.const 0) \"a\")"),
            ENTER_PER_DATA_BYTE,
        ),
        ("an entry", enter(&format!("{F} (table 10 funcref)")), table(""), ENTER_PER_TABLE_ENTRY),
        (
            "an element",
            table("(elem (i32.const 0) $f $f)"),
            table("(elem (i32.const 0) $f)"),
            ENTER_PER_TABLE_ENTRY,
        ),
        ("an element segment", table("(elem (i32.const 0) func)"), table(""), ENTER_PER_SEGMENT),
        (
            "an import",
            enter(&format!(r#"(import "lockstep" "caller" (func (param i32))) {F}"#)),
            enter(F),
            ENTER_PER_IMPORT,
        ),
        ("an export", enter(&format!("{F} (export \"g\" (func $f))")), enter(F), ENTER_PER_EXPORT),
        ("a function", enter(&format!("{F} (func)")), enter(F), ENTER_PER_FUNCTION),
    ] {
        assert_eq!(more - less, price, "{what}");
    }
}
