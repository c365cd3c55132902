//! Each module is compiled once for all who want it, and the verdict is the code's alone.

mod support;

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use lockstep_engine::{Engine, EngineConfig, Fault, Prepared, prepare};
use support::{BACKENDS, Runner};

/// So long that whoever starts with the first is there before it is compiled.
fn long(name: &str) -> Prepared {
    let work = "(i64.store (i32.const 0) (i64.div_u (i64.const 7) (i64.const 3))) ".repeat(8_000);
    let text = format!(r#"(module (memory (export "memory") 1) (func (export "{name}") {work}))"#);
    prepare(wat::parse_str(text).unwrap()).unwrap()
}

#[test]
fn one_compiles_while_all_others_who_want_the_same_code_wait() {
    const THREADS: usize = 8;
    for backend in BACKENDS {
        let engine = Engine::new(&EngineConfig { backend: *backend, ..EngineConfig::default() }).unwrap();
        let (module, reads, start) = (long("f"), AtomicUsize::new(0), Barrier::new(THREADS));
        let compiled: Vec<_> = thread::scope(|scope| {
            let load = || {
                start.wait();
                let read = || {
                    reads.fetch_add(1, Ordering::Relaxed);
                    Ok(module.wasm().to_vec())
                };
                engine.load(module.code(), read).unwrap()
            };
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(load)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(reads.load(Ordering::Relaxed), 1, "{backend:?}");
        assert!(compiled.iter().all(|module| Arc::ptr_eq(module, &compiled[0])), "{backend:?}");
    }
}

#[test]
fn the_compiler_is_not_asked_again_for_what_it_has_compiled() {
    let engine = Engine::default();
    let module = long("g");
    let first = engine.compile(&module).unwrap();
    let again = engine.load(module.code(), || panic!("it is compiled")).unwrap();
    assert!(Arc::ptr_eq(&first, &again) && Arc::ptr_eq(&first, &engine.compile(&module).unwrap()));
}

/// A module larger than the whole cache is still given to who asks for it, and to who asks again.
#[test]
fn code_that_does_not_fit_the_cache_runs_nevertheless() {
    let engine = Engine::new(&EngineConfig { cache_bytes: 1, ..EngineConfig::default() }).unwrap();
    let module = long("f");
    let mut runner = Runner::of_wasm(module.wasm().to_vec());
    for _ in 0..2 {
        let compiled = engine.load(module.code(), || Ok(module.wasm().to_vec())).unwrap();
        assert!(runner.call_in(&compiled, "f").result.is_ok());
    }
}

/// The store lost or mixed up what was accepted once: not the doing of whoever calls the contract, and not remembered.
#[test]
fn stored_code_that_is_damaged_is_a_fault_and_is_read_again() {
    let engine = Engine::default();
    let module = prepare(wat::parse_str(r#"(module (func (export "f")))"#).unwrap()).unwrap();
    let other = wat::parse_str(r#"(module (func (export "g")))"#).unwrap();
    let start = wat::parse_str("(module (func $f) (start $f))").unwrap();
    for damaged in [vec![], b"\0asm".to_vec(), other, start] {
        let fault = engine.load(module.code(), || Ok(damaged)).unwrap_err();
        assert!(matches!(fault, Fault::StoredCode { .. }), "{fault}");
    }
    let missing = engine.load(module.code(), || {
        Err(Fault::StoredCode { code: module.code(), reason: "it is missing".into() })
    });
    assert!(missing.is_err());
    assert!(engine.load(module.code(), || Ok(module.wasm().to_vec())).is_ok());
}
