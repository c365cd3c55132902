//! Metered compute: the works of `benches/workload`, each with the whole call around it.
//!
//! Native is the function itself, at the optimization and with the overflow checks of the main workspace. Ours,
//! wasmi and Wasmtime run the very same Wasm; revm runs the same steps in Solidity, with its overflow checks off.

use anyhow::{Result, ensure};
use lockstep_sdk::codec;
use workload::WORK;

use crate::{
    code, evm,
    measure::{Figure, Stopwatch, Subject},
    ours::{Contract, VARIANTS, Variant, method},
    peer,
    table::{Line, Must, Ratio},
    wasm::{wasmi, wasmtime},
};

/// Who is measured beside ours, and what is asked of ours.
struct Peer {
    name: String,
    against: Against,
}

enum Against {
    /// How many times as long ours takes; what it may is the variant's.
    Native,
    /// How many times as fast ours is, and has to be.
    Peer(Option<f64>),
}

fn peers() -> [Peer; 4] {
    [
        Peer { name: "native".into(), against: Against::Native },
        Peer { name: peer::wasmi(), against: Against::Peer(Some(3.0)) },
        Peer { name: peer::wasmtime(), against: Against::Peer(None) },
        Peer { name: peer::revm(), against: Against::Peer(Some(15.0)) },
    ]
}

/// Measures the row.
pub(crate) fn measure(stopwatch: &mut Stopwatch) -> Result<Vec<Line>> {
    let wasm = code::workload();
    let mut ours = VARIANTS.map(|variant| Contract::new(&(variant.config)(), wasm.clone()));
    let wasmi = wasmi::Workload::new(&wasm)?;
    let wasmtime = wasmtime::Workload::new(&wasm)?;
    let mut evm = evm::Contract::workload()?;

    let peers = peers();
    let mut lines = Vec::new();
    let mut figures = Vec::new();
    for (name, n, native) in WORK {
        let (method, input, answer) = (method(name), codec::encode(&n), native(n));
        for (contract, variant) in ours.iter_mut().zip(VARIANTS) {
            let ours = contract.call(&method, &input);
            ensure!(ours == codec::encode(&answer), "{}: {name} is wrong", variant.name);
        }
        ensure!(wasmi.call(name, n)? == answer, "wasmi: {name} is wrong");
        ensure!(wasmtime.call(name, n)? == answer, "Wasmtime: {name} is wrong");
        ensure!(evm.compute(name, n)? == answer, "revm: {name} is wrong");

        let mut subjects = vec![
            Subject::new("native", || native(std::hint::black_box(n))),
            Subject::new("wasmi", || wasmi.call(name, n).expect("the work")),
            Subject::new("Wasmtime", || wasmtime.call(name, n).expect("the work")),
            Subject::new("revm", || evm.compute(name, n).expect("the work")),
        ];
        for (contract, variant) in ours.iter_mut().zip(VARIANTS) {
            subjects.push(Subject::new(format!("ours, {}", variant.name), || contract.call(&method, &input)));
        }
        let mut theirs = stopwatch.compare(&format!("compute {name}"), subjects)?;
        let ours = theirs.split_off(peers.len());
        for (variant, ours) in VARIANTS.iter().zip(&ours) {
            for (peer, theirs) in peers.iter().zip(&theirs) {
                lines.push(line(name, variant, *ours, peer, *theirs));
            }
        }
        figures.push((theirs, ours));
    }
    for (at, variant) in VARIANTS.iter().enumerate() {
        for (with, peer) in peers.iter().enumerate() {
            let ratios = figures.iter().map(|(theirs, ours)| theirs[with].over(ours[at]));
            lines.push(mean(variant, peer, ratios));
        }
    }
    Ok(lines)
}

fn line(work: &str, variant: &Variant, ours: Figure, peer: &Peer, theirs: Figure) -> Line {
    let (ours, theirs) = ((variant.name, ours), (peer.name.as_str(), theirs));
    match peer.against {
        Against::Native => Line::slower(work, ours, theirs),
        Against::Peer(_) => Line::faster(work, ours, theirs),
    }
}

/// The geometric mean of the peer's over ours, for all works.
fn mean(variant: &Variant, peer: &Peer, ratios: impl Iterator<Item = f64>) -> Line {
    let mean = (ratios.map(f64::ln).sum::<f64>() / WORK.len() as f64).exp();
    let (ratio, must) = match peer.against {
        Against::Native => (Ratio::OursOverPeer(1.0 / mean), Some(Must::AtMost(variant.most_of_native))),
        Against::Peer(least) => (Ratio::PeerOverOurs(mean), least.map(Must::AtLeast)),
    };
    let work = "compute, geometric mean".into();
    Line { work, ours: variant.name.into(), peer: peer.name.clone(), ratio, must }
}
