//! Runs a node until it is told to stop.

use std::{
    io::{IsTerminal, Write},
    path::Path,
    time::Duration,
};

use lockstep_abi::GasPrice;
use lockstep_node::{Node, NodeConfig, Settings, chain::ChainOptions, dev, mempool::MempoolLimits};
use lockstep_state::{RocksOptions, Sync};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{
    args::{Durability, NodeArgs},
    failure::Failure,
    home,
    keys::dev_keys,
    line,
};

/// What is logged unless `LOCKSTEP_LOG` says otherwise: blocks, what contracts say, and trouble.
const LOG: &str = "warn,lockstep=info,lockstep_node=info,contract=info";

pub(crate) async fn run(args: NodeArgs, json: bool) -> anyhow::Result<()> {
    let NodeArgs { dev, data, listen, block_time, chain_id, min_gas_price, prune, sync, cache } = args;
    if !dev {
        let text = "a chain of several nodes is not built yet; `lockstep node --dev` runs one of your own";
        return Err(Failure::usage(text).into());
    }
    let filter = EnvFilter::try_from_env("LOCKSTEP_LOG").unwrap_or_else(|_| EnvFilter::new(LOG));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let data = match data {
        Some(data) => data,
        None => home()?.join("chain").join(chain_id.as_str()),
    };
    let config = NodeConfig {
        data: data.clone(),
        listen,
        genesis: dev::genesis(chain_id),
        chain: ChainOptions { store: granted(cache, sync.0)?, pruning: prune },
        settings: Settings {
            block_time: block_time.map(Duration::from_millis),
            mempool: MempoolLimits { min_gas_price: GasPrice(min_gas_price), ..MempoolLimits::default() },
            ..Settings::dev(dev::proposer())
        },
    };
    // Before anything is said: who reads that it listens may stop it at once.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let node = Node::start(config).await?;
    greet(&node, &data, sync, json)?;
    tokio::select! {
        () = node.ended() => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    node.stop().await?;
    tracing::info!("stopped");
    Ok(())
}

/// The memory that the store may have, two thirds of it for the trie.
fn granted(cache_mb: u32, sync: Sync) -> anyhow::Result<RocksOptions> {
    let cache_bytes = usize::try_from(u64::from(cache_mb) << 20)?;
    let for_reads = cache_bytes / 3;
    Ok(RocksOptions {
        cache_bytes: for_reads,
        page_cache_bytes: cache_bytes - for_reads,
        sync,
        ..RocksOptions::default()
    })
}

/// Says where the node is, and which keys have funds. With `--json` it is one line.
fn greet(node: &Node, data: &Path, sync: Durability, json: bool) -> anyhow::Result<()> {
    let chain = node.hub().chain();
    let (view, pruning) = (chain.view()?, chain.pruning());
    let (head, state_root) = (view.head(), view.head_root()?);
    tracing::info!(height = %head.height(), %state_root, %pruning, %sync, "started");
    let url = format!("http://{}", node.address());
    let mut out = std::io::stdout().lock();
    if json {
        let keys: Vec<_> =
            dev_keys().map(|(name, key)| json!({ "name": name, "address": key.address() })).collect();
        let greeting = json!({
            "listening": url, "chain_id": head.header.chain_id, "data": data, "height": head.height(),
            "state_root": state_root, "pruning": pruning.to_string(), "sync": sync.to_string(), "keys": keys,
        });
        out.write_all(line(&greeting).as_bytes())?;
    } else {
        writeln!(out, "chain {} in {}", head.header.chain_id, data.display())?;
        writeln!(out, "  height {}, state root {state_root}", head.height())?;
        writeln!(out, "  pruning {pruning}, sync {sync}")?;
        writeln!(out, "keys with funds; everybody knows them, so never send anything of value to them:")?;
        for (name, key) in dev_keys() {
            writeln!(out, "  {name:<8}{}", key.address())?;
        }
        writeln!(out, "listening on {url}")?;
    }
    out.flush()?;
    Ok(())
}
