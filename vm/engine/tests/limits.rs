//! Every limit of `lockstep_abi::limits` that the engine keeps: the figure itself is accepted, one more is not.

mod support;

use std::collections::BTreeSet;

use lockstep_abi::{
    Halt,
    limits::{
        module::{
            MAX_BLOCK_DEPTH, MAX_BLOCK_VALUES, MAX_BODY_BYTES, MAX_BR_TABLE, MAX_DATA_SEGMENTS,
            MAX_ELEMENT_SEGMENTS, MAX_EXPORTS, MAX_FUNCTIONS, MAX_GLOBALS, MAX_IMPORTS, MAX_LOCALS,
            MAX_MEMORIES, MAX_MEMORY_PAGES, MAX_MODULE_BYTES, MAX_NAME_BYTES, MAX_OPERANDS, MAX_PARAMS,
            MAX_RESULTS, MAX_SCHEMA_BYTES, MAX_SCHEMA_DEPTH, MAX_TABLE_ENTRIES, MAX_TABLES, MAX_TYPES,
        },
        run::{
            MAX_CRYPTO_BYTES, MAX_ERROR_BYTES, MAX_EVENT_BYTES, MAX_KEY_BYTES, MAX_LOG_BYTES,
            MAX_RANGE_BYTES, MAX_RANGE_ENTRIES, MAX_RESULT_BYTES, MAX_TOPIC_BYTES, MAX_TOPICS,
            MAX_VALUE_BYTES,
        },
    },
    schema::{Method, MethodKind, SECTION, Schema, Type, VERSION},
};
use lockstep_engine::prepare;
use support::Runner;

/// A module with so many of what a limit counts.
type Make = Box<dyn Fn(usize) -> Vec<u8>>;

