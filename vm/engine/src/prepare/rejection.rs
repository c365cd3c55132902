//! Why a module may not be stored.

use std::fmt;

use lockstep_abi::schema::SchemaError;

use crate::operator::Denied;

/// A function of a module as its author knows it: by the name section's name, where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionName {
    /// Counted with imports first, as Wasm tools do.
    pub index: u32,
    /// The name, demangled.
    pub name: Option<String>,
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "`{name}` (function {})", self.index),
            None => write!(f, "function {} (build without `strip` to see its name)", self.index),
        }
    }
}

/// What a count or size is of; see `lockstep_abi::limits::module`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message beside each says what it is")]
pub enum Counted {
    #[error("bytes")]
    ModuleBytes,
    #[error("function types")]
    Types,
    #[error("parameters of one function")]
    Params,
    #[error("results of one function")]
    Results,
    #[error("functions")]
    Functions,
    #[error("imports")]
    Imports,
    #[error("exports")]
    Exports,
    #[error("bytes in one name")]
    NameBytes,
    #[error("globals")]
    Globals,
    #[error("tables")]
    Tables,
    #[error("table entries")]
    TableEntries,
    #[error("memories")]
    Memories,
    #[error("memory pages of 64 KiB")]
    MemoryPages,
    #[error("data segments")]
    DataSegments,
    #[error("element segments")]
    ElementSegments,
    #[error("bytes in the interface schema")]
    SchemaBytes,
    #[error("bytes of code")]
    BodyBytes,
    #[error("locals")]
    Locals,
    #[error("nested blocks")]
    BlockDepth,
    #[error("parameters or results of one block")]
    BlockValues,
    #[error("operands on its stack")]
    Operands,
    #[error("targets in one `br_table`")]
    BranchTargets,
}

/// Why a module was refused. Nothing is stored and nothing is charged: a transaction with such a module is
/// in no block.
///
/// The first reason in the order of the module's bytes is the one reported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// Not Wasm at all.
    #[error("this is not a WebAssembly module: it must start with `\\0asm` and version 1")]
    NotWasm,
    /// Malformed, or not valid by the specification.
    #[error("the module is not valid at byte {offset}: {reason}")]
    Invalid {
        /// Where, in bytes from the module's start.
        offset: u64,
        /// The validator's words.
        reason: String,
    },
    /// An operator that contracts may not use.
    #[error("{function} uses `{operator}`, which is {denied}")]
    Operator {
        /// Where.
        function: FunctionName,
        /// The operator.
        operator: &'static str,
        /// Why it is not allowed.
        denied: Denied,
    },
    /// A type of a local, block, parameter or result that contracts may not use.
    #[error("{function} has the type `{found}`; use i32 and i64, integers or fixed point")]
    FunctionType {
        /// Where.
        function: FunctionName,
        /// The type.
        found: String,
    },
    /// A type of a global or a signature that contracts may not use.
    #[error("{place} {index} has the type `{found}`; use i32 and i64, integers or fixed point")]
    Type {
        /// "type" or "global".
        place: &'static str,
        /// Which one.
        index: u32,
        /// The type.
        found: String,
    },
    /// A function that is too large in some way.
    #[error("{function} has {found} {counted}, the limit is {limit}; split it")]
    FunctionLimit {
        /// Where.
        function: FunctionName,
        /// What there is too much of.
        counted: Counted,
        /// How much.
        found: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// A module that is too large in some way.
    #[error("the module has {found} {counted}, the limit is {limit}")]
    Limit {
        /// What there is too much of.
        counted: Counted,
        /// How much.
        found: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// Code that would run before any method, unmetered.
    #[error("the module has a start function; do the work in an `#[init]` method")]
    Start,
    /// An import that no host function answers.
    #[error(
        "the import `{module}.{name}` is not a host function; contracts import only what is in HOST.md, \
         from the module `lockstep` (a dependency that needs an operating system or JavaScript?)"
    )]
    UnknownImport {
        /// The module that it is imported from.
        module: String,
        /// Its name.
        name: String,
    },
    /// An import with the name but not the type of a host function.
    #[error("the import `lockstep.{name}` must be a function of type {expected}; update lockstep-sdk")]
    ImportType {
        /// Its name.
        name: &'static str,
        /// The type in the host table.
        expected: String,
    },
    /// A memory that the host cannot reach.
    #[error("the module's memory must be exported as `memory`")]
    MemoryExport,
    /// An export that would hide one of the engine's own.
    #[error("the export name `{name}` is reserved; names with `:` belong to the engine")]
    ReservedExport {
        /// The name.
        name: String,
    },
    /// A memory, table, segment or section of a kind that contracts may not have.
    #[error("the module has {what}; build for wasm32-unknown-unknown without extra target features")]
    Unsupported {
        /// What.
        what: &'static str,
    },
    /// The interface schema is there twice.
    #[error("the module has two interface schemas; link one contract only")]
    TwoSchemas,
    /// The interface schema cannot be read.
    #[error("the interface schema is refused: {0}")]
    Schema(#[from] SchemaError),
    /// A method of the schema that the module does not export.
    #[error("the interface schema has a method `{name}`, but the module has no such export of type () -> ()")]
    MissingMethod {
        /// The method.
        name: String,
    },
}
