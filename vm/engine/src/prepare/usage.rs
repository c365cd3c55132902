//! How much of the limits a module takes, for tools.

use lockstep_abi::limits::module::{
    MAX_EXPORTS, MAX_FUNCTIONS, MAX_IMPORTS, MAX_MEMORY_PAGES, MAX_MODULE_BYTES, MAX_SCHEMA_BYTES,
    MAX_TABLE_ENTRIES,
};

use super::{Counted, Prepared};

/// How much of one limit a module takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// What is counted.
    pub counted: Counted,
    /// How much there is.
    pub used: u64,
    /// The most that is allowed.
    pub limit: u64,
}

impl Prepared {
    /// What the module takes of the limits on it as a whole; those on one function or one name are left out.
    #[must_use]
    pub fn usage(&self) -> Vec<Usage> {
        let shape = self.shape();
        let schema_bytes = shape.schema.as_ref().map_or(0, Vec::len);
        [
            (Counted::ModuleBytes, self.wasm().len() as u64, MAX_MODULE_BYTES as u64),
            (Counted::SchemaBytes, schema_bytes as u64, MAX_SCHEMA_BYTES as u64),
            (Counted::Functions, shape.frames.len() as u64, u64::from(MAX_FUNCTIONS)),
            (Counted::Imports, u64::from(shape.imported_functions), u64::from(MAX_IMPORTS)),
            (Counted::Exports, u64::from(shape.exports), u64::from(MAX_EXPORTS)),
            (Counted::TableEntries, shape.table_entries, u64::from(MAX_TABLE_ENTRIES)),
            (Counted::MemoryPages, u64::from(shape.pages.unwrap_or(0)), u64::from(MAX_MEMORY_PAGES)),
        ]
        .map(|(counted, used, limit)| Usage { counted, used, limit })
        .into()
    }
}
