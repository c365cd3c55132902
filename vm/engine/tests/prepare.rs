//! A module that could differ between machines, or hurt one, is refused with its function and a way out.

use lockstep_abi::limits::module::{MAX_LOCALS, MAX_MODULE_BYTES};
use lockstep_engine::{Rejection, prepare};

fn refusal(text: &str) -> String {
    let wasm = wat::parse_str(text).unwrap();
    prepare(wasm).expect_err(text).to_string()
}

#[test]
fn a_float_anywhere_is_refused_even_in_code_that_never_runs() {
    for text in [
        "(module (func $price return f32.const 1 drop))",
        "(module (func $price (result i32) f64.const 1 i32.trunc_sat_f64_s))",
        "(module (func $price (local f64)))",
        "(module (func $price (block (result f32) unreachable) drop))",
        "(module (func $price (param i32) local.get 0 f32.reinterpret_i32 drop))",
        "(module (memory (export \"memory\") 1) (func $price i32.const 0 f64.load drop))",
    ] {
        let message = refusal(text);
        assert!(message.contains("`price` (function 0)"), "{message}");
        assert!(message.contains("integers or fixed point"), "{message}");
    }
    assert!(refusal("(module (type (func (param f32))))").contains("type 0 has the type `f32`"));
    assert!(refusal("(module (global f64 (f64.const 0)))").contains("global 0 has the type `f64`"));
}

#[test]
fn proposals_outside_the_profile_are_refused() {
    for (text, why) in [
        ("(module (func v128.const i64x2 0 0 drop))", "SIMD"),
        ("(module (memory (export \"memory\") 1) (func i32.const 0 i32.atomic.load drop))", "atomic"),
        ("(module (memory 1 2 shared))", "shared"),
        ("(module (memory i64 1))", "64-bit"),
        ("(module (memory 1) (memory 1))", "2 memories"),
        ("(module (func $f return_call $f))", "profile"),
        ("(module (table 1 externref))", "functions"),
        ("(module (table 1 funcref) (func ref.null func drop))", "table"),
        (
            "(module (memory (export \"memory\") 1) (data \"x\") (func i32.const 0 i32.const 0 i32.const 0 memory.init 0))",
            "segment",
        ),
        ("(module (tag))", "exception"),
        ("(module (func $f) (start $f))", "start function"),
        ("(module (type (struct)))", "gc"),
    ] {
        let message = refusal(text);
        assert!(message.contains(why), "{text}: {message}");
    }
}

