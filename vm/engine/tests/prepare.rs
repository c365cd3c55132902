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
