//! What it takes to get a contract running.
//!
//! `engine::prepare` checks a module, `engine::compile` turns what was checked into native code with metering;
//! `module=token` is the example, `module=350kB` is code made up to look like rustc's (`lockstep_benches::module`).
//! `engine::call/cold` is the first query of a new engine over a folder of compiled code: load, instance, call.
//! Opening the folder and dropping the engine are excluded, and the file is in the page cache. `engine::call/warm`
//! is a query in an instance that was kept and is reset. Both are of the smallest method there is, over a state in
//! memory, without a transaction around them.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use lockstep_abi::Amount;
use lockstep_benches::{Chain, built, invocation, module::like_rustc};
use lockstep_runtime::{Engine, EngineConfig, Prepared, prepare};
use tempfile::TempDir;

/// Each module with its smallest method.
fn modules() -> [(&'static str, &'static str, Prepared); 2] {
    let large = wat::parse_str(like_rustc(350_000)).expect("valid text");
    println!("engine: the large module has {} bytes", large.len());
    [("token", "total_supply", built("contracts/token")), ("350kB", "f", large)]
        .map(|(name, method, wasm)| (name, method, prepare(wasm).expect("a valid module")))
}

fn engine(criterion: &mut Criterion) {
    let modules = modules();
    let id = |name| BenchmarkId::from_parameter(format!("module={name}"));

    let mut group = criterion.benchmark_group("engine::prepare");
    for (name, _, module) in &modules {
        group.bench_function(id(name), |b| {
            b.iter_batched(|| module.wasm().to_vec(), prepare, BatchSize::LargeInput);
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("engine::compile");
    group.sample_size(20);
    for (name, _, module) in &modules {
        group.bench_function(id(name), |b| {
            b.iter_with_large_drop(|| {
                let engine = Engine::default();
                let module = engine.compile(module).expect("it compiles");
                (engine, module)
            });
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("engine::call");
    for (name, method, module) in &modules {
        let mut chain = Chain::default();
        let init = (*name == "token").then(|| {
            // Two empty strings, no decimals, a supply of 0.
            invocation("new", vec![0; 4 + 4 + 1 + 16])
        });
        let contract = chain.deploy(module.wasm().to_vec(), 0, init, Amount::ZERO);
        let ask = |engine: &Engine| chain.ask(engine, contract, invocation(method, Vec::new()));

        let folder = TempDir::new().expect("a folder");
        let config = EngineConfig { artifacts: Some(folder.path().into()), ..EngineConfig::default() };
        let open = || Engine::new(&config).expect("a folder for artifacts");
        let _ = open().compile(module).expect("it compiles");
        group.bench_function(format!("cold/module={name}"), |b| {
            let cold = |engine: Engine| (ask(&engine), engine);
            b.iter_batched(open, cold, BatchSize::PerIteration);
        });
        group.bench_function(format!("warm/module={name}"), |b| b.iter(|| black_box(ask(&chain.engine))));
    }
    group.finish();
}

criterion_group!(benches, engine);
criterion_main!(benches);
