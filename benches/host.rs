//! Each host function of the table, by itself.
//!
//! `host::<function>/bytes=<n>` is one call that pays for `n` bytes, made by compiled code in a transaction, over a
//! state in memory, its trie included: no RocksDB, and no log behind `debug_log`. The loop around it is a
//! nanosecond of it. What is left out is the transaction around all calls. Where a price has a part per byte there
//! are two lengths, so that fixed and per byte can be told apart. `fail`, and what `call` and `create` run, include
//! what it takes to end or enter a contract, warm.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use lockstep_abi::host::HostFunction;
use lockstep_benches::{Guest, host::probes};

fn translate(text: &str) -> Vec<u8> {
    // Not the error, which has the whole text.
    wat::parse_str(text).unwrap_or_else(|_| panic!("invalid: {text:.300}"))
}

fn host(criterion: &mut Criterion) {
    for row in HostFunction::ALL {
        for one in probes(*row, translate) {
            let guest = one.guest(translate);
            criterion.bench_function(&one.probe.name, |b| {
                b.iter_custom(|calls| time(&guest, calls));
            });
        }
    }
}

/// What so many calls take, in as few transactions as limits allow, without what those take by themselves.
fn time(guest: &Guest, calls: u64) -> Duration {
    let run = |rounds| {
        let tx = guest.tx(rounds);
        move || Duration::from_nanos((guest.run(&tx).ps / 1_000.0) as u64)
    };
    let (nothing, full, rest) = (run(0), run(guest.max_rounds()), run(calls % guest.max_rounds()));
    let mut sum = Duration::ZERO;
    for _ in 0..calls / guest.max_rounds() {
        sum += full().saturating_sub(nothing());
    }
    sum += rest().saturating_sub(nothing());
    // Criterion wants something.
    sum.max(Duration::from_nanos(1))
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20);
    targets = host
}
criterion_main!(benches);
