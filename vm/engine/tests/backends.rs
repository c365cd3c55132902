//! A call ends the same on every back end: result, gas, halt, and what it did to the world.
//!
//! `cargo test -p lockstep-engine --features cranelift`. [`Runner`] makes each call on every back end that is built
//! in and compares, so all the other tests of the engine compare them too; here is what was written to make them
//! differ. Without the feature these are tests of Singlepass alone.

mod support;

use std::{collections::BTreeSet, env, fs, path::Path};

use lockstep_abi::{Gas, Halt};
use lockstep_engine::{Backend, Engine, EngineConfig, prepare};
use support::{BACKENDS, Runner};

/// A little of everything, for modules that run into a trap.
fn module(locals: &str, body: &str) -> String {
    format!(
        r#"(module (type $none (func)) (type $one (func (result i32)))
            (import "lockstep" "debug_log" (func $log (param i32 i32)))
            (import "lockstep" "fail" (func $fail (param i32 i32 i32)))
            (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) $nothing)
            (global $g (mut i64) (i64.const 7))
            (func $nothing)
            (func $one (param i32) (result i32) local.get 0)
            (func (export "f") {locals} {body}))"#
    )
}

/// What can stop a call, one each.
const TRAPS: [(&str, Halt); 9] = [
    ("unreachable", Halt::Unreachable),
    ("(drop (i32.load (i32.const 200000)))", Halt::MemoryOutOfBounds),
    ("(i64.store (i32.const -1) (i64.const 1))", Halt::MemoryOutOfBounds),
    ("(i32.store offset=4294967295 (i32.const -1) (i32.const 1))", Halt::MemoryOutOfBounds),
    ("(memory.fill (i32.const 131071) (i32.const 1) (i32.const 2))", Halt::MemoryOutOfBounds),
    ("(call_indirect (type $none) (i32.const 9))", Halt::TableOutOfBounds),
    ("(call_indirect (type $none) (i32.const 1))", Halt::IndirectCallToNull),
    ("(drop (call_indirect (type $one) (i32.const 0)))", Halt::IndirectCallType),
    ("(drop (i32.div_s (i32.const -2147483648) (i32.const -1)))", Halt::IntegerOverflow),
];

/// The gas that is used at a trap is what the meter held then. An optimizer may drop a charge that the next one
/// overwrites, but only where nobody can look between the two.
#[test]
fn the_meter_is_the_same_wherever_a_trap_comes() {
    let places = [
        "TRAP",
        "(call $nothing) TRAP",
        "TRAP (call $nothing)",
        "(block TRAP) (call $nothing)",
        "(loop (if (i32.lt_u (local.get $n) (i32.const 5))
            (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br 1)))) TRAP",
        "(loop (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (if (i32.gt_u (local.get $n) (i32.const 4)) (then TRAP)) (br 0))",
        "(if (global.get $g) (then TRAP) (else (call $nothing)))",
        "(block (br_if 0 (i32.eqz (i64.eqz (global.get $g)))) (call $nothing)) TRAP (global.set $g (i64.const 8))",
        "(global.set $g (i64.const 1)) (global.set $g (i64.const 2)) TRAP (global.set $g (i64.const 3))",
        "(i64.store (i32.const 0) (i64.const 1)) (global.set $g (i64.load (i32.const 0))) TRAP
            (i64.store (i32.const 0) (i64.const 2))",
        "(drop (memory.grow (i32.const 1))) (memory.fill (i32.const 0) (i32.const 1) (i32.const 9)) TRAP",
        "(call $log (i32.const 0) (i32.const 4)) (drop (call $one (i32.const 1))) TRAP",
        "(block $a (block $b (block $c (br_table $a $b $c (local.get $n))) TRAP) TRAP) TRAP",
    ];
    for place in places {
        for (trap, halt) in TRAPS {
            let zero_extended =
                place.replace("(global.get $g) (then", "(i32.wrap_i64 (global.get $g)) (then");
            let text = module("(local $n i32)", &zero_extended.replace("TRAP", trap));
            assert_eq!(Runner::new(&text).halt_of("f"), halt, "{text}");
        }
    }
}

