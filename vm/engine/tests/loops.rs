//! Gas in loops is exact, whatever way they are left, though it is charged ahead and kept in a local there.

mod support;

use lockstep_abi::{Gas, Halt};
use support::Runner;

// The prices of `operator.rs`, written out again: a changed price must show up here.
const MOVE: u64 = 200;
const ALU: u64 = 400;
const BRANCH: u64 = 1_200;
const BR_TABLE: u64 = 6_000;
const CALL: u64 = 4_500;
const PER_LOCAL: u64 = 600;

/// Counts local 0 up: 3 moves and an addition.
const STEP: &str = "(local.set 0 (i32.add (local.get 0) (i32.const 1)))";
const STEP_GAS: u64 = 3 * MOVE + ALU;

fn function(body: &str) -> String {
    format!(
        r#"(module (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) $leaf)
            (func $leaf) (func (export "f") (local i32 i32) {body}))"#
    )
}

/// Two locals are cleared.
const ENTRY_GAS: u64 = 2 * PER_LOCAL;

/// What a method costs beside entering the contract and the function; with one gas less it must not end.
fn exact(text: &str) -> u64 {
    let full = Runner::new(text).call("f");
    assert!(full.result.is_ok(), "{full:?}");
    assert_eq!(Runner::new(text).with_gas(full.gas_used).call("f"), full);
    let short = Runner::new(text).with_gas(Gas(full.gas_used.0 - 1)).call("f");
    assert_eq!((short.result, short.gas_used), (Err(Halt::OutOfGas), Gas(full.gas_used.0 - 1)), "{text}");
    full.gas_used.0 - Runner::new(text).enter_price().0 - ENTRY_GAS
}

/// The condition `local 0 = n` behind it: 2 moves and a comparison.
fn reached(n: u64) -> String {
    format!("(i32.eq (local.get 0) (i32.const {n}))")
}

const REACHED_GAS: u64 = 2 * MOVE + ALU;

#[test]
fn each_way_out_of_a_loop_pays_for_what_ran() {
    let n = 7;
    let round = STEP_GAS + REACHED_GAS + BRANCH;
    let again = BRANCH;
    for (name, body, gas) in [
        ("at its end", format!("(loop {STEP} (br_if 0 (i32.eqz {})))", reached(n)), n * (round + ALU)),
        (
            "by a branch in its middle",
            format!("(block (loop {STEP} (br_if 1 {}) (br 0)))", reached(n)),
            n * round + (n - 1) * again,
        ),
        (
            "by a return in an arm",
            format!("(loop {STEP} (if {} (then (return))) (br 0))", reached(n)),
            n * round + BRANCH + (n - 1) * again,
        ),
        (
            "by a branch out of two",
            format!("(block (loop (loop {STEP} (br_if 2 {}) (br 1))))", reached(n)),
            n * round + (n - 1) * again,
        ),
        (
            "by a table",
            format!("(block (loop {STEP} (br_table 0 1 {})))", reached(n)),
            n * (round - BRANCH + BR_TABLE),
        ),
        (
            "with work behind it",
            format!("(block (loop {STEP} (br_if 1 {}) (br 0))) {STEP} {STEP}", reached(n)),
            n * round + (n - 1) * again + 2 * STEP_GAS,
        ),
        (
            "after calls in it",
            format!("(block (loop (call $leaf) {STEP} (br_if 1 {}) (br 0)))", reached(n)),
            n * (CALL + round) + (n - 1) * again,
        ),
        (
            "in a loop that calls",
            format!(
                "(block (loop (call $leaf) (local.set 0 (i32.const 0))
                    (block (loop {STEP} (br_if 1 {}) (br 0)))
                    (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                    (br_if 1 (i32.eq (local.get 1) (i32.const 3))) (br 0)))",
                reached(n)
            ),
            3 * (CALL + 2 * MOVE + n * round + (n - 1) * again + round) + 2 * again,
        ),
    ] {
        assert_eq!(exact(&function(&body)), gas, "{name}");
    }
}

#[test]
fn a_loop_out_of_which_a_branch_takes_a_value_is_metered_too() {
    let n = 5;
    let body = format!(
        "(drop (block (result i32) (loop {STEP} (drop (br_if 1 (i32.const 9) {})) (br 0)) unreachable))",
        reached(n)
    );
    let round = STEP_GAS + MOVE + REACHED_GAS + BRANCH;
    assert_eq!(exact(&function(&body)), n * round + (n - 1) * (ALU + BRANCH) + ALU);
}

