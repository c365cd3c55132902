//! Entries of the state, one after the other, up to 4 MiB of them.
//!
//! An entry is the key's length (4 bytes, little-endian), the key, the value's length (4 bytes), the value. Keys
//! ascend, within a chunk and from one to the next. A chunk is full when the next entry would not fit, so that the
//! same entries make the same chunks.

use std::path::Path;

use lockstep_abi::limits::{module::MAX_MODULE_BYTES, wire::MAX_STATE_KEY_BYTES};

use super::SnapshotError;

/// Bytes of a chunk's entries. Enough for a file to be worth its name; little enough for a reader to have it in memory.
pub(super) const MAX_CHUNK_BYTES: usize = 4 << 20;

/// Bytes of the longest value: a module.
const MAX_VALUE_BYTES: usize = MAX_MODULE_BYTES;
const LENGTH_BYTES: usize = 4;

// Every entry fits into an empty chunk.
const _: () = assert!(2 * LENGTH_BYTES + MAX_STATE_KEY_BYTES + MAX_VALUE_BYTES <= MAX_CHUNK_BYTES);

/// A key and its value.
pub(super) type Entry<'a> = (&'a [u8], &'a [u8]);

/// Entries on their way into a file.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    /// How many there are.
    pub(super) entries: u32,
}

impl Chunk {
    /// Adds an entry; gives the chunk so far, and begins another, if there was no room in it.
    ///
    /// # Panics
    /// If key or value is longer than any that is stored.
    pub(super) fn push(&mut self, key: &[u8], value: &[u8]) -> Option<Self> {
        assert!(key.len() <= MAX_STATE_KEY_BYTES && value.len() <= MAX_VALUE_BYTES, "an entry of the state");
        let entry_bytes = 2 * LENGTH_BYTES + key.len() + value.len();
        let full = (self.bytes.len() + entry_bytes > MAX_CHUNK_BYTES).then(|| self.take()).flatten();
        for part in [key, value] {
            let length = u32::try_from(part.len()).expect("checked above");
            self.bytes.extend_from_slice(&length.to_le_bytes());
            self.bytes.extend_from_slice(part);
        }
        self.entries += 1;
        full
    }

    /// What is there, if there is anything.
    pub(super) fn take(&mut self) -> Option<Self> {
        (self.entries > 0).then(|| std::mem::take(self))
    }
}

/// The entries of a chunk, which must be `expected` many, and whose keys must ascend from `last` on.
///
/// # Errors
/// [`SnapshotError`]; `file` is the chunk's name in it.
pub(super) fn entries<'a>(
    mut bytes: &'a [u8],
    expected: u32,
    last: Option<&[u8]>,
    file: &Path,
) -> Result<Vec<Entry<'a>>, SnapshotError> {
    let content = |what| SnapshotError::Content { file: file.to_path_buf(), what };
    let mut entries: Vec<Entry<'a>> = Vec::new();
    let mut found = 0;
    while !bytes.is_empty() {
        let key = take(&mut bytes, MAX_STATE_KEY_BYTES).ok_or(content("a key is too long or cut off"))?;
        let value = take(&mut bytes, MAX_VALUE_BYTES).ok_or(content("a value is too long or cut off"))?;
        let before = entries.last().map(|(key, _)| *key).or(last);
        if before.is_some_and(|before| before >= key) {
            return Err(SnapshotError::Order { file: file.to_path_buf(), entry: found });
        }
        entries.push((key, value));
        found += 1;
    }
    match found == expected {
        true => Ok(entries),
        false => Err(SnapshotError::Entries { file: file.to_path_buf(), expected, found }),
    }
}

/// What stands first in `bytes`, behind its length.
fn take<'a>(bytes: &mut &'a [u8], limit: usize) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= limit)?;
    let (taken, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}