/// With every budget, from none to enough, a call stops at the same point of its work.
#[test]
fn every_budget_of_gas_and_stack_ends_at_the_same_point() {
    let text = module(
        "(local $n i32)",
        "(loop
            (i32.store (i32.const 0) (local.get $n)) (call $log (i32.const 0) (i32.const 4))
            (global.set $g (i64.mul (global.get $g) (i64.const 3)))
            (if (i32.and (local.get $n) (i32.const 1))
                (then (i64.store (i32.const 8) (i64.div_u (global.get $g) (i64.const 3))))
                (else (memory.copy (i32.const 64) (i32.const 0) (local.get $n))))
            (local.set $n (call $one (i32.add (local.get $n) (i32.const 1))))
            (br_if 0 (i32.lt_u (local.get $n) (i32.const 4))))
        (memory.fill (i32.const 16) (i32.const 1) (i32.const 100))",
    );
    let mut runner = Runner::new(&text);
    let whole = runner.gas_of("f");
    let enter = runner.enter_price().0;
    for step in 0..=200 {
        runner.gas = Gas(enter + whole * step / 200);
        runner.world = support::Memory::default();
        let answer = runner.call("f");
        assert_eq!(answer.result.is_ok(), step == 200, "{step}: {answer:?}");
    }
    for stack_units in 0..300 {
        runner.stack_units = stack_units;
        runner.call("f");
    }
}

/// A function that calls itself until the stack ends, with frames that compilers lay out differently. The log
/// tells how deep it came.
#[test]
fn recursion_ends_at_the_same_call_whatever_the_frame() {
    for (name, text) in frames() {
        let mut runner = Runner::new(&text);
        assert_eq!(runner.halt_of("f"), Halt::StackOverflow, "{name}");
        assert!(runner.world.log.len() > 5, "{name}: {}", runner.world.log.len());
    }
}

fn frames() -> Vec<(String, String)> {
    let recursion = |signature: &str, begin: &str, call: &str, rest: &str| {
        format!(
            r#"(module (import "lockstep" "debug_log" (func $log (param i32 i32)))
                (memory (export "memory") 1) (table 1 funcref) (elem (i32.const 0) $r)
                (type $r (func {signature}))
                (func $r (type $r) {begin} (call $log (i32.const 0) (i32.const 1)) {call} {rest})
                (func (export "f") {} call $r {}))"#,
            "i64.const 5 ".repeat(signature.matches("i64").count() - signature.matches("result").count()),
            "drop ".repeat(signature.matches("result").count()),
        )
    };
    let mut modules = Vec::new();
    let mut add = |name: String, text: String| modules.push((name, text));
    add("nothing".into(), recursion("", "", "call $r", ""));
    add("indirect".into(), recursion("", "", "(call_indirect (type $r) (i32.const 0))", ""));
    for params in [1, 5, 6, 7, 9, 31, 32] {
        let signature = format!("(param {})", "i64 ".repeat(params));
        let gets: String = (0..params).rev().map(|index| format!("local.get {index} ")).collect();
        add(format!("{params} parameters"), recursion(&signature, "", &format!("{gets} call $r"), ""));
    }
    for locals in [1, 4, 17, 100, 1_000] {
        let sets: String = (0..locals)
            .map(|index| format!("(local.set {index} (i64.load (i32.const {}))) ", index * 8))
            .collect();
        let gets: String = (0..locals)
            .map(|index| format!("(i64.store (i32.const {}) (local.get {index})) ", index * 8))
            .collect();
        let begin = format!("(local {}) {sets}", "i64 ".repeat(locals));
        add(format!("{locals} locals"), recursion("", &begin, "call $r", &gets));
    }
    for operands in [1, 9, 30, 400, 600, 2_000, 4_000] {
        let loads: String =
            (0..operands).map(|index| format!("(i64.load (i32.const {})) ", index * 8)).collect();
        let adds = format!("{} drop", "i64.add ".repeat(operands - 1));
        add(format!("{operands} operands"), recursion("", &loads, "call $r", &adds));
    }
    // Few operands and locals, many values: what is computed before the call and again after it, which an optimizer
    // computes once and keeps meanwhile.
    for values in [10, 500, 3_000, 8_000] {
        let products: String = (0..values)
            .map(|index| {
                format!("(i64.store (i32.const 8) (i64.mul (local.get 0) (i64.const {}))) ", index * 2 + 3)
            })
            .collect();
        let call = "(call $r (i64.add (local.get 0) (i64.const 1)))";
        add(format!("{values} common products"), recursion("(param i64)", &products, call, &products));
    }
    modules
}