/// More than the tank holds: it is filled again from the reserve on the way.
#[test]
fn gas_of_several_tanks_is_counted_to_the_last_round() {
    let rounds = 2_000_000;
    let body = format!("(loop {STEP} (br_if 0 (i32.lt_u (local.get 0) (i32.const {rounds}))))");
    let gas = rounds * (STEP_GAS + REACHED_GAS + BRANCH);
    assert!(gas > 5 << 30);
    assert_eq!(exact(&function(&body)), gas);
}

/// A loop without work of its own, one whose rounds call, and one in an arm: each must be stopped.
#[test]
fn an_endless_loop_is_stopped_whatever_is_in_it() {
    for body in [
        "(loop (br 0))",
        "(loop (call $leaf) (br 0))",
        "(loop (if (local.get 0) (then (br 1))) (br 0))",
        "(loop (loop (br 1)))",
        "(loop (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)) (br 0))",
        "(loop (br_table 0 (local.get 0)))",
    ] {
        let mut runner = Runner::new(&function(body)).with_gas(Gas::mega(100));
        let answer = runner.call("f");
        assert_eq!((answer.result, answer.gas_used), (Err(Halt::OutOfGas), Gas::mega(100)), "{body}");
    }
}

/// The gas of the rounds before is in a local then, so no meter says what was used.
#[test]
fn a_trap_that_safe_code_never_has_takes_all_gas() {
    for (body, halt) in [
        ("(drop (i32.load (i32.const 100000)))", Halt::MemoryOutOfBounds),
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", Halt::DivisionByZero),
        ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", Halt::IntegerOverflow),
        ("(call_indirect (i32.const 9))", Halt::TableOutOfBounds),
        ("(call_indirect (i32.const 1))", Halt::IndirectCallToNull),
        ("(call_indirect (param i32) (i32.const 1) (i32.const 0))", Halt::IndirectCallType),
    ] {
        for body in [
            body.to_owned(),
            format!("(loop {STEP} (br_if 0 (i32.lt_u (local.get 0) (i32.const 9))) {body})"),
        ] {
            let mut runner = Runner::new(&function(&body));
            let answer = runner.call("f");
            assert_eq!((answer.result, answer.gas_used), (Err(halt.clone()), runner.gas), "{body}");
        }
    }
}

#[test]
fn a_panic_in_a_loop_pays_for_the_rounds_before_it() {
    let gas = |n| {
        let body = format!("(loop {STEP} (if {} (then unreachable)) (br 0))", reached(n));
        let answer = Runner::new(&function(&body)).call("f");
        assert_eq!(answer.result, Err(Halt::Unreachable));
        answer.gas_used.0
    };
    assert_eq!(gas(9) - gas(8), STEP_GAS + REACHED_GAS + 2 * BRANCH);
}

/// The frame is taken once for all rounds; the depth at which a recursion ends must not know.
#[test]
fn a_recursion_through_a_loop_ends_at_the_depth_of_one_without() {
    let depth = |body: &str| {
        let text = format!(
            r#"(module (import "lockstep" "debug_log" (func $log (param i32 i32)))
                (memory (export "memory") 1)
                (func $f (export "f") (local i32) (call $log (i32.const 0) (i32.const 1)) {body}))"#
        );
        let mut runner = Runner::new(&text);
        assert_eq!(runner.halt_of("f"), Halt::StackOverflow);
        runner.world.log.len()
    };
    let plain = depth("(block (br_if 0 (local.get 0)) (call $f))");
    assert!(plain > 900);
    assert_eq!(depth("(loop (call $f) (br 0))"), plain);
    assert_eq!(depth("(loop (loop (call $f) (br_if 0 (local.get 0))) (br 0))"), plain);
}

/// A check on a way that is not taken says nothing of the others: this once ran for nothing, and could for ever.
#[test]
fn a_check_in_an_arm_that_is_jumped_over_does_not_count() {
    let unit = format!("{} (if (i32.const 0) (then (loop)))", "(drop (memory.size)) ".repeat(90));
    let body = unit.repeat(800);
    let enough = Runner::new(&function(&body)).with_gas(Gas::mega(100_000)).call("f");
    assert!(enough.result.is_ok());
    assert!(enough.gas_used > Gas::mega(500), "{:?}", enough.gas_used);
    let limit = Gas(Runner::new(&function(&body)).enter_price().0 + 50_000_000);
    let answer = Runner::new(&function(&body)).with_gas(limit).call("f");
    assert_eq!((answer.result, answer.gas_used), (Err(Halt::OutOfGas), limit));
}
