//! Executes a stored chain again.

use std::fmt::Write;

use anyhow::Context;
use lockstep_node::{
    STACK_BYTES,
    chain::{Chain, replay},
};
use lockstep_runtime::Engine;
use lockstep_state::RocksOptions;
use serde_json::json;

use super::{Shown, args::ReplayArgs};

pub(crate) fn run(args: ReplayArgs) -> anyhow::Result<Shown> {
    // On a thread of its own: contracts need more stack than the main thread has.
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || execute(&args))?;
    thread.join().map_err(|_| anyhow::anyhow!("the replay panicked; this is a bug"))?
}

fn execute(args: &ReplayArgs) -> anyhow::Result<Shown> {
    let chain = Chain::open_existing(&args.data, &RocksOptions::default())?;
    let engine = Engine::default();
    let (mut text, mut blocks) = (String::new(), Vec::new());
    let head = replay(&chain, &engine, |block| {
        let (height, txs, root) = (block.height, block.txs, block.state_root);
        // Writing to a text does not fail.
        let _ = writeln!(text, "{:>8} {txs:>6} txs  {root}", height.0);
        blocks.push(json!({
            "height": height, "txs": txs, "state_root": root, "receipts_hash": block.receipts_hash,
        }));
    })
    .context("the chain is not what its blocks lead to")?;
    writeln!(text, "{} blocks executed again: same receipts, same state root", blocks.len())?;
    let (height, root) = (head.height(), head.state_root);
    Shown::new(json!({ "height": height, "state_root": root, "blocks": blocks }), text)
}
