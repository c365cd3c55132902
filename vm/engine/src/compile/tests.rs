//! That every processor says the same of the same code: the largest shapes that the limits allow, and the attacks,
//! compiled for each.

#![expect(clippy::arithmetic_side_effects, reason = "small figures of the tests' own")]

use std::{env, fs, num::NonZero, path::Path};

use wasmer::sys::{CpuFeature, Target};

use super::{Backend, CompileError, native};
use crate::{instrument::Input, prepare};
use lockstep_abi::limits::module::{
    MAX_BLOCK_DEPTH, MAX_BODY_BYTES, MAX_BR_TABLE, MAX_FUNCTIONS, MAX_GLOBALS, MAX_IMPORTS, MAX_LOCALS,
    MAX_OPERANDS, MAX_PARAMS, MAX_RESULTS, MAX_TYPES,
};

/// Apple's too: it passes arguments in another way. Not RISC-V: there Singlepass 7.4.2 panics on a frame of more than
/// 2 KiB with a wide call in it (`emitter_riscv.rs`, `compatible_imm`), so a node on such a machine stops.
const TARGETS: [&str; 3] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin"];

/// Whether a module compiles for a target; none if it is not a module that could be stored.
fn compiles(wasm: &[u8], backend: Backend, triple: &'static str) -> Option<bool> {
    let prepared = prepare(wasm.to_vec()).ok()?;
    // No extensions but those that Singlepass must have.
    let target = Target::new(triple.parse().unwrap(), CpuFeature::SSE2 | CpuFeature::SSE42);
    let Input { wasm, plans } = Input::new(&prepared).unwrap();
    let builder = backend.builder(prepared.shape(), plans, NonZero::<usize>::MIN).set_target(Some(target));
    match native(&wasm, builder) {
        Ok(_) => Some(true),
        Err(CompileError::NotCompilable(_)) => Some(false),
        Err(CompileError::Fault(fault)) => panic!("{triple}: {fault}"),
    }
}

/// A module around one function of `params` and `results`, with something of everything that code can refer to.
fn module(signature: &str, body: &str) -> Vec<u8> {
    let wide = format!(
        "(param {}) (result {})",
        "i64 ".repeat(MAX_PARAMS as usize),
        "i64 ".repeat(MAX_RESULTS as usize)
    );
    let globals = "(global (mut i64) (i64.const 0))".repeat(MAX_GLOBALS as usize);
    let text = format!(
        r#"(module (type $none (func)) (type $wide (func {wide}))
            (import "lockstep" "debug_log" (func $log (param i32 i32)))
            (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) $none $wide) {globals}
            (func $none) (func $wide (type $wide) {})
            (func $f {signature} {body}))"#,
        "i64.const 0 ".repeat(MAX_RESULTS as usize),
    );
    wat::parse_str(text).unwrap()
}

/// `unit`, of so many bytes of Wasm, as often as fits in a body.
fn filled(unit: &str, unit_bytes: usize) -> String {
    const ROOM_BYTES: usize = 2_048;
    unit.repeat((MAX_BODY_BYTES as usize - ROOM_BYTES) / unit_bytes)
}

