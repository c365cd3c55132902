//! That the frames that are read are those that run.

#![expect(clippy::arithmetic_side_effects, reason = "small figures of the tests' own")]

use std::sync::Arc;

use wasmer::{
    Instance, Module, Store, Value, imports,
    sys::{CpuFeature, Cranelift, EngineBuilder, NativeEngineExt, Target, Triple},
};

use wasmer_compiler::serialize::SerializableModule;
use wasmer_types::MetadataHeader;

use super::super::{cranelift::Measured, native};
use crate::memory::LimitedTunables;

/// What the figure leaves out: return address and saved frame pointer.
const SETUP_BYTES: usize = 16;

/// A function that calls itself as often as its parameter says and keeps `values` meanwhile.
fn recursion(values: usize, params: usize) -> Vec<u8> {
    let load = |index: usize| format!("(i64.load (i32.const {})) ", index * 8);
    let loads: String = (0..values).map(load).collect();
    let text = format!(
        r#"(module (memory 2) (func $f (export "f") (param i32 {})
            (if (local.get 0) (then {loads}
                (call $f (i32.sub (local.get 0) (i32.const 1)) {})
                {} (i64.store (i32.const 0))))))"#,
        "i64 ".repeat(params),
        (1..=params).map(|index| format!("(local.get {index}) ")).collect::<String>(),
        if values == 0 { "(i64.const 0)".into() } else { "i64.add ".repeat(values - 1) },
    );
    // The address goes below the value that is stored.
    let text =
        text.replacen("(then ", "(then (i32.const 0) ", 1).replace("(i64.store (i32.const 0))", "i64.store");
    wat::parse_str(text).unwrap()
}

fn shapes() -> impl Iterator<Item = (usize, usize)> {
    // Through all forms of a prologue: none of its own, 8 bits, 32 bits, one to four pages and the loop.
    let values = [0, 1, 4, 10, 30, 100, 400, 505, 509, 513, 1_000, 1_600, 2_100, 2_500, 4_000];
    values.into_iter().flat_map(|values| [(values, 0), (values, 9)])
}

fn frame(module: &Module) -> usize {
    let frames = module.sys_artifact().unwrap().finished_functions_max_stack_usage().unwrap();
    frames[0].1.unwrap()
}

/// Calls down to `depth` on a stack of so many bytes.
fn runs(
    engine: &mut wasmer::Engine,
    module: &Module,
    params: usize,
    depth: usize,
    stack_bytes: usize,
) -> bool {
    // A stack that is kept could be larger.
    wasmer_vm::drain_stack_pool();
    engine.set_tunables(LimitedTunables::new(stack_bytes, Arc::default()));
    let mut store = Store::new(engine.clone());
    let instance = Instance::new(&mut store, module, &imports! {}).unwrap();
    let mut args = vec![Value::I32(depth.try_into().unwrap())];
    args.extend((0..params).map(|_| Value::I64(1)));
    instance.exports.get_function("f").unwrap().call(&mut store, &args).is_ok()
}

/// All in one test: stacks go from one call to the next, and the calls here need small ones first.
#[test]
fn recursion_takes_as_much_stack_as_its_frames_say() {
    // Trampolines, the stack's own guard, and rounding to pages.
    const SLACK_BYTES: usize = 64 << 10;
    for (values, params) in shapes() {
        let builder = EngineBuilder::new(Measured::new(Cranelift::new()));
        let (engine, module) = native(&recursion(values, params), builder).unwrap();
        let frame = frame(&module) + SETUP_BYTES;
        assert!(frame >= values * 8, "{values} values in {frame} bytes");
        // So deep that the slack is less than the smallest unit of a frame, or than a hundredth.
        let depth = (16 * SLACK_BYTES / SETUP_BYTES).min(200 * SLACK_BYTES / frame);
        // The last call, which makes none, has a frame too.
        let taken = (depth + 1) * frame;
        let run = |stack_bytes| {
            let (mut engine, module) = (engine.clone(), module.clone());
            // A new thread: each keeps its last stack.
            let thread = std::thread::spawn(move || runs(&mut engine, &module, params, depth, stack_bytes));
            thread.join().unwrap()
        };
        assert!(
            !run(taken - SLACK_BYTES),
            "{values} values, {params} parameters take less than {frame} bytes"
        );
        let fits = run(taken + SLACK_BYTES);
        assert!(fits, "{values} values, {params} parameters take more than {frame} bytes");
    }
}

/// The other processor's cannot be run here; they must be known, and of about the same size.
#[test]
fn frames_on_aarch64_are_known_and_like_those_on_x86_64() {
    let frame = |wasm: &[u8], triple: &str| {
        let target = Target::new(triple.parse::<Triple>().unwrap(), CpuFeature::SSE2.into());
        let builder = EngineBuilder::new(Measured::new(Cranelift::new())).set_target(Some(target));
        let (_, module) = native(wasm, builder).unwrap();
        let artifact = module.serialize().unwrap();
        let archived =
            SerializableModule::archive_from_slice_checked(&artifact[MetadataHeader::LEN..]).unwrap();
        let module = SerializableModule::deserialize_from_archive(archived).unwrap();
        module.compile_info.function_max_stack_usage.values().next().unwrap().unwrap()
    };
    for (values, params) in shapes() {
        let wasm = recursion(values, params);
        for triple in ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin"] {
            let bytes = frame(&wasm, triple);
            // What is saved and handed over beside the values, rounded.
            let expected = values * 8..values * 8 + 512;
            assert!(expected.contains(&bytes), "{values} values, {params} parameters, {triple}: {bytes}");
        }
    }
}
