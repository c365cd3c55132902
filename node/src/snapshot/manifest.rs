//! The list of a snapshot's files.
//!
//! A line that says what this is, the format's version (4 bytes, little-endian), the list in borsh, and the BLAKE3
//! hash of all before it (32 bytes). First line, version and hash stay where they are in every version, so that a
//! newer snapshot is told from a damaged one. What follows from the files is not here a second time: height and ids
//! are in the blocks, the number of entries is a sum.

use std::path::Path;

use borsh::{BorshDeserialize, BorshSerialize};
use lockstep_abi::{Hash, codec};
use zstd_safe::compress_bound;

use super::{SnapshotError, chunk::MAX_CHUNK_BYTES};
use crate::chain::Base;

/// Raised with every change of what the bytes mean.
pub(super) const VERSION: u32 = 1;
const MAGIC: &[u8] = b"lockstep snapshot\n";
const HASH_BYTES: usize = 32;

/// Chunks of a snapshot: 4 TiB of entries.
const MAX_CHUNKS: usize = 1 << 20;
/// Bytes of the longest manifest; a chunk takes 44.
pub(super) const MAX_BYTES: u64 = 64 << 20;

/// A file of the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct FileRecord {
    /// BLAKE3 of the file.
    pub(super) hash: Hash,
    /// Its length.
    pub(super) file_bytes: u32,
    /// The length of what was compressed.
    pub(super) content_bytes: u32,
}

/// A file of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct ChunkRecord {
    pub(super) file: FileRecord,
    /// How many entries it has.
    pub(super) entries: u32,
}

/// All files of a snapshot but the manifest itself.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Manifest {
    pub(super) blocks: FileRecord,
    /// In the order of their keys.
    pub(super) chunks: Vec<ChunkRecord>,
}

impl Manifest {
    /// How many entries the state has.
    pub(super) fn entries(&self) -> u64 {
        self.chunks.iter().map(|chunk| u64::from(chunk.entries)).sum()
    }

    /// The bytes of all listed files, as they lie there.
    pub(super) fn file_bytes(&self) -> u64 {
        let chunks = self.chunks.iter().map(|chunk| &chunk.file);
        chunks.chain([&self.blocks]).map(|file| u64::from(file.file_bytes)).sum()
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = [MAGIC, &VERSION.to_le_bytes(), &codec::encode(self)].concat();
        let hash = blake3::hash(&bytes);
        bytes.extend_from_slice(hash.as_bytes());
        bytes
    }

    /// # Errors
    /// [`SnapshotError`]; `file` is its name in that.
    pub(super) fn decode(bytes: &[u8], file: &Path) -> Result<Self, SnapshotError> {
        let damaged = |what| SnapshotError::Manifest { file: file.to_path_buf(), what };
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(SnapshotError::Foreign { file: file.to_path_buf() });
        };
        let (hashed, hash) =
            bytes.split_last_chunk::<HASH_BYTES>().ok_or(damaged("it ends before its hash"))?;
        if blake3::hash(hashed) != *hash {
            return Err(damaged("its hash is another"));
        }
        let list = rest.len().checked_sub(HASH_BYTES).and_then(|end| rest.get(..end));
        let (version, list) =
            list.and_then(<[u8]>::split_first_chunk).ok_or(damaged("it ends before its version"))?;
        let found = u32::from_le_bytes(*version);
        if found > VERSION {
            return Err(SnapshotError::Newer { file: file.to_path_buf(), found, supported: VERSION });
        }
        if found < VERSION {
            return Err(damaged("there never was such a version"));
        }
        let manifest: Self = codec::decode(list, list.len()).map_err(|_| damaged("it cannot be decoded"))?;
        manifest.check().map_err(damaged)?;
        Ok(manifest)
    }

    /// What memory is reserved by must be within the limits.
    fn check(&self) -> Result<(), &'static str> {
        if !self.blocks.is_within(Base::MAX_BYTES) {
            return Err("its blocks are longer than any");
        }
        if self.chunks.len() > MAX_CHUNKS {
            return Err("it has more chunks than any");
        }
        if !self.chunks.iter().all(|chunk| chunk.file.is_within(MAX_CHUNK_BYTES)) {
            return Err("it has a chunk that is longer than any");
        }
        Ok(())
    }
}

impl FileRecord {
    /// Whether both lengths are possible for a content of up to `limit` bytes.
    fn is_within(&self, limit: usize) -> bool {
        let fits = |bytes: u32, limit| usize::try_from(bytes).is_ok_and(|bytes| bytes <= limit);
        fits(self.content_bytes, limit) && fits(self.file_bytes, compress_bound(limit))
    }
}
