//! Writes a state to files, and begins a chain from such files.

use std::path::{Path, PathBuf};

use lockstep_abi::{Hash, Height};
use lockstep_node::{
    STACK_BYTES,
    chain::{Chain, ChainOptions},
    snapshot::{self, Exported, Imported},
};
use serde_json::{Value, json};

use super::{
    Shown,
    args::{SnapshotArgs, SnapshotCommand},
    failure::Failure,
};

pub(crate) fn run(args: SnapshotArgs) -> anyhow::Result<Shown> {
    match args.command {
        SnapshotCommand::Export { data, out, height } => export(&data, &out, height),
        SnapshotCommand::Import { from, data, block } => {
            // On a thread of its own: contracts need more stack than the main thread has.
            let work = move || import(&from, &data, &block);
            let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work)?;
            thread.join().map_err(|_| anyhow::anyhow!("the import panicked; this is a bug"))?
        }
    }
}

fn export(data: &Path, out: &PathBuf, height: Option<Height>) -> anyhow::Result<Shown> {
    let chain = Chain::open_existing(data, &ChainOptions::default())?;
    let Exported { height, root, block, entries, chunks, bytes } = snapshot::export(&chain, height, out)
        .map_err(|error| Failure::new(error.name(), error.to_string(), Value::Null))?;
    let text = format!(
        "the state after block {height} is in {}\n  root    {root}\n  entries {entries}, in {chunks} chunks\n  \
         bytes   {bytes}\n\
         whoever trusts block {} loads it with\n  \
         lockstep snapshot import --from FOLDER --data DIR --block {block}",
        out.display(),
        height.next(),
    );
    let json = json!({
        "height": height, "state_root": root, "entries": entries, "chunks": chunks, "bytes": bytes,
        "block": block, "out": out,
    });
    Shown::new(json, text)
}

fn import(from: &Path, data: &PathBuf, block: &Hash) -> anyhow::Result<Shown> {
    let Imported { height, root, entries, head } = snapshot::import(from, data, block)
        .map_err(|error| Failure::new(error.name(), error.to_string(), Value::Null))?;
    let text = format!(
        "the state after block {height} is the one that block {head} commits to; the chain in {} goes on from there\n  \
         root    {root}\n  entries {entries}",
        data.display(),
    );
    let json = json!({
        "height": height, "state_root": root, "entries": entries, "head": head, "block": block, "data": data,
    });
    Shown::new(json, text)
}
