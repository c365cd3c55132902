//! Random contracts within the profile, and random calls of them.

use std::sync::LazyLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use lockstep_abi::{
    Gas,
    host::{HostFunction, IMPORT_MODULE, ValueType},
    limits::module::MAX_MEMORY_PAGES,
};
use wasm_smith::{Config, Module};

/// The methods that every generated module has.
pub(crate) const METHODS: [&str; 3] = ["a", "b", "c"];

/// A contract and what is done with it.
#[derive(Debug)]
pub struct Program {
    /// The module, valid Wasm within the profile.
    pub wasm: Vec<u8>,
    /// Calls in order: the method's index in `METHODS`, its arguments, and gas on top of what entering takes.
    pub calls: Vec<(usize, Vec<u8>, Gas)>,
}

/// The host table as a module that exports it: what a generated module may import.
static IMPORTS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let name = |ty: &ValueType| match ty {
        ValueType::I32 => "i32",
        ValueType::I64 => "i64",
    };
    let rows: String = HostFunction::ALL
        .iter()
        .map(|row| {
            let params: Vec<_> = row.params().iter().map(name).collect();
            let result: String = row.result().iter().map(|ty| format!("(result {})", name(ty))).collect();
            format!(
                "(import \"{IMPORT_MODULE}\" \"{}\" (func (param {}) {result}))\n",
                row.name(),
                params.join(" ")
            )
        })
        .collect();
    wat::parse_str(format!("(module {rows})")).expect("the host table is a valid module")
});

/// What a generated module exports: its memory and a few methods.
static EXPORTS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let methods: String = METHODS.iter().map(|name| format!("(func (export \"{name}\"))")).collect();
    let memory = format!("(memory (export \"memory\") 1 {MAX_MEMORY_PAGES})");
    wat::parse_str(format!("(module {memory} {methods})")).expect("the exports are a valid module")
});

fn config(multi_value: bool) -> Config {
    Config {
        // Blocks of more than two values are refused; with them, many modules are.
        multi_value_enabled: multi_value,
        available_imports: Some(IMPORTS.clone()),
        exports: Some(EXPORTS.clone()),
        allow_floats: false,
        allow_start_export: false,
        bulk_memory_enabled: false,
        compact_imports_enabled: false,
        custom_page_sizes_enabled: false,
        exceptions_enabled: false,
        extended_const_enabled: false,
        gc_enabled: false,
        max_memories: 1,
        max_memory32_bytes: u64::from(MAX_MEMORY_PAGES) << 16,
        max_tables: 1,
        max_table_elements: 100,
        memory64_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        saturating_float_to_int_enabled: false,
        shared_everything_threads_enabled: false,
        simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    }
}

impl<'a> Arbitrary<'a> for Program {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut calls = Vec::new();
        for _ in 0..u.int_in_range(1..=4)? {
            let method = u.choose_index(METHODS.len())?;
            let length = u.int_in_range(0..=64)?;
            let args = u.bytes(length)?.to_vec();
            // Most programs end long before; an endless loop ends in milliseconds.
            calls.push((method, args, Gas(u.int_in_range(0..=20_000_000_000)?)));
        }
        let wasm = Module::new(config(u.arbitrary()?), u)?.to_bytes();
        Ok(Self { wasm, calls })
    }
}
