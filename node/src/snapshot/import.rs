//! Loads a snapshot into a new folder, if the trusted block commits to all of it.
//!
//! In the order in which trust grows: the manifest, which bounds what is read; the blocks, which must be those of the
//! trusted id; the entries, whose root must be the one in the trusted block; and that block's execution on them. What
//! comes out is a chain's folder with that block as its head, as a node has it that prunes.

use std::path::Path;

use lockstep_abi::{Hash, Height};
use lockstep_runtime::Engine;
use lockstep_state::{RocksOptions, RocksStore, Tree};

use super::{
    ImportError, SnapshotError, chunk,
    draft::Draft,
    file::{self, blocks_path, chunk_path, manifest_path},
    manifest::{self, Manifest},
};
use crate::chain::Base;

/// Entries that go into the trie at once: some 400 MiB of memory.
const LEAVES_AT_ONCE: usize = 1 << 20;

/// What was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// The state that was in the snapshot is the one after this block.
    pub height: Height,
    /// Its root.
    pub root: Hash,
    /// Its entries.
    pub entries: u64,
    /// The block after it, which is the head now.
    pub head: Height,
}

/// Loads the snapshot in `from` into the folder `data`, which must be missing or empty. `block` is the id of the block
/// after the snapshot's state, from somebody who is trusted; nothing else is.
///
/// The thread needs the stack that executing contracts takes; see [`crate::STACK_BYTES`].
///
/// # Errors
/// [`ImportError`]; `data` is then as it was.
pub fn import(from: &Path, data: &Path, block: &Hash) -> Result<Imported, ImportError> {
    let manifest = read_manifest(from)?;
    let base = Base::decode(&file::read(&blocks_path(from), &manifest.blocks)?, block)?;
    // After what takes no time, before what does.
    let draft = Draft::begin(data)?;
    let store = load(from, &manifest, base.height(), &draft.content())?;
    let Loaded { store, tree: Tree { root: found, .. } } = store;
    let (expected, entries) = (base.next().state_root, manifest.entries());
    if found != expected {
        return Err(ImportError::Root { block: base.next().height, entries, expected, found });
    }
    let head = base.commit(&store, &Engine::default())?;
    // Closed before it is moved.
    drop(store);
    draft.publish()?;
    Ok(Imported { height: base.height(), root: expected, entries, head: head.height() })
}

fn read_manifest(folder: &Path) -> Result<Manifest, SnapshotError> {
    let path = manifest_path(folder);
    let file = file::read_limited(&path, manifest::MAX_BYTES)?;
    Manifest::decode(&file.bytes, &path)
}

struct Loaded {
    store: RocksStore,
    tree: Tree,
}

/// A store with the entries of all chunks. Their root is not compared yet.
fn load(from: &Path, manifest: &Manifest, height: Height, folder: &Path) -> Result<Loaded, ImportError> {
    let mut store = RocksStore::open(folder, &RocksOptions::default())?;
    let mut loader = store.load(height, LEAVES_AT_ONCE)?;
    let mut last: Option<Vec<u8>> = None;
    for (index, record) in manifest.chunks.iter().enumerate() {
        let path = chunk_path(from, index);
        let bytes = file::read(&path, &record.file)?;
        let entries = chunk::entries(&bytes, record.entries, last.as_deref(), &path)?;
        loader.add(&entries)?;
        last = entries.last().map(|(key, _)| key.to_vec()).or(last);
    }
    let tree = loader.finish()?;
    Ok(Loaded { store, tree })
}