/// One function each, as large as the limits allow.
fn largest() -> Vec<(&'static str, Vec<u8>)> {
    /// What is not a constant, which the compiler would not keep.
    const VALUE: &str = "global.get 0 ";
    let nest = |open: &str, body: &str| {
        let depth = MAX_BLOCK_DEPTH as usize - 2;
        format!("{}{body}{}", open.repeat(depth), "end ".repeat(depth))
    };
    let operands = |count: u32, body: &str| {
        let count = count as usize;
        format!("{}{body}{}", VALUE.repeat(count), "drop ".repeat(count))
    };
    let table = |most: usize| {
        let targets: String = (0..MAX_BR_TABLE as usize).map(|index| format!("{} ", index % most)).collect();
        format!("i32.const 1 br_table {targets} 0 ")
    };
    let (locals, params) = (
        format!("(local {})", "i64 ".repeat(MAX_LOCALS as usize)),
        format!("(param {})", "i64 ".repeat(MAX_PARAMS as usize)),
    );
    let results = format!("(result {})", "i64 ".repeat(MAX_RESULTS as usize));
    let wide_call = |call: &str| {
        format!("{} {call} {}", VALUE.repeat(MAX_PARAMS as usize), "drop ".repeat(MAX_RESULTS as usize))
    };
    let wide_bytes = (MAX_PARAMS * 2 + 8 + MAX_RESULTS) as usize;
    let touch_local = |index: u32| format!("local.get {index} i64.const 1 i64.add local.set {index} ");
    let divide = "local.get 0 local.get 0 i64.div_s local.set 0 ";
    // Branches from one end of the longest code to the other, forward and back.
    let across =
        |body: &str| format!("(block (loop local.get 0 i64.eqz br_if 1 {body} local.get 0 i64.eqz br_if 0))");
    let many_tables = format!("(block {})", format!("(block {})", table(2)).repeat(60));
    let unpack =
        format!("{} {}", wide_call("call $wide"), wide_call("i32.const 1 call_indirect (type $wide)"));
    let bulk = "i32.const 0 i32.const 0 i32.const 9 memory.copy i32.const 0 i32.const 0 i32.const 9 memory.fill \
                i32.const 1 memory.grow drop ";
    let globals: String = (0..MAX_GLOBALS)
        .map(|index| format!("global.get {index} i64.const 1 i64.add global.set {index} "))
        .collect();
    let mix =
        "local.get 0 i64.popcnt i64.clz i64.ctz local.get 0 i64.rotl local.get 0 i64.shr_s local.set 0 ";
    vec![
        ("constants", module("", &filled("i32.const 1 drop ", 3))),
        ("calls", module("", &filled("call $none ", 2))),
        ("host calls", module("", &filled("i32.const 0 i32.const 0 call $log ", 6))),
        ("wide calls", module("", &filled(&wide_call("call $wide"), wide_bytes))),
        ("indirect calls", module("", &filled("i32.const 0 call_indirect (type $none) ", 5))),
        ("wide indirect calls", module("", &filled(&unpack, 2 * wide_bytes))),
        ("branches", module("(param i32)", &filled("local.get 0 (if (then)) ", 6))),
        ("arms", module("(param i32)", &filled("local.get 0 (if (then) (else)) ", 7))),
        ("loops", module("", &filled("(loop) ", 3))),
        ("nested blocks", module("", &nest("block ", &table(MAX_BLOCK_DEPTH as usize - 2)))),
        ("nested loops", module("", &nest("loop ", "br 1 "))),
        ("nested ifs", module("(param i32)", &nest("local.get 0 if ", "nop "))),
        ("branch tables", module("", &many_tables)),
        ("a table of branches with results", {
            let locals = format!("{results} (local {})", "i64 ".repeat(MAX_LOCALS as usize - 1));
            let values = VALUE.repeat(MAX_OPERANDS as usize - 4);
            module(&locals, &format!("{values} {}", table(1)))
        }),
        (
            "returns",
            module(
                &format!("(param i64) {results}"),
                &format!(
                    "{} {}",
                    filled(&format!("local.get 0 i64.eqz (if (then {} return)) ", VALUE.repeat(4)), 15),
                    "i64.const 1 ".repeat(4)
                ),
            ),
        ),
        (
            "loads",
            module("(param i64)", &filled("local.get 0 i32.wrap_i64 i64.load offset=4294967295 drop ", 11)),
        ),
        ("stores", module("(param i64)", &filled("i32.const 0 local.get 0 i64.store offset=65528 ", 9))),
        ("divisions", module("(param i64)", &filled(divide, 7))),
        ("a mix of operators", module("(param i64)", &filled(mix, 13))),
        ("bulk memory", module("", &filled(bulk, 29))),
        ("globals", module("", &filled(&globals, 9 * MAX_GLOBALS as usize))),
        ("large constants", module("", &filled("i64.const 0x7123456789abcdef drop ", 12))),
        ("locals", module(&locals, &(0..MAX_LOCALS).map(touch_local).collect::<String>())),
        ("params", module(&params, &filled(&touch_local(31), 7))),
        ("operands", module("", &operands(MAX_OPERANDS, ""))),
        (
            "operands and locals",
            module(
                &format!("(local {})", "i64 ".repeat(MAX_LOCALS as usize - 1)),
                &operands(MAX_OPERANDS - MAX_PARAMS - 2, &format!("{unpack} {bulk} {}", touch_local(1_000))),
            ),
        ),
        (
            "operands across branches",
            module(
                "",
                &format!(
                    "(block (block {} i32.const 0 br_if 1 {}))",
                    VALUE.repeat(MAX_OPERANDS as usize - 1),
                    "drop ".repeat(MAX_OPERANDS as usize - 1)
                ),
            ),
        ),
        (
            "a branch across loads",
            module(
                "(param i64)",
                &across(&filled("local.get 0 i32.wrap_i64 i64.load offset=4294967295 drop ", 11)),
            ),
        ),
        (
            "a branch across indirect calls",
            module("(param i64)", &across(&filled("i32.const 0 call_indirect (type $none) ", 5))),
        ),
        ("a branch across wide calls", module("(param i64)", &across(&filled(&unpack, 2 * wide_bytes)))),
        ("a branch across divisions", module("(param i64)", &across(&filled(divide, 7)))),
        ("a branch across bulk memory", module("(param i64)", &across(&filled(bulk, 29)))),
        ("a branch across tables", module("(param i64)", &across(&many_tables))),
        ("functions", {
            let last = MAX_FUNCTIONS - 1;
            let functions = format!("(func call 0 call {last}) ").repeat(MAX_FUNCTIONS as usize);
            wat::parse_str(format!("(module {functions})")).unwrap()
        }),
        ("functions of many locals", {
            let functions = format!("(func {locals}) ").repeat(MAX_FUNCTIONS as usize);
            wat::parse_str(format!("(module {functions})")).unwrap()
        }),
        ("functions of many parameters and results", {
            let function =
                format!("(func {params} {results} {}) ", "local.get 31 ".repeat(MAX_RESULTS as usize));
            wat::parse_str(format!("(module {})", function.repeat(MAX_FUNCTIONS as usize))).unwrap()
        }),
        ("types", {
            let ty = |index: u32| {
                let params: String = (0..MAX_PARAMS)
                    .map(|bit| if index >> (bit % 10) & 1 == 0 { "i32 " } else { "i64 " })
                    .collect();
                format!("(type (func (param {params}) {results}))")
            };
            let types: String = (2..MAX_TYPES).map(ty).collect();
            let imports =
                r#"(import "lockstep" "debug_log" (func (param i32 i32)))"#.repeat(MAX_IMPORTS as usize);
            wat::parse_str(format!("(module {types} {imports} (func))")).unwrap()
        }),
        ("a whole module of loops", {
            let functions = format!("(func {}) ", filled("(loop) ", 3)).repeat(4);
            wat::parse_str(format!("(module {functions})")).unwrap()
        }),
        ("a whole module of wide calls", {
            let unit = wide_call("call 0");
            let wide = format!("{params} {results}");
            let body = filled(&unit, wide_bytes);
            let functions = format!("(func {body}) ").repeat(3);
            let zeros = "i64.const 0 ".repeat(MAX_RESULTS as usize);
            let global = "(global i64 (i64.const 0))";
            wat::parse_str(format!("(module {global} (func {wide} {zeros}) {functions})")).unwrap()
        }),
    ]
}

