//! What a module was built from, so that somebody else can build it again and compare.
//!
//! It travels in the module's custom section [`SECTION`]; `lockstep build` writes it. The chain does not read it: it
//! is the author's word, until the same source and toolchain give the same bytes. Nothing in it is of the machine, the
//! folder or the time, so two builds of one commit have the same. Another commit makes another module, even if only a
//! file beside the contract differs.

use alloc::{string::String, vec::Vec};

use super::{SchemaError, decode::Reader, encode::Writer};
use crate::{Hash, limits::module::MAX_SCHEMA_BYTES};

/// The name of the custom section.
pub const SECTION: &str = "lockstep.build";
/// The version that this crate writes and reads.
pub const VERSION: u16 = 1;

/// What a module was built from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct BuildInfo {
    /// The format's version.
    pub version: u16,
    /// The package and its version: `counter 0.1.0`.
    pub package: String,
    /// The compiler: `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub toolchain: String,
    /// How it was told to compile: `opt-level=z overflow-checks`.
    pub flags: String,
    /// BLAKE3 of the lock file, which names all other packages.
    pub lock: Hash,
    /// The commit of the repository; empty without one.
    pub revision: Revision,
    /// Whether files differed from that commit.
    pub changed: bool,
}

/// A commit's id, in hexadecimal digits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revision(pub Vec<u8>);

impl core::fmt::Display for Revision {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(feature = "json")]
impl serde::Serialize for Revision {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl BuildInfo {
    /// Reads the custom section's bytes.
    ///
    /// # Errors
    /// [`SchemaError`] with the first thing that is wrong, in the order of the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, SchemaError> {
        if bytes.len() > MAX_SCHEMA_BYTES {
            return Err(SchemaError::TooLong { found: bytes.len(), limit: MAX_SCHEMA_BYTES });
        }
        let mut reader = Reader::new(bytes);
        let build = reader.build()?;
        reader.finish()?;
        Ok(build)
    }

    /// The custom section's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Writer::default().build(self)
    }
}
