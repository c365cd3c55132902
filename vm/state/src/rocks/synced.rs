//! The height that is known to be on disk: what tells damage from a power cut.
//!
//! The end of the log may be torn: the machine stopped while it was written, and nobody was told that the block is
//! there. But a log that ends early by damage looks just the same; RocksDB takes a record whose length field is
//! damaged for a torn one, and drops it with all that follow. So after each sync the height goes into the file
//! `SYNCED`, and a store that opens at a lower one has lost blocks.
//!
//! The file itself is not synced. It is written after the blocks are, so it can lag behind them and never be ahead,
//! and that is good enough: it costs a microsecond, not a second sync. Eight bytes of height, big-endian, and
//! eight of their hash; anything else says nothing.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use lockstep_abi::Height;

const FILE: &str = "SYNCED";

#[derive(Debug)]
pub(super) struct Synced {
    file: File,
}

impl Synced {
    pub(super) fn path(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    /// What a folder's file says; nothing if there is none.
    pub(super) fn read(folder: &Path) -> io::Result<Option<Height>> {
        let mut bytes = Vec::new();
        match File::open(Self::path(folder)) {
            Ok(file) => file.take(64).read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let height = bytes.first_chunk().map(|height| Height(u64::from_be_bytes(*height)));
        Ok(height.filter(|height| encode(*height) == *bytes))
    }

    /// Opens the file to be written. The folder must be locked.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).open(Self::path(folder))?;
        Ok(Self { file })
    }

    /// All blocks up to this height are on disk.
    pub(super) fn set(&self, height: Height) -> io::Result<()> {
        let mut file = &self.file;
        file.rewind()?;
        // In one piece, within one sector: never half of it.
        file.write_all(&encode(height))
    }
}

fn encode(height: Height) -> [u8; 16] {
    let height = height.0.to_be_bytes();
    let mut bytes = [0; 16];
    let (first, second) = bytes.split_at_mut(8);
    first.copy_from_slice(&height);
    if let Some(check) = blake3::hash(&height).as_bytes().first_chunk::<8>() {
        second.copy_from_slice(check);
    }
    bytes
}