#[test]
fn imports_are_the_host_table_and_nothing_else() {
    let message = refusal(r#"(module (import "env" "now" (func)))"#);
    assert!(message.contains("`env.now` is not a host function"), "{message}");
    assert!(refusal(r#"(module (import "lockstep" "now" (func)))"#).contains("lockstep.now"));
    let message = refusal(r#"(module (import "lockstep" "block_height" (func (result i32))))"#);
    assert!(message.contains("of type () -> (i64)"), "{message}");
    assert!(refusal(r#"(module (import "lockstep" "caller" (memory 1)))"#).contains("must be a function"));
}

/// Fuzzing found that the validator let these through while the compiler's reader did not know them, so that
/// a module could stop a node with a fault.
#[test]
fn imports_in_the_compact_encoding_are_refused() {
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    wasm.extend(b"\x01\x05\x01\x60\0\x01\x7e");
    wasm.extend(b"\x02\x1b\x01\x08lockstep\0\x7f\x01\x0cblock_height\0\0");
    let message = prepare(wasm).unwrap_err().to_string();
    assert!(message.contains("compact imports"), "{message}");
}

#[test]
fn sizes_over_their_limits_are_refused_with_both_numbers() {
    let locals = format!("(module (func $f {}))", "(local i64)".repeat(MAX_LOCALS as usize + 1));
    let message = refusal(&locals);
    assert!(message.contains("1025 locals, the limit is 1024"), "{message}");
    assert!(refusal(r#"(module (memory (export "memory") 257))"#).contains("257 memory pages"));
    assert!(refusal(r#"(module (memory (export "memory") 1 300))"#).contains("300 memory pages"));
    assert!(refusal("(module (table 10001 funcref))").contains("10001 table entries"));
    assert!(refusal("(module (table 1 10001 funcref))").contains("10001 table entries"));
    let block = "(module (func (block (result i32 i32 i32) unreachable) unreachable))";
    assert!(refusal(block).contains("3 parameters or results of one block, the limit is 2"));
    let nested = format!("(module (func {} {}))", "block ".repeat(600), "end ".repeat(600));
    assert!(refusal(&nested).contains("nested blocks"));
    let message = prepare(vec![0; MAX_MODULE_BYTES + 1]).unwrap_err().to_string();
    assert!(message.contains("the limit is 1048576"), "{message}");
}

#[test]
fn what_is_not_wasm_is_refused_as_such() {
    for bytes in [&b""[..], b"hello", b"\0asm\x0d\0\x01\0"] {
        assert_eq!(prepare(bytes.to_vec()).unwrap_err(), Rejection::NotWasm);
    }
    let truncated = b"\0asm\x01\0\0\0\x01".to_vec();
    assert!(matches!(prepare(truncated), Err(Rejection::Invalid { .. })));
    let invalid = wat::parse_str("(module (func (result i32)))").unwrap();
    assert!(matches!(prepare(invalid), Err(Rejection::Invalid { .. })));
}

#[test]
fn names_of_the_engine_and_hidden_memories_are_refused() {
    assert!(refusal(r#"(module (func (export "lockstep:gas")))"#).contains("reserved"));
    assert!(refusal("(module (memory 1))").contains("exported as `memory`"));
}

#[test]
fn a_schema_that_lies_is_refused() {
    let two = r#"(module (@custom "lockstep.schema" "\01\00") (@custom "lockstep.schema" "\01\00"))"#;
    assert!(refusal(two).contains("two interface schemas"));
    assert!(refusal(r#"(module (@custom "lockstep.schema" "junk"))"#).contains("schema is refused"));
}

#[test]
fn what_stable_rustc_emits_by_default_is_accepted() {
    let text = r#"(module
        (memory (export "memory") 17) (global (mut i32) (i32.const 1048576)) (table 1 1 funcref)
        (export "__heap_base" (global 0))
        (func (export "f") (param i32) (result i32 i64)
            i32.const 0 i32.const 0 i32.const 8 memory.copy
            i32.const 0 i32.const 0 i32.const 8 memory.fill
            local.get 0 i32.extend8_s i64.const 1))"#;
    prepare(wat::parse_str(text).unwrap()).unwrap();
}

/// Where an operator of the Wasm binary format begins: a byte, or a prefix and a number behind it.
type Opcode = (u8, Option<u8>);

/// Whether a module whose one function has this operator, in code that never runs, may be stored. The zeros behind it
/// are its immediates, and what is left of them is `unreachable`.
fn is_accepted((first, second): Opcode, ends: usize) -> bool {
    let text = r#"(module (func (local i32)) (table 1 funcref) (memory (export "memory") 1)
        (global (mut i32) (i32.const 0)) (elem (i32.const 0) 0) (data (i32.const 0) "x"))"#;
    let operator = match second {
        None => vec![first],
        // A number up to 255 in LEB128.
        Some(number) => vec![first, number & 0x7F | 0x80, number >> 7],
    };
    // One declaration of one local of type i32, `unreachable`, the operator.
    let code = [&[1, 1, 0x7F, 0x00], operator.as_slice(), &[0; 20], &vec![0x0B; ends]].concat();
    let code = [&[10, code.len() as u8 + 2, 1, code.len() as u8], code.as_slice()].concat();
    let empty = [10, 6, 1, 4, 1, 1, 0x7F, 0x0B];
    let wasm = wat::parse_str(text).unwrap();
    let at = wasm.windows(empty.len()).position(|window| window == empty).unwrap();
    let (before, after) = (&wasm[..at], &wasm[at + empty.len()..]);
    prepare([before, code.as_slice(), after].concat()).is_ok()
}

/// A second list on purpose, by the numbers of the specification: what a new version of the parser knows, or a rule
/// that is let through by mistake, shows up here.
#[test]
fn an_operator_that_is_not_listed_here_is_refused() {
    let plain = [
        0x00..=0x01, // unreachable, nop
        0x0C..=0x11, // branches, return, calls
        0x1A..=0x1B, // drop, select
        0x20..=0x24, // locals, globals
        0x28..=0x29, // loads of whole integers
        0x2C..=0x37, // loads of parts, stores of whole integers
        0x3A..=0x42, // stores of parts, memory.size, memory.grow, constants
        0x45..=0x5A, // comparisons
        0x67..=0x8A, // arithmetic
        0xA7..=0xA7, // i32.wrap_i64
        0xAC..=0xAD, // i64.extend_i32
        0xC0..=0xC4, // sign extension
    ];
    let bulk = [10, 11]; // memory.copy, memory.fill
    for first in 0..=0xFA {
        let listed = plain.iter().any(|range| range.contains(&first));
        // With one `end` more for what opens a block: `block`, `loop`, `if`. `else` and `end` never stand alone.
        let accepted = is_accepted((first, None), 1) || is_accepted((first, None), 2);
        assert_eq!(accepted, listed || (0x02..=0x04).contains(&first), "operator {first:#x}");
    }
    for prefix in 0xFB..=0xFF {
        for number in 0..=u8::MAX {
            let accepted = (1..3).any(|ends| is_accepted((prefix, Some(number)), ends));
            assert_eq!(accepted, prefix == 0xFC && bulk.contains(&number), "operator {prefix:#x} {number}");
        }
    }
}

/// Compiling meets several defects in an order that depends on threads; here it is the order of the bytes.
#[test]
fn of_several_defects_the_first_in_the_bytes_is_reported() {
    let parts = [
        ("(type (func (param f32)))", "type 0 has the type `f32`"),
        (r#"(import "env" "now" (func))"#, "`env.now`"),
        ("(table 10001 funcref)", "10001 table entries"),
        (r#"(memory (export "memory") 257)"#, "257 memory pages"),
        ("(global f64 (f64.const 0))", "global 0"),
        (r#"(func (export "a:b"))"#, "reserved"),
        ("(func $start) (start $start)", "start function"),
        ("(func $one f32.const 1 drop)", "`one`"),
        ("(func $two (local f64))", "`two`"),
        (r#"(@custom "lockstep.schema" (after last) "junk")"#, "schema"),
    ];
    for first in 0..parts.len() {
        let text: String = parts[first..].iter().map(|(text, _)| *text).collect();
        for _ in 0..20 {
            let message = refusal(&format!("(module {text})"));
            assert!(message.contains(parts[first].1), "{text}: {message}");
        }
    }
}

#[test]
fn a_refusal_in_a_function_names_it_and_says_what_to_do() {
    let deep = format!("{} {}", "block ".repeat(600), "end ".repeat(600));
    let table = format!("i32.const 0 br_table {} 0", "0 ".repeat(5_000));
    for (body, way_out) in [
        ("f64.const 1 drop", "use integers or fixed point"),
        ("(local f32)", "use i32 and i64"),
        ("v128.const i64x2 0 0 drop", "build without `-C target-feature=+simd128`"),
        ("atomic.fence", "build without `-C target-feature=+atomics`"),
        ("ref.null func drop", "rustc emits none by default"),
        ("return_call 0", "build for wasm32-unknown-unknown without extra target features"),
        (deep.as_str(), "split it"),
        (table.as_str(), "split it"),
    ] {
        // As rustc mangles `contract::price`; counted with the import before it.
        let with = |name: &str| {
            let import = r#"(import "lockstep" "caller" (func (param i32)))"#;
            refusal(&format!("(module {import} (func {name} {body}))"))
        };
        let named = with("$_ZN8contract5price17h0123456789abcdefE");
        assert!(named.starts_with("`contract::price` (function 1) "), "{named}");
        assert!(named.contains(way_out), "{named}");
        let stripped = with("");
        assert!(stripped.starts_with("function 1 (build without `strip` to see its name) "), "{stripped}");
        assert!(stripped.contains(way_out), "{stripped}");
    }
}
