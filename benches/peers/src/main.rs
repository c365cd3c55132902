//! Measures other VMs at the same work as ours, in the same run, and prints one table.
//!
//! `cargo run --release` measures all rows; named rows (`transfer`, `compute`, `compile`, `cold`) only those.

mod code;
mod cosmwasm;
mod evm;
mod foreign;
mod machine;
mod measure;
mod ours;
mod peer;
mod row;
mod table;
mod wasm;
mod world;

use anyhow::{Result, ensure};

use measure::Stopwatch;
use table::Line;

/// Measures one row.
type Measure = fn(&mut Stopwatch) -> Result<Vec<Line>>;

const ROWS: [(&str, Measure); 4] = [
    ("transfer", row::transfer::measure),
    ("compute", row::compute::measure),
    ("compile", row::compile::measure),
    ("cold", row::cold::measure),
];

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for name in &wanted {
        ensure!(ROWS.iter().any(|(row, _)| row == name), "there is no row `{name}`");
    }
    let mut stopwatch = Stopwatch::new()?;
    let mut lines = Vec::new();
    for (name, measure) in ROWS {
        if wanted.is_empty() || wanted.iter().any(|row| row == name) {
            lines.extend(measure(&mut stopwatch)?);
        }
    }
    println!("{}\n", machine::describe());
    table::print(&lines);
    Ok(())
}
