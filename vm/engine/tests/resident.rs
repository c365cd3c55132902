//! What contracts that are kept ready hold of the machine's memory. Alone in its file, and so in its process: other
//! tests would be measured too.
#![cfg(target_os = "linux")]

mod support;

use std::fs;

use lockstep_engine::{Engine, prepare};
use support::Runner;

fn resident_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: u64 = resident.trim().trim_end_matches("kB").trim().parse().unwrap();
    kib << 10
}

/// A contract that no other number has, of a few kilobytes and one page, half of which it writes to.
fn contract(number: u32) -> Vec<u8> {
    let work: String = (0..40)
        .map(|at| {
            format!(
                "(func $f{at} (param i32) (result i32) (local i32 i64)
                    (block (loop (br_if 1 (i32.gt_u (local.get 1) (local.get 0)))
                        (i32.store (i32.shl (local.get 1) (i32.const 2)) (i32.add (local.get 1) (i32.const {at})))
                        (local.set 1 (i32.add (local.get 1) (i32.const 1))) (br 0)))
                    (i32.load (i32.const {})))",
                at * 4
            )
        })
        .collect();
    let calls: String = (0..40).map(|at| format!("(drop (call $f{at} (i32.const 8000)))")).collect();
    wat::parse_str(format!(
        r#"(module (import "lockstep" "return_data" (func $return (param i32 i32)))
            (memory (export "memory") 1) {work}
            (func (export "f") {calls}
                (i32.store (i32.const 0) (i32.const {number}))
                (call $return (i32.const 0) (i32.const 4))))"#
    ))
    .unwrap()
}

#[test]
fn a_thousand_small_contracts_kept_ready_hold_less_than_300_megabytes() {
    let engine = Engine::default();
    let mut runner = Runner::of_wasm(contract(0));
    let before = resident_bytes();
    let mut codes = Vec::new();
    for number in 0..1_000 {
        let prepared = prepare(contract(number)).unwrap();
        let module = engine.compile(&prepared).unwrap();
        assert_eq!(runner.call_in(&module, "f").result, Ok(number.to_le_bytes().to_vec()));
        codes.push(prepared.code());
    }
    let held = resident_bytes().saturating_sub(before);
    // All of them: none has to be read again.
    for code in codes {
        engine.load(code, || panic!("it was not kept")).unwrap();
    }
    println!("{} bytes of Wasm each, {} MB held", contract(0).len(), held / 1_000_000);
    assert!(held < 300_000_000, "{held} bytes");
}
