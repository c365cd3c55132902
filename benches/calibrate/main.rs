//! Measures what prices are set from: one table of time, gas and their ratio.
//!
//! `cargo bench --workspace --bench calibrate`, with `-- operator` (or `host`, `code`, `enter`, `tx`, `disk`) for a
//! part of it.
//!
//! Each line is a thing to do, as dear to the machine as whoever writes a contract can make it. Its time is the
//! processor's: the least of many runs, since a neighbour only ever adds to it, less the least of runs without
//! the thing. Gas is what the engine charged for the same, what belongs to it included: a load has the locals that
//! it takes its address from. `gas/ps` of less than 1 is a price that is too low (a trap, and so `fail`, is paid
//! with `ENTER_FIXED`); the last column is the same, seen from a block.
//!
//! Through the real engine and runtime, over a state in memory; `disk` is RocksDB by itself.

mod code;
mod disk;
mod enter;
mod host;
mod operator;
mod tx;

use lockstep_benches::Spent;

/// A line of the table.
struct Row {
    /// The price, or the one that matters most.
    price: &'static str,
    what: String,
    spent: Spent,
}

impl Row {
    fn print(&self) {
        let Self { price, what, spent: Spent { ps, gas } } = self;
        // A block has as much gas as a second has picoseconds.
        let (ratio, block) = (gas / ps, ps / gas);
        println!("| `{price}` | {what} | {ps:.0} | {gas:.0} | {ratio:.2} | {block:.2} s |");
    }
}

/// A part of the table, and what makes it.
type Part = (&'static str, fn(&mut dyn FnMut(Row)));

const PARTS: [Part; 6] = [
    ("operator", operator::measure),
    ("host", host::measure),
    ("enter", enter::measure),
    ("tx", tx::measure),
    ("code", code::measure),
    ("disk", disk::measure),
];

fn main() {
    // Cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    println!("| price | what | ps | gas | gas/ps | a block of it takes |");
    println!("|---|---|---:|---:|---:|---:|");
    for (_, measure) in
        PARTS.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|it| it == name))
    {
        measure(&mut |row| row.print());
    }
}

/// Text to Wasm.
fn translate(text: &str) -> Vec<u8> {
    // Not the error, which has the whole text.
    wat::parse_str(text).unwrap_or_else(|_| panic!("invalid: {text:.300}"))
}
