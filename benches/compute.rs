//! Metered compute against native code from the same source, and a call by itself.
//!
//! `compute/<work>/native` is the function; `compute/<work>/contract` is a read-only query of the contract, its
//! set-up included (microseconds). `call::query` is the smallest method: what a call costs beside its work.

use criterion::{Criterion, criterion_group, criterion_main};
use lockstep_benches::Deployed;
use workload::WORK;

fn compute(criterion: &mut Criterion) {
    let contract = Deployed::workload();
    for (name, n, native) in WORK {
        let (answer, gas) = contract.query(name, n);
        assert_eq!(answer, native(n), "{name}");
        println!("compute/{name}: {gas} gas");
        let mut group = criterion.benchmark_group(format!("compute/{name}"));
        group.sample_size(20);
        group.bench_function("native", |b| b.iter(|| native(std::hint::black_box(n))));
        group.bench_function("contract", |b| b.iter(|| contract.query(name, n)));
        group.finish();
    }
    criterion.bench_function("call::query", |b| b.iter(|| contract.query("fibonacci", 0)));
}

criterion_group!(benches, compute);
criterion_main!(benches);
