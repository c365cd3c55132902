//! Writes a snapshot of a chain, of one instant, while the chain may go on.
//!
//! The entries are taken as they are stored, and not hashed: `audit` tells whether they are what the chain commits to,
//! and so does every import.

use std::{ops::ControlFlow, path::Path};

use lockstep_abi::{Hash, Height, state::key};
use lockstep_state::{Order, Read};

use super::{
    ExportError,
    chunk::Chunk,
    draft::Draft,
    file::{FileWriter, blocks_path, chunk_path, manifest_path, write_synced},
    manifest::{ChunkRecord, Manifest},
};
use crate::chain::{Base, Chain, ChainError};

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// The state is the one after this block.
    pub height: Height,
    /// Its root.
    pub root: Hash,
    /// The id of the block after it, which has the root: whoever imports must trust it.
    pub block: Hash,
    /// Entries of the state.
    pub entries: u64,
    /// Files that hold them.
    pub chunks: usize,
    /// Bytes of all files.
    pub bytes: u64,
}

/// Writes the state after the block of `height` to the folder `to`, which must be missing or empty; without a height,
/// the newest whose root is in a header. Needs some 10 MB of memory whatever the state, and room for the two blocks.
///
/// # Errors
/// [`ExportError`]; nothing is left then.
pub fn export(chain: &Chain, height: Option<Height>, to: &Path) -> Result<Exported, ExportError> {
    let view = chain.view()?;
    let newest = view.head().height().0.checked_sub(1).map(Height).ok_or(ExportError::OnlyGenesis)?;
    let height = height.unwrap_or(newest);
    if height > newest {
        return Err(ExportError::NoHeader { height, newest });
    }
    // All of it is read, whatever has changed since.
    let state = view.state_at(height)?.without_limit();
    let base = match Base::of(chain, &view, height)? {
        Some(base) => base,
        None => return Err(ExportError::BlockPruned { height, oldest: view.oldest_block()? }),
    };
    let blocks = base.encode();
    if blocks.len() > Base::MAX_BYTES {
        let (found, limit) = (blocks.len(), Base::MAX_BYTES);
        return Err(ExportError::BlocksTooLong { height, found, limit });
    }

    let draft = Draft::begin(to)?;
    let folder = draft.content();
    let mut files = FileWriter::new();
    let blocks = files.write(&blocks_path(&folder), &blocks)?;
    let chunks = write_chunks(&state, &folder, &mut files)?;
    let manifest = Manifest { blocks, chunks };
    let bytes = manifest.encode();
    write_synced(&manifest_path(&folder), &bytes)?;
    draft.publish()?;
    let manifest_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Ok(Exported {
        height,
        root: base.next().state_root,
        block: base.next().id(),
        entries: manifest.entries(),
        chunks: manifest.chunks.len(),
        bytes: manifest.file_bytes().saturating_add(manifest_bytes),
    })
}

fn write_chunks(
    state: &dyn Read,
    folder: &Path,
    files: &mut FileWriter,
) -> Result<Vec<ChunkRecord>, ExportError> {
    let mut records = Vec::new();
    let mut write = |Chunk { bytes, entries }: Chunk| {
        let file = files.write(&chunk_path(folder, records.len()), &bytes)?;
        records.push(ChunkRecord { file, entries });
        Ok::<_, ExportError>(())
    };
    let mut chunk = Chunk::default();
    let mut outcome = Ok(());
    let read = state.range(&[], key::END, Order::Ascending, &mut |key, value| {
        outcome = chunk.push(key, value).map_or(Ok(()), &mut write);
        if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    read.map_err(ChainError::from)?;
    outcome?;
    chunk.take().map_or(Ok(()), write)?;
    Ok(records)
}