#[test]
fn many_results_come_back_alike() {
    let text = r#"(module (import "lockstep" "return_data" (func $return (param i32 i32)))
        (memory (export "memory") 1)
        (func $four (param i32 i64) (result i64 i32 i64 i32)
            local.get 1 local.get 0 local.get 1 i64.const 1 i64.add local.get 0 i32.const 1 i32.add)
        (func (export "f") (local i64 i32 i64 i32)
            (call $four (i32.const -5) (i64.const -7))
            local.set 3 local.set 2 local.set 1 local.set 0
            (i64.store (i32.const 0) (local.get 0)) (i32.store (i32.const 8) (local.get 1))
            (i64.store (i32.const 16) (local.get 2)) (i32.store (i32.const 24) (local.get 3))
            (call $return (i32.const 0) (i32.const 28))))"#;
    assert_eq!(Runner::new(text).call("f").result.unwrap().len(), 28);
}

/// Integer operators on the values at which they change: the answer is every result, one after the other.
#[test]
fn operators_give_the_same_on_values_at_the_edge() {
    let values =
        ["0", "1", "-1", "2", "31", "32", "63", "64", "127", "-128", "32768", "2147483647", "-2147483648"];
    let binary =
        "add sub mul and or xor shl shr_s shr_u rotl rotr eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
    for ty in ["i32", "i64"] {
        let mut code = String::new();
        let mut at = 0;
        let mut keep = |expression: String, compared: bool| {
            let store = if compared { "i32" } else { ty };
            at += 8;
            code += &format!("({store}.store (i32.const {at}) {expression}) ");
        };
        for one in values {
            for op in ["eqz", "clz", "ctz", "popcnt", "extend8_s", "extend16_s"] {
                keep(format!("({ty}.{op} ({ty}.const {one}))"), op == "eqz");
            }
            for two in values {
                for (index, op) in binary.split(' ').enumerate() {
                    // One operand from a global, so that not all is computed while compiling.
                    keep(
                        format!(
                            "({ty}.{op} ({ty}.add (global.get 0) ({ty}.const {one})) ({ty}.const {two}))"
                        ),
                        index > 10,
                    );
                }
                for op in ["div_s", "div_u", "rem_s", "rem_u"] {
                    let overflow = one == "-2147483648" && two == "-1" && ty == "i32" && op == "div_s";
                    if two != "0" && !overflow {
                        keep(
                            format!(
                                "({ty}.{op} ({ty}.add (global.get 0) ({ty}.const {one})) ({ty}.const {two}))"
                            ),
                            false,
                        );
                    }
                }
            }
        }
        let text = format!(
            r#"(module (import "lockstep" "return_data" (func $return (param i32 i32)))
                (memory (export "memory") 1) (global (mut {ty}) ({ty}.const 0))
                (func (export "f") {code} (call $return (i32.const 0) (i32.const {}))))"#,
            at + 8
        );
        assert!(Runner::new(&text).call("f").result.is_ok());
    }
}

#[test]
fn the_attacks_end_alike() {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../contracts/hostile");
    let mut attacks = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "wat") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let Some(halted) = text.lines().next().unwrap().strip_prefix(";; expect: halt: ") else { continue };
        // These two ask for other contracts, or for more than one test keeps.
        if !["calls_itself.wat", "event_flood.wat"].iter().any(|name| path.ends_with(name)) {
            assert_eq!(format!("{:?}", Runner::new(&text).halt_of("attack")), halted, "{}", path.display());
            attacks += 1;
        }
    }
    assert!(attacks > 10, "{attacks} attacks found");
}

/// Else nothing here compares anything.
#[test]
fn each_back_end_makes_code_of_its_own() {
    let prepared = prepare(wat::parse_str(module("", "(call $nothing)")).unwrap()).unwrap();
    let bytes = |backend: &Backend| {
        let config = EngineConfig { backend: *backend, ..EngineConfig::default() };
        Engine::new(&config).unwrap().compile(&prepared).unwrap().native_bytes()
    };
    let different: BTreeSet<_> = BACKENDS.iter().map(bytes).collect();
    assert_eq!(different.len(), BACKENDS.len());
}
