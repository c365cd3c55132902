//! What the operating system refuses is a fault of this machine: no contract sees it, and no receipt.
//!
//! Each test runs in a process of its own with a bound on its data, as `ulimit -d` sets it, and fills what it does
//! not need with ballast.
#![cfg(target_os = "linux")]

mod support;

use std::{env, fs, process::Command, sync::Arc};

use lockstep_engine::{Backend, CompileError, CompiledModule, Engine, EngineConfig, Fault, prepare};
use support::{BACKENDS, Runner};

/// The most private writable memory of the process.
const LIMIT_BYTES: usize = 1 << 30;
const CHILD: &str = "LOCKSTEP_TEST_OF_A_SMALL_MACHINE";

/// Whether this is the process with the bound. If not, it is started, and what it finds is what the test finds.
fn is_bounded(test: &str) -> bool {
    if env::var_os(CHILD).is_some() {
        return true;
    }
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -d {} && exec \"$0\" \"$@\"", LIMIT_BYTES >> 10)])
        .arg(env::current_exe().unwrap())
        .args([test, "--exact", "--test-threads=1", "--nocapture"])
        .env(CHILD, "1")
        // A backtrace takes memory that is not there.
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}\n{told}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(told.contains("1 passed"), "{told}");
    false
}

/// Memory that is only asked for, until no more than `left` bytes are.
fn ballast(left: usize) -> Vec<u8> {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let data = status.lines().find_map(|line| line.strip_prefix("VmData:")).unwrap();
    let kib: usize = data.trim().trim_end_matches("kB").trim().parse().unwrap();
    Vec::with_capacity(LIMIT_BYTES - (kib << 10) - left)
}

/// Makes room where small pieces of memory come from, so that Rust is not refused any. What is returned keeps it there.
fn room_on_the_heap() -> Option<Vec<u8>> {
    let pieces: Vec<Vec<u8>> = (0..2_000).map(|_| vec![1; 100 << 10]).collect();
    pieces.into_iter().next_back()
}

fn compiled(backend: Backend, text: &str) -> (Engine, Arc<CompiledModule>) {
    let engine = Engine::new(&EngineConfig { backend, ..EngineConfig::default() }).unwrap();
    let module = engine.compile(&prepare(wat::parse_str(text).unwrap()).unwrap()).unwrap();
    (engine, module)
}

/// Grows by 255 pages, and says what came back.
const GROWS: &str = r#"(module (import "lockstep" "return_data" (func $return (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "nothing"))
    (func (export "grow")
        (i32.store (i32.const 0) (memory.grow (i32.const 255)))
        (call $return (i32.const 0) (i32.const 4))))"#;

#[test]
fn memory_grow_never_shows_the_operating_system_to_the_guest() {
    if !is_bounded("memory_grow_never_shows_the_operating_system_to_the_guest") {
        return;
    }
    for backend in BACKENDS {
        let mut runner = Runner::new(GROWS);
        let (_, module) = compiled(*backend, GROWS);
        assert!(runner.try_call_in(&module, "nothing").unwrap().result.is_ok());
        let ballast = ballast(8 << 20);
        let refused = runner.try_call_in(&module, "grow");
        drop(ballast);
        // Not an answer that says -1.
        assert!(matches!(refused, Err(Fault::Memory { .. })), "{refused:?}");
        let (_, module) = compiled(*backend, GROWS);
        assert_eq!(runner.try_call_in(&module, "grow").unwrap().result, Ok(vec![1, 0, 0, 0]));
    }
}

#[test]
fn memory_that_is_refused_for_an_instance_is_a_fault_and_no_halt() {
    if !is_bounded("memory_that_is_refused_for_an_instance_is_a_fault_and_no_halt") {
        return;
    }
    let text = r#"(module (memory (export "memory") 256) (func (export "f")))"#;
    for backend in BACKENDS {
        let mut runner = Runner::new(text);
        let (_, module) = compiled(*backend, text);
        let ballast = ballast(8 << 20);
        let refused = runner.try_call_in(&module, "f");
        drop(ballast);
        assert!(matches!(refused, Err(Fault::Memory { .. })), "{refused:?}");
        assert!(runner.try_call_in(&module, "f").unwrap().result.is_ok());
    }
}

/// The verdict is about the code: a machine that has no room must not remember that it was refused.
#[test]
fn a_machine_that_is_out_of_memory_while_compiling_is_at_fault_and_not_the_code() {
    if !is_bounded("a_machine_that_is_out_of_memory_while_compiling_is_at_fault_and_not_the_code") {
        return;
    }
    let work = "i64.const 1 i64.const 2 i64.div_u drop ".repeat(20_000);
    let text = format!(r#"(module (func (export "f") {work}))"#);
    let prepared = prepare(wat::parse_str(text).unwrap()).unwrap();
    // Once: a process keeps what it got, native stacks too.
    let engine = Engine::default();
    // So that it is the compiler's thread and the code's pages that are refused.
    let heap = room_on_the_heap();
    let ballast = ballast(1 << 20);
    let refused = engine.compile(&prepared);
    drop((ballast, heap));
    match refused {
        Err(CompileError::Fault(Fault::Compiler { .. })) => {}
        other => panic!("{other:?}"),
    }
    assert!(engine.compile(&prepared).is_ok());
}

#[test]
fn a_native_stack_that_is_refused_is_a_fault() {
    if !is_bounded("a_native_stack_that_is_refused_is_a_fault") {
        return;
    }
    let text = r#"(module (func (export "f")))"#;
    let mut runner = Runner::new(text);
    let (_, module) = compiled(Backend::default(), text);
    let heap = room_on_the_heap();
    let ballast = ballast(512 << 10);
    let refused = runner.try_call_in(&module, "f");
    drop((ballast, heap));
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(runner.try_call_in(&module, "f").unwrap().result, Ok(vec![]));
}