#[test]
fn the_largest_code_has_the_same_verdict_for_every_processor() {
    for (name, wasm) in largest() {
        for triple in TARGETS {
            let verdict = compiles(&wasm, Backend::Singlepass, triple);
            assert_eq!(verdict, Some(true), "{name} for {triple}, {} bytes", wasm.len());
        }
    }
}

/// On AArch64 `i64.div_u` jumps to its function's end, and that can be too far. Found by reading the compiler; a machine
/// of each kind would have forked the chain.
#[test]
fn a_division_far_from_its_functions_end_compiles_for_every_processor() {
    let rest = filled("i32.const 0 call_indirect (type $none) ", 5);
    let wasm = module("(param i64)", &format!("i64.const 7 local.get 0 i64.div_u drop {rest}"));
    let verdicts = TARGETS.map(|triple| compiles(&wasm, Backend::Singlepass, triple));
    assert_eq!(verdicts, [Some(true); 3]);
}

/// The most native code of a body that divides itself: each `memory.grow` is two calls, around which all registers are
/// saved. With a fourth of it out of reach, AArch64 once refused what x86-64 took.
#[test]
fn the_densest_code_that_divides_compiles_for_every_processor() {
    for grows in [950, 2_000, 3_900, 5_000] {
        let body = format!(
            "local.get 0 local.get 0 i64.div_u drop {} i32.const 0 {} drop {}",
            "global.get 0 ".repeat(8),
            "memory.grow ".repeat(grows),
            "drop ".repeat(8)
        );
        let locals = "i64 ".repeat(1_000);
        let wasm = module(&format!("(param i64) (local {locals})"), &body);
        let verdicts = TARGETS.map(|triple| compiles(&wasm, Backend::Singlepass, triple));
        assert_eq!(verdicts, [Some(true); 3], "{grows} grows");
    }
}

