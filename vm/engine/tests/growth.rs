//! A node that runs for years does not grow with what it has run. Alone in its file, and so in its process: other
//! tests would be measured too.
#![cfg(target_os = "linux")]

mod support;

use std::{collections::BTreeSet, fs};

use lockstep_abi::Halt;
use lockstep_engine::{Engine, EngineConfig, prepare};
use support::Runner;

/// What the process holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    resident_bytes: u64,
    mappings: usize,
}

impl Held {
    fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kib: u64 = resident.trim().trim_end_matches("kB").trim().parse().unwrap();
        let mappings = fs::read_to_string("/proc/self/maps").unwrap().lines().count();
        Self { resident_bytes: kib << 10, mappings }
    }
}

/// A contract that no other number has: it is compiled, is given an instance of two pages, touches them, and grows.
fn contract(number: u32) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module
            (import "lockstep" "return_data" (func $return (param i32 i32)))
            (memory (export "memory") 2) (table 2 funcref) (elem (i32.const 0) $work)
            (func $work (drop (memory.grow (i32.const 2)))
                (memory.fill (i32.const 0) (i32.const 1) (i32.const 262144))
                (i32.store (i32.const 0) (i32.const {number})))
            (func (export "tell") (call $work) (call $return (i32.const 0) (i32.const 4)))
            (func (export "trap") (call $work) unreachable)
            (func (export "dive") (call $work) (call $dive))
            (func $dive (call $dive)))"#
    ))
    .unwrap()
}

/// Calls of contracts that are all different, between calls of one that is always the same, however they end.
#[test]
fn a_node_that_has_run_five_hundred_different_contracts_holds_what_one_of_a_hundred_holds() {
    /// A module, an instance or a mapping that stayed from each round would be ten times this.
    const MORE: Held = Held { resident_bytes: 16 << 20, mappings: 100 };
    const WARM_UP: u32 = 100;
    const CONTRACTS: u32 = 500;
    let folder = tempfile::tempdir().unwrap();
    let config = EngineConfig {
        cache_bytes: 4 << 20,
        artifacts: Some(folder.path().into()),
        artifact_bytes: 1 << 20,
        ..EngineConfig::default()
    };
    let engine = Engine::new(&config).unwrap();
    let always = prepare(contract(u32::MAX)).unwrap();
    let mut runner = Runner::of_wasm(contract(u32::MAX));
    let mut codes = BTreeSet::new();
    let mut warm = None;
    for number in 0..CONTRACTS {
        if number == WARM_UP {
            warm = Some(Held::now());
        }
        let prepared = prepare(contract(number)).unwrap();
        codes.insert(prepared.code());
        let module = engine.load(prepared.code(), || Ok(prepared.wasm().to_vec())).unwrap();
        let told = runner.call_in(&module, "tell");
        assert_eq!(told.result, Ok(number.to_le_bytes().to_vec()));
        assert_eq!(runner.call_in(&module, "trap").result, Err(Halt::Unreachable));
        if number % 10 == 0 {
            assert_eq!(runner.call_in(&module, "dive").result, Err(Halt::StackOverflow));
        }
        let module = engine.compile(&always).unwrap();
        for _ in 0..10 {
            assert!(runner.call_in(&module, "tell").result.is_ok());
        }
    }
    let (warm, end) = (warm.unwrap(), Held::now());
    assert_eq!(codes.len(), CONTRACTS as usize);
    assert!(end.resident_bytes < warm.resident_bytes + MORE.resident_bytes, "from {warm:?} to {end:?}");
    assert!(end.mappings < warm.mappings + MORE.mappings, "from {warm:?} to {end:?}");
    let kept: u64 =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert!(kept <= (1 << 20) + 32, "{kept} bytes on disk");
}
