//! What a contract stores: where each field's entries are, and what they are made of.
//!
//! It travels in the module's custom section [`SECTION`], beside the interface. The chain does not read it and
//! does not hold a contract to it: it is for tools that show entries, and for comparing the versions of a
//! contract before an upgrade. A reader treats it as the author's word.

use alloc::{string::String, vec::Vec};

use super::{SchemaError, Type, decode::Reader, encode::Writer};
use crate::limits::module::MAX_SCHEMA_BYTES;

/// The name of the custom section.
pub const SECTION: &str = "lockstep.storage";
/// The newest version of the format. It says which version the storage has.
pub const VERSION: u16 = 2;
/// The version of the format that does not say it: the storage has version 1, as most have. But all modules from before
/// [`VERSION`] have this one, also those whose migration has led to a later version: of a module with a migration, it says
/// nothing.
pub const FIRST_VERSION: u16 = 1;

/// The storage of one contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Layout {
    /// The format's version: [`VERSION`] if the storage has another than 1, and otherwise [`FIRST_VERSION`].
    pub version: u16,
    /// The storage's own version, from 1: each migration leads to the next. For [`FIRST_VERSION`] it is read as 1.
    pub storage_version: u32,
    /// The fields, in the order of the author.
    pub slots: Vec<Slot>,
}

/// A field of the storage, or of a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Slot {
    /// The names that lead to it, with points between them: `roles.members`.
    pub path: String,
    /// What it keeps.
    pub kind: SlotKind,
}

/// What a field keeps, and so which keys follow its [`Slot::prefix`].
///
/// The discriminants are part of the format.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[repr(u8)]
pub enum SlotKind {
    /// One value; no key follows.
    Cell {
        /// The value's type.
        value: Type,
    } = 0,
    /// A value for each key. Nothing relies on the order of the keys.
    Map {
        /// The keys' type.
        key: Type,
        /// The values' type.
        value: Type,
    } = 1,
    /// A value for each key, in the order of the keys.
    OrdMap {
        /// The keys' type.
        key: Type,
        /// The values' type.
        value: Type,
    } = 2,
    /// Keys; their entries have no bytes.
    Set {
        /// The keys' type.
        key: Type,
    } = 3,
    /// Values by their index (`u32`, as a key); the entry without a key is their number (`u32`).
    Vector {
        /// The values' type.
        value: Type,
    } = 4,
    /// Values by their number (`u64`, as a key); the entry without a key is the first number and the one after
    /// the last (two `u64`).
    Queue {
        /// The values' type.
        value: Type,
    } = 5,
}

impl Layout {
    /// The layout of storage that has this version.
    #[must_use]
    pub const fn new(storage_version: u32, slots: Vec<Slot>) -> Self {
        let version = if storage_version == 1 { FIRST_VERSION } else { VERSION };
        Self { version, storage_version, slots }
    }

    /// Reads the layout from the custom section's bytes.
    ///
    /// # Errors
    /// [`SchemaError`] with the first thing that is wrong, in the order of the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, SchemaError> {
        if bytes.len() > MAX_SCHEMA_BYTES {
            return Err(SchemaError::TooLong { found: bytes.len(), limit: MAX_SCHEMA_BYTES });
        }
        let mut reader = Reader::new(bytes);
        let layout = reader.layout()?;
        reader.finish()?;
        Ok(layout)
    }

    /// The custom section's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Writer::default().layout(self)
    }
}

impl Slot {
    /// What the keys of all its entries begin with.
    #[must_use]
    pub fn prefix(&self) -> [u8; 4] {
        path_hash(PATH_START, self.path.as_bytes()).to_be_bytes()
    }
}

/// The hash of an empty path.
pub const PATH_START: u32 = 0x811c_9dc5;

/// The hash of a path that goes on with `bytes`: FNV-1a with 32 bits, which makes the four bytes that a field's
/// keys begin with. A part of every contract's storage: it never changes.
#[must_use]
pub const fn path_hash(mut hash: u32, bytes: &[u8]) -> u32 {
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        hash = (hash ^ *byte as u32).wrapping_mul(0x0100_0193);
        rest = after;
    }
    hash
}
