//! Nothing of one call is seen by the next, though instances are kept and used again.

mod support;

use lockstep_abi::{Gas, Halt};
use support::Runner;

/// Changes all that a contract can change, in several ways, and reports what it found before.
const DIRTY: &str = r#"(module
    (import "lockstep" "return_data" (func $return (param i32 i32)))
    (import "lockstep" "input_size" (func $size (result i32)))
    (memory (export "memory") 2)
    (data (i32.const 16) "begin") (data (i32.const 100000) "end")
    (global $number (mut i32) (i32.const 7)) (global $large (mut i64) (i64.const -1))
    (global $constant i32 (i32.const 3))
    (func $soil
        (global.set $number (i32.const 99)) (global.set $large (i64.const 99))
        (memory.fill (i32.const 0) (i32.const 255) (i32.const 131072))
        (drop (memory.grow (i32.const 3)))
        (memory.fill (i32.const 131072) (i32.const 255) (i32.const 196608)))
    (func (export "look")
        (i32.store (i32.const 200) (memory.size))
        (i32.store (i32.const 204) (global.get $number))
        (i64.store (i32.const 208) (global.get $large))
        (i32.store (i32.const 216) (i32.load (i32.const 16)))
        (i32.store (i32.const 220) (i32.load (i32.const 99999)))
        (i32.store (i32.const 224) (i32.load (i32.const 0)))
        (i32.store (i32.const 228) (i32.load (i32.const 131068)))
        (i32.store (i32.const 232) (call $size))
        (call $return (i32.const 200) (i32.const 36)))
    (func (export "grown")
        (drop (memory.grow (i32.const 1)))
        (i32.store (i32.const 0) (i32.load (i32.const 131072)))
        (call $return (i32.const 0) (i32.const 4)))
    (func (export "beyond") (drop (i32.load (i32.const 131072))))
    (func (export "soil") call $soil (call $return (i32.const 0) (i32.const 64)))
    (func (export "trap") call $soil unreachable)
    (func (export "spin") call $soil (loop br 0)))"#;

#[test]
fn memory_globals_and_size_are_as_at_the_start_however_the_call_before_ended() {
    let fresh = Runner::new(DIRTY).call("look");
    let mut runner = Runner::new(DIRTY).with_gas(Gas::mega(2_000));
    for method in ["soil", "trap", "spin"] {
        runner.input = vec![1; 50];
        let dirty = runner.call(method);
        assert_eq!(dirty.result.is_ok(), method == "soil", "{dirty:?}");
        runner.input = vec![];
        assert_eq!(runner.call("look"), fresh, "after {method}");
    }
}

#[test]
fn memory_that_is_grown_again_is_zero() {
    let mut runner = Runner::new(DIRTY);
    runner.call("soil").result.unwrap();
    assert_eq!(runner.call("grown").result, Ok(vec![0; 4]));
}

/// Compiled code has no bounds checks: only the pages' protection stops it.
#[test]
fn memory_past_the_size_is_out_of_bounds_again() {
    let mut runner = Runner::new(DIRTY);
    runner.call("soil").result.unwrap();
    assert_eq!(runner.halt_of("beyond"), Halt::MemoryOutOfBounds);
}

#[test]
fn a_result_is_not_handed_to_the_next_call() {
    let mut runner = Runner::new(
        r#"(module (import "lockstep" "return_data" (func $return (param i32 i32)))
            (import "lockstep" "buffer_size" (func $size (result i32)))
            (import "lockstep" "storage_get" (func $get (param i32 i32 i32 i32) (result i64)))
            (memory (export "memory") 1)
            (func (export "say")
                (drop (call $get (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
                (call $return (i32.const 0) (i32.const 9)))
            (func (export "nothing"))
            (func (export "buffer") (i32.store (i32.const 0) (call $size)) (call $return (i32.const 0) (i32.const 4))))"#,
    );
    runner.world.entries.insert(vec![], b"long ago".to_vec());
    assert_eq!(runner.call("say").result.unwrap().len(), 9);
    assert_eq!(runner.call("nothing").result, Ok(vec![]));
    assert_eq!(runner.call("buffer").result, Ok(vec![0; 4]));
}

#[test]
fn a_module_without_a_memory_is_kept_too() {
    let mut runner = Runner::new(
        r#"(module (global $n (mut i32) (i32.const 0))
            (func (export "once") (if (global.get $n) (then unreachable)) (global.set $n (i32.const 1))))"#,
    );
    for _ in 0..3 {
        runner.call("once").result.unwrap();
    }
}

/// Instances go from thread to thread; each call has one alone.
#[test]
fn threads_share_a_module_without_seeing_each_other() {
    let answers: Vec<_> = std::thread::scope(|scope| {
        let runner = Runner::new(DIRTY);
        let module = runner.module();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let module = std::sync::Arc::clone(&module);
                scope.spawn(move || {
                    let mut runner = Runner::new(DIRTY);
                    let looks = (0..200).map(|_| {
                        runner.call_in(&module, "soil").result.unwrap();
                        runner.call_in(&module, "look")
                    });
                    looks.collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let fresh = Runner::new(DIRTY).call("look");
    assert!(answers.iter().all(|answer| *answer == fresh));
}
