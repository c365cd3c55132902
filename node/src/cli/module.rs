//! Wasm files.

use std::{fs::File, io::Read, path::Path};

use anyhow::Context;
use lockstep_abi::limits::module::MAX_MODULE_BYTES;
use lockstep_runtime::{Prepared, prepare};

/// Reads and checks a module as the chain will, so that what is wrong with it is said before it is sent.
pub(crate) fn read_module(path: &Path) -> anyhow::Result<Prepared> {
    let wasm = read_wasm(path)?;
    prepare(wasm).with_context(|| format!("{} cannot be deployed", path.display()))
}

/// Reads a file, up to one byte more than a module may have: so that too long is seen, and no more.
pub(crate) fn read_wasm(path: &Path) -> anyhow::Result<Vec<u8>> {
    let cannot_read = || format!("cannot read {}", path.display());
    let mut wasm = Vec::new();
    let limit = MAX_MODULE_BYTES as u64 + 1;
    File::open(path)
        .with_context(cannot_read)?
        .take(limit)
        .read_to_end(&mut wasm)
        .with_context(cannot_read)?;
    Ok(wasm)
}