/// The time is not measured here: these took minutes.
#[cfg(feature = "cranelift")]
#[test]
fn what_would_take_cranelift_out_of_proportion_is_compiled_by_singlepass() {
    let locals = format!("(local {})", "i64 ".repeat(MAX_LOCALS as usize));
    let branches =
        |count: usize| "local.get 7 i32.wrap_i64 (if (then local.get 9 local.set 8)) ".repeat(count);
    let depth = MAX_BLOCK_DEPTH as usize - 2;
    let loops =
        format!("{}{}{}", "loop ".repeat(depth), filled("i32.const 0 br_if 9 ", 5), "end ".repeat(depth));
    let chosen = |wasm: Vec<u8>| Backend::Cranelift.in_time_for(&prepare(wasm).unwrap()).unwrap();
    assert_eq!(chosen(module(&locals, &branches(10_000))), Backend::Singlepass);
    assert_eq!(chosen(module("", &loops)), Backend::Singlepass);
    assert_eq!(chosen(module(&locals, &branches(100))), Backend::Cranelift);
    assert_eq!(chosen(module("", &"(loop) ".repeat(8_000))), Backend::Singlepass);
    assert_eq!(chosen(module("", &filled("i32.const 0 memory.grow drop ", 5))), Backend::Singlepass);
    assert_eq!(chosen(module("", &"call $none ".repeat(10_000))), Backend::Cranelift);
}

#[test]
fn the_attacks_have_the_same_verdict_for_every_processor() {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../contracts/hostile");
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "wat") {
            let wasm = wat::parse_file(&path).unwrap();
            let verdicts = TARGETS.map(|triple| compiles(&wasm, Backend::Singlepass, triple));
            assert!(
                verdicts.iter().all(|verdict| *verdict == verdicts[0]),
                "{}: {verdicts:?}",
                path.display()
            );
        }
    }
}

/// Every operator that has operands, with them in each place that the compiler keeps values in: few registers are
/// left to it when the others hold the operand stack.
#[test]
fn every_operator_compiles_for_every_processor_wherever_its_operands_are() {
    /// Parameters and results are kept in registers as far as they go, what is beyond on the stack.
    const PLACES: [&str; 3] = ["const 7", "near", "far"];
    let binary = "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr";
    let comparison = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
    let mut code = String::new();
    for ty in ["i32", "i64"] {
        let get = |place: &str| match place {
            "near" => format!("local.get ${ty} "),
            "far" => format!("local.get $far_{ty} "),
            constant => format!("{ty}.{constant} "),
        };
        let address = |place: &str| match (ty, place) {
            ("i32", _) | (_, "const 7") => get(place).replace("i64", "i32"),
            _ => get(place).replace("i64", "i32"),
        };
        let wide = if ty == "i64" {
            "i64.load32_s i64.load32_u i64.extend_i32_s i64.extend_i32_u i64.extend32_s"
        } else {
            "i32.wrap_i64"
        };
        for first in PLACES {
            for op in ["eqz", "clz", "ctz", "popcnt", "extend8_s", "extend16_s"] {
                code += &format!("{}{ty}.{op} drop ", get(first));
            }
            for op in ["load", "load8_s", "load8_u", "load16_s", "load16_u"] {
                for offset in [0, 1, 4_096, 65_536, u32::MAX] {
                    code += &format!("{}{ty}.{op} offset={offset} drop ", address(first));
                }
            }
            for op in wide.split(' ') {
                let operand = match op {
                    "i32.wrap_i64" | "i64.extend32_s" => get(first).replace("i32", "i64"),
                    _ => get(first).replace("i64", "i32"),
                };
                code += &format!("{operand}{op} drop ");
            }
            for second in PLACES {
                for op in binary.split(' ') {
                    code += &format!("{}{}{ty}.{op} local.set ${ty} ", get(first), get(second));
                    code += &format!("{}{}{ty}.{op} local.set $far_{ty} ", get(first), get(second));
                }
                for op in comparison.split(' ') {
                    code += &format!("{}{}{ty}.{op} (if (then)) ", get(first), get(second));
                }
                for op in ["store", "store8", "store16"] {
                    code += &format!("{}{}{ty}.{op} offset=9 ", address(first), get(second));
                }
                code += &format!("{}{}local.get $i32 select local.tee ${ty} drop ", get(first), get(second));
            }
        }
    }
    let bulk = |op: &str| format!("local.get $far_i32 local.get $i32 local.get $far_i32 {op} ");
    code += &(bulk("memory.copy") + &bulk("memory.fill") + "memory.size memory.grow drop ");
    let filler = "(local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)";
    // The longer function keeps 40 values on the operand stack meanwhile.
    for (before, after) in
        [(String::new(), String::new()), ("local.get $i64 ".repeat(40), "drop ".repeat(40))]
    {
        let text = format!(
            "(module (memory (export \"memory\") 1)
                (func (param $i32 i32) (param $i64 i64) {filler} (local $far_i32 i32) (local $far_i64 i64)
                    {before} {code} {after}))"
        );
        let wasm = wat::parse_str(text).unwrap();
        for triple in TARGETS {
            assert_eq!(compiles(&wasm, Backend::Singlepass, triple), Some(true), "{triple}");
        }
    }
}