/// A limit by its name in `limits.rs`, its figure, and a module that has as many as is asked for.
type Case = (&'static str, usize, Make);

fn text(make: impl Fn(usize) -> String + 'static) -> Make {
    Box::new(move |count| wat::parse_str(format!("(module {})", make(count))).unwrap())
}

/// Those with an `f` are called too: what may be stored must run on every machine.
fn cases() -> Vec<Case> {
    const F: &str = r#"(func $f (export "f"))"#;
    const MEMORY: &str = r#"(memory (export "memory") 1)"#;
    vec![
        ("MAX_MODULE_BYTES", MAX_MODULE_BYTES, Box::new(|bytes| padded(&schema(0, String::new()), bytes))),
        ("MAX_TYPES", MAX_TYPES as usize, text(|count| "(type (func))".repeat(count))),
        (
            "MAX_FUNCTIONS",
            MAX_FUNCTIONS as usize,
            text(|count| format!("{F} {}", "(func)".repeat(count - 1))),
        ),
        (
            "MAX_PARAMS",
            MAX_PARAMS as usize,
            text(|count| format!("{F} (func (param {}))", "i32 ".repeat(count))),
        ),
        (
            "MAX_RESULTS",
            MAX_RESULTS as usize,
            text(|count| {
                format!("{F} (func (result {}) {})", "i64 ".repeat(count), "i64.const 0 ".repeat(count))
            }),
        ),
        (
            "MAX_BLOCK_VALUES",
            MAX_BLOCK_VALUES as usize,
            text(|count| {
                let (types, values) = ("i64 ".repeat(count), "i64.const 0 ".repeat(count));
                format!("(func (export \"f\") (block (result {types}) {values}) {})", "drop ".repeat(count))
            }),
        ),
        (
            "MAX_BLOCK_VALUES",
            MAX_BLOCK_VALUES as usize,
            text(|count| {
                let (types, values) = ("i64 ".repeat(count), "i64.const 0 ".repeat(count));
                format!("(func (export \"f\") {values} (loop (param {types}) {}))", "drop ".repeat(count))
            }),
        ),
        (
            "MAX_LOCALS",
            MAX_LOCALS as usize,
            text(|count| format!("{F} (func (param i32) (local {}))", "i64 ".repeat(count - 1))),
        ),
        // A count of locals, and `end`.
        (
            "MAX_BODY_BYTES",
            MAX_BODY_BYTES as usize,
            text(|count| format!("{F} (func {})", "nop ".repeat(count - 2))),
        ),
        // The body is a block itself.
        (
            "MAX_BLOCK_DEPTH",
            MAX_BLOCK_DEPTH as usize,
            text(|count| {
                format!("(func (export \"f\") {} {})", "block ".repeat(count - 1), "end ".repeat(count - 1))
            }),
        ),
        (
            "MAX_OPERANDS",
            MAX_OPERANDS as usize,
            text(|count| {
                format!("(func (export \"f\") {} {})", "i32.const 0 ".repeat(count), "drop ".repeat(count))
            }),
        ),
        (
            "MAX_BR_TABLE",
            MAX_BR_TABLE as usize,
            text(|count| format!("(func (export \"f\") i32.const 0 br_table {} 0)", "0 ".repeat(count))),
        ),
        (
            "MAX_GLOBALS",
            MAX_GLOBALS as usize,
            text(|count| format!("{F} {}", "(global (mut i64) (i64.const 1))".repeat(count))),
        ),
        (
            "MAX_DATA_SEGMENTS",
            MAX_DATA_SEGMENTS as usize,
            text(|count| format!("{F} {MEMORY} {}", "(data (i32.const 0) \"x\")".repeat(count))),
        ),
        (
            "MAX_ELEMENT_SEGMENTS",
            MAX_ELEMENT_SEGMENTS as usize,
            text(|count| format!("{F} (table 1 funcref) {}", "(elem (i32.const 0) $f)".repeat(count))),
        ),
        (
            "MAX_TABLES",
            MAX_TABLES as usize,
            text(|count| format!("{F} {}", "(table 1 funcref)".repeat(count))),
        ),
        (
            "MAX_TABLE_ENTRIES",
            MAX_TABLE_ENTRIES as usize,
            text(|count| format!("{F} (table {count} funcref)")),
        ),
        (
            "MAX_TABLE_ENTRIES",
            MAX_TABLE_ENTRIES as usize,
            text(|count| format!("{F} (table 1 {count} funcref)")),
        ),
        (
            "MAX_TABLE_ENTRIES",
            MAX_TABLE_ENTRIES as usize,
            text(|count| {
                format!(
                    "{F} (table {MAX_TABLE_ENTRIES} funcref) (elem (i32.const 0) {})",
                    "$f ".repeat(count)
                )
            }),
        ),
        (
            "MAX_MEMORIES",
            MAX_MEMORIES as usize,
            text(|count| format!("{F} {MEMORY} {}", "(memory 1)".repeat(count - 1))),
        ),
        (
            "MAX_MEMORY_PAGES",
            MAX_MEMORY_PAGES as usize,
            text(|count| format!("{F} (memory (export \"memory\") {count})")),
        ),
        (
            "MAX_MEMORY_PAGES",
            MAX_MEMORY_PAGES as usize,
            text(|count| format!("{F} (memory (export \"memory\") 1 {count})")),
        ),
        (
            "MAX_EXPORTS",
            MAX_EXPORTS as usize,
            text(|count| {
                let more: String = (1..count).map(|at| format!("(export \"{at}\" (func $f))")).collect();
                format!("{F} {more}")
            }),
        ),
        (
            "MAX_IMPORTS",
            MAX_IMPORTS as usize,
            text(|count| {
                format!("{} {F}", r#"(import "lockstep" "caller" (func (param i32)))"#.repeat(count))
            }),
        ),
        (
            "MAX_NAME_BYTES",
            MAX_NAME_BYTES as usize,
            text(|count| format!("{F} (export \"{}\" (func $f))", "n".repeat(count))),
        ),
        (
            "MAX_SCHEMA_BYTES",
            MAX_SCHEMA_BYTES,
            Box::new(|bytes| {
                let rest = schema(0, String::new()).encode().len();
                with_schema(&schema(0, "d".repeat(bytes - rest)))
            }),
        ),
        (
            "MAX_SCHEMA_DEPTH",
            MAX_SCHEMA_DEPTH as usize,
            Box::new(|depth| with_schema(&schema(depth - 1, String::new()))),
        ),
    ]
}

/// An interface of one method `f`, whose result is nested so deep.
fn schema(options: usize, docs: String) -> Schema {
    let result = (0..options).fold(Type::U8, |ty, _| Type::Option(Box::new(ty)));
    let method = Method {
        name: "f".into(),
        docs,
        kind: MethodKind::Call,
        payable: false,
        reentrant: false,
        private: false,
        args: vec![],
        result,
    };
    let (name, docs) = ("limits".into(), String::new());
    Schema { version: VERSION, name, docs, methods: vec![method], events: vec![], errors: vec![] }
}

/// A custom section, its length in five bytes of LEB128.
fn section(name: &str, content: &[u8]) -> Vec<u8> {
    let length = 1 + name.len() + content.len();
    let leb = (0..5).map(|at| (length >> (7 * at)) as u8 & 0x7F | if at < 4 { 0x80 } else { 0 });
    [&[0], leb.collect::<Vec<_>>().as_slice(), &[name.len() as u8], name.as_bytes(), content].concat()
}

fn with_schema(schema: &Schema) -> Vec<u8> {
    let text = r#"(module (import "lockstep" "return_data" (func $return (param i32 i32)))
        (memory (export "memory") 1)
        (func (export "f") (call $return (i32.const 0) (i32.const 1))))"#;
    [wat::parse_str(text).unwrap(), section(SECTION, &schema.encode())].concat()
}

fn padded(schema: &Schema, bytes: usize) -> Vec<u8> {
    let wasm = with_schema(schema);
    let around = section("pad", &[]).len();
    let padding = section("pad", &vec![0; bytes - wasm.len() - around]);
    [wasm, padding].concat()
}

/// A limit that `limits.rs` has and no case here is one that nobody keeps.
#[test]
fn every_limit_on_a_module_is_tried_here() {
    let source = include_str!("../../abi/src/limits.rs");
    let (_, module) = source.split_once("pub mod module {").unwrap();
    let (module, _) = module.split_once("\n}").unwrap();
    let names = module.lines().filter_map(|line| line.trim().strip_prefix("pub const ")?.split(':').next());
    let tried: BTreeSet<_> = cases().into_iter().map(|(name, ..)| name).collect();
    assert_eq!(tried, names.collect::<BTreeSet<_>>());
}

#[test]
fn every_count_and_size_of_a_module_may_be_at_its_limit_and_not_one_over() {
    for (name, limit, make) in cases() {
        let wasm = make(limit);
        prepare(wasm.clone()).unwrap_or_else(|rejection| panic!("{name}: {rejection}"));
        let mut runner = Runner::of_wasm(wasm);
        if runner.module().method(&"f".parse().unwrap()).is_some() {
            assert!(runner.call("f").result.is_ok(), "{name}");
        }
        let message = prepare(make(limit + 1)).expect_err(name).to_string();
        assert!(message.contains(&limit.to_string()), "{name}: {message}");
        // Reading a schema ends where it is too deep: how deep it would have been is not known.
        if name != "MAX_SCHEMA_DEPTH" {
            assert!(message.contains(&format!("{} ", limit + 1)), "{name}: {message}");
        }
    }
}

/// The call of one host function, in a memory that is large enough for the largest argument.
fn host_call(signature: &str, call: &str) -> Runner {
    Runner::new(&format!(
        r#"(module (import "lockstep" {signature}) (memory (export "memory") 40)
            (func (export "f") {call}))"#
    ))
}

