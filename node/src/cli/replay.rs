//! Executes a stored chain again.

use std::fmt::Write;

use lockstep_node::{
    STACK_BYTES,
    chain::{Chain, ChainOptions, replay},
};
use lockstep_runtime::Engine;
use serde_json::json;

use super::{Shown, args::ChainArgs};

pub(crate) fn run(args: ChainArgs) -> anyhow::Result<Shown> {
    // On a thread of its own: contracts need more stack than the main thread has.
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || execute(&args))?;
    thread.join().map_err(|_| anyhow::anyhow!("the replay panicked; this is a bug"))?
}

fn execute(args: &ChainArgs) -> anyhow::Result<Shown> {
    let chain = Chain::open_existing(&args.data, &ChainOptions::default())?;
    let engine = Engine::default();
    let (mut text, mut blocks) = (String::new(), Vec::new());
    let mut root = None;
    let head = replay(&chain, &engine, |block| {
        root = Some(block.state_root);
        // Writing to a text does not fail.
        let _ = writeln!(text, "{:>8} {:>6} txs  {}", block.height.0, block.txs, block.state_root);
        blocks.push(json!({
            "height": block.height, "txs": block.txs, "state_root": block.state_root,
            "receipts_hash": block.receipts_hash,
        }));
    })?;
    writeln!(text, "{} blocks executed again: same receipts, same state root", blocks.len())?;
    Shown::new(json!({ "height": head.height(), "state_root": root, "blocks": blocks }), text)
}
