//! Compares a stored state with the root that the newest header carries.

use lockstep_node::chain::{Audited, Chain, ChainOptions, audit};
use serde_json::json;

use super::{Shown, args::ChainArgs};

pub(crate) fn run(args: &ChainArgs) -> anyhow::Result<Shown> {
    let chain = Chain::open_existing(&args.data, &ChainOptions::default())?;
    let Audited { height, root, entries, pages, page_bytes } = audit(&chain)?;
    let text = format!(
        "the state after block {height} is the one that the chain commits to\n  root    {root}\n  entries {entries}\n  \
         trie    {pages} pages, {page_bytes} bytes"
    );
    let json = json!({
        "height": height, "state_root": root, "entries": entries, "pages": pages, "page_bytes": page_bytes,
    });
    Shown::new(json, text)
}
