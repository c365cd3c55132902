//! One compressed file: written with what the manifest says of it, read only if that is so.
//!
//! Nothing is reserved on a file's word: lengths come from the manifest, which bounds them, and decompression has
//! exactly that much room.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use lockstep_abi::Hash;
use zstd_safe::{CCtx, DCtx, compress_bound, get_error_name};

use super::{ExportError, SnapshotError, manifest::FileRecord};

/// Of zstd: its own default. Half of a state is hashes, which no level makes shorter.
const LEVEL: i32 = 3;

/// Writes files, each synced.
pub(super) struct FileWriter {
    context: CCtx<'static>,
    /// Room for a compressed file; kept from one to the next.
    buffer: Vec<u8>,
}

impl FileWriter {
    pub(super) fn new() -> Self {
        Self { context: CCtx::create(), buffer: Vec::new() }
    }

    /// Compresses `content` into a new file.
    ///
    /// # Errors
    /// [`ExportError`] if it cannot be written.
    ///
    /// # Panics
    /// If the content has 4 GiB or more: all that is written has limits below.
    pub(super) fn write(&mut self, path: &Path, content: &[u8]) -> Result<FileRecord, ExportError> {
        let bound = compress_bound(content.len());
        if self.buffer.len() < bound {
            self.buffer.resize(bound, 0);
        }
        let length = self
            .context
            .compress(self.buffer.as_mut_slice(), content, LEVEL)
            .map_err(|code| ExportError::Compress { what: get_error_name(code) })?;
        let bytes = &self.buffer[..length];
        write_synced(path, bytes)?;
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("less than 4 GiB");
        Ok(FileRecord { hash: hash(bytes), file_bytes: length(bytes), content_bytes: length(content) })
    }
}

/// Writes a new file.
///
/// # Errors
/// [`ExportError::Io`].
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    let write = || {
        let mut file = File::create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|source| ExportError::Io { path: path.to_path_buf(), source })
}

/// The content of a file, if it is the one of `record`.
///
/// # Errors
/// [`SnapshotError`], which names the file.
pub(super) fn read(path: &Path, record: &FileRecord) -> Result<Vec<u8>, SnapshotError> {
    let expected = u64::from(record.file_bytes);
    let Limited { bytes, length } = read_limited(path, expected)?;
    if length != expected {
        return Err(SnapshotError::Length { file: path.to_path_buf(), expected, found: length });
    }
    if hash(&bytes) != record.hash {
        return Err(SnapshotError::Hash { file: path.to_path_buf() });
    }
    let content = |what| SnapshotError::Content { file: path.to_path_buf(), what };
    let expected = usize::try_from(record.content_bytes).map_err(|_| content("too long for this machine"))?;
    let mut room = vec![0; expected];
    let found = DCtx::create()
        .decompress(room.as_mut_slice(), &bytes)
        .map_err(|code| content(get_error_name(code)))?;
    if found != expected {
        return Err(content("it decompresses to another length than the manifest says"));
    }
    Ok(room)
}

/// The start of a file.
pub(super) struct Limited {
    pub(super) bytes: Vec<u8>,
    /// How long the file is.
    pub(super) length: u64,
}

/// At most `limit` bytes of a file.
///
/// # Errors
/// [`SnapshotError`] if it is not there or cannot be read.
pub(super) fn read_limited(path: &Path, limit: u64) -> Result<Limited, SnapshotError> {
    let read = || {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(Limited { bytes, length })
    };
    read().map_err(|source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => SnapshotError::Missing { file: path.to_path_buf() },
        _ => SnapshotError::Io { path: path.to_path_buf(), source },
    })
}

fn hash(bytes: &[u8]) -> Hash {
    Hash(*blake3::hash(bytes).as_bytes())
}

pub(super) fn manifest_path(folder: &Path) -> PathBuf {
    folder.join("manifest")
}

pub(super) fn blocks_path(folder: &Path) -> PathBuf {
    folder.join("blocks.zst")
}

pub(super) fn chunk_path(folder: &Path, index: usize) -> PathBuf {
    folder.join(format!("chunk-{index:05}.zst"))
}