#[test]
fn every_length_that_a_host_function_is_given_may_be_at_its_limit_and_not_one_over() {
    let has = r#""storage_has" (func $h (param i32 i32) (result i32))"#;
    let set = r#""storage_set" (func $h (param i32 i32 i32 i32))"#;
    let get = r#""storage_get" (func $h (param i32 i32 i32 i32) (result i64))"#;
    let remove = r#""storage_remove" (func $h (param i32 i32))"#;
    let range = r#""storage_range" (func $h (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32))"#;
    let emit = r#""emit" (func $h (param i32 i32 i32 i32))"#;
    let fail = r#""fail" (func $h (param i32 i32 i32))"#;
    let verify = r#""ed25519_verify" (func $h (param i32 i32 i32 i32) (result i32))"#;
    let hash = |name: &str| format!("\"{name}\" (func $h (param i32 i32 i32))");
    let hashed = "(call $h (i32.const 0) (i32.const N) (i32.const 0))";
    let cases = [
        (MAX_KEY_BYTES, has, "(drop (call $h (i32.const 0) (i32.const N)))"),
        (MAX_KEY_BYTES, remove, "(call $h (i32.const 0) (i32.const N))"),
        (MAX_KEY_BYTES, get, "(drop (call $h (i32.const 0) (i32.const N) (i32.const 0) (i32.const 9)))"),
        (MAX_KEY_BYTES, set, "(call $h (i32.const 0) (i32.const N) (i32.const 0) (i32.const 9))"),
        (MAX_VALUE_BYTES, set, "(call $h (i32.const 0) (i32.const 9) (i32.const 0) (i32.const N))"),
        (
            MAX_KEY_BYTES,
            range,
            "(drop (call $h (i32.const 0) (i32.const N) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 9) (i32.const 0) (i32.const 9)))",
        ),
        (
            MAX_KEY_BYTES,
            range,
            "(drop (call $h (i32.const 0) (i32.const 0) (i32.const 0) (i32.const N)
                (i32.const 0) (i32.const 9) (i32.const 0) (i32.const 9)))",
        ),
        (
            MAX_RANGE_ENTRIES,
            range,
            "(drop (call $h (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const N) (i32.const 0) (i32.const 9)))",
        ),
        (
            MAX_RESULT_BYTES,
            r#""return_data" (func $h (param i32 i32))"#,
            "(call $h (i32.const 0) (i32.const N))",
        ),
        (MAX_LOG_BYTES, r#""debug_log" (func $h (param i32 i32))"#, "(call $h (i32.const 0) (i32.const N))"),
        (MAX_ERROR_BYTES, fail, "(call $h (i32.const 7) (i32.const 0) (i32.const N))"),
        // Each topic has its length before it: so many empty ones, then one so long.
        (MAX_TOPICS, emit, "(call $h (i32.const 0) (i32.const N) (i32.const 0) (i32.const 0))"),
        (
            MAX_TOPIC_BYTES,
            emit,
            "(i32.store8 (i32.const 0) (i32.const N))
                (call $h (i32.const 0) (i32.add (i32.const N) (i32.const 1)) (i32.const 0) (i32.const 0))",
        ),
        (MAX_EVENT_BYTES, emit, "(call $h (i32.const 0) (i32.const 0) (i32.const 0) (i32.const N))"),
        (MAX_CRYPTO_BYTES, &hash("blake3"), hashed),
        (MAX_CRYPTO_BYTES, &hash("sha256"), hashed),
        (MAX_CRYPTO_BYTES, &hash("keccak256"), hashed),
        (
            MAX_CRYPTO_BYTES,
            verify,
            "(drop (call $h (i32.const 0) (i32.const 0) (i32.const 0) (i32.const N)))",
        ),
    ];
    for (limit, signature, call) in cases {
        let end =
            |length: u32| host_call(signature, &call.replace('N', &length.to_string())).call("f").result;
        match end(limit) {
            Ok(_) => {}
            Err(Halt::Contract { code: 7, data }) => assert_eq!(data.len(), limit as usize),
            Err(halt) => panic!("{signature} with {limit}: {halt}"),
        }
        assert_eq!(end(limit + 1), Err(Halt::HostArgument), "{signature} with {limit} and one");
    }
}

#[test]
fn a_range_ends_with_the_entry_that_passes_its_bytes() {
    let range = r#""storage_range" (func $h (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32))"#;
    let call = "(drop (call $h (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 256) (i32.const 0) (i32.const 0)))";
    let value = MAX_VALUE_BYTES as usize;
    let gas = |entries: u8| {
        let mut runner = host_call(range, call);
        runner.world.entries = (0..entries).map(|key| (vec![key], vec![0; value])).collect();
        runner.gas_of("f")
    };
    // Two values and what is around them pass the limit: more is neither read nor paid for.
    assert_eq!(2 * value, MAX_RANGE_BYTES as usize);
    assert!(gas(1) < gas(2));
    assert_eq!(gas(2), gas(200));
}
