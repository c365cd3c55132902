//! One token transfer: what it costs to check it and to execute it.
//!
//! `transfer::execute` is a whole transaction on a state in memory: validation, fees, a fresh instance of the
//! contract, four storage accesses, an event, the receipt. Signature and decoding are in `transfer::check`. No
//! disk, no network, no state root. Times are for a batch; criterion's throughput line gives the rate.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lockstep_benches::Deployed;

/// Transactions of a batch: enough that setting up the block does not count.
const BATCH: u64 = 100;

fn transfer(criterion: &mut Criterion) {
    let chain = Deployed::token();
    let signed = chain.transfers(BATCH);
    let checked = Deployed::check(&signed);
    println!("transfer: {} gas, {} bytes", chain.execute(&checked), checked[0].size_bytes());

    let mut group = criterion.benchmark_group("transfer");
    group.throughput(Throughput::Elements(BATCH));
    group.bench_function(format!("execute/batch={BATCH}"), |b| b.iter(|| chain.execute(&checked)));
    group.bench_function(format!("check/batch={BATCH}"), |b| b.iter(|| Deployed::check(&signed)));
    group.finish();
}

criterion_group!(benches, transfer);
criterion_main!(benches);
