//! Decides whether a module may be stored: everything that could differ between machines is out.
//!
//! One pass over the bytes in their order, so that every machine reports the same first reason. Own
//! rules come before the validator's at each step, since they say what to do about it. What passes
//! here compiles without being validated again.
//!
//! The limits are in `lockstep_abi::limits::module`, the operators in `operator.rs`.

mod function;
mod methods;
mod names;
mod rejection;
mod sections;
mod usage;

use std::collections::BTreeSet;

use borsh::{BorshDeserialize, BorshSerialize};
use lockstep_abi::{
    Gas, Hash,
    hash::Context,
    limits::module::{MAX_FUNCTIONS, MAX_MODULE_BYTES},
    price,
    schema::Schema,
};
use wasmer::sys::wasmparser::{
    BinaryReaderError, FuncValidatorAllocations, Parser, ValidPayload, Validator, WasmFeatures,
};

pub(crate) use methods::Interface;
pub use methods::{Method, MethodRules};
pub use rejection::{Counted, FunctionName, Rejection};
pub use usage::Usage;

use function::Refused;
use sections::Sections;

/// The name of the one memory's export, as rustc writes it.
pub(crate) const MEMORY_EXPORT: &str = "memory";

/// What calling and metering need to know of a module's form.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Shape {
    /// Stack units of each function's frame, imports not counted.
    pub(crate) frames: Vec<u32>,
    /// How many functions are imported.
    pub(crate) imported_functions: u32,
    /// The indices of the globals that can be changed.
    pub(crate) mutable_globals: Vec<u32>,
    /// Pages of 64 KiB at the start; absent without a memory.
    pub(crate) pages: Option<u32>,
    /// How many exports there are.
    pub(crate) exports: u32,
    /// How many data and element segments there are.
    pub(crate) segments: u32,
    /// Bytes that instantiation copies.
    pub(crate) data_bytes: u64,
    /// Table entries that instantiation fills, and elements that it writes into them.
    pub(crate) table_entries: u64,
    /// The exports that can be methods: functions of type `() -> ()`.
    pub(crate) callable: BTreeSet<String>,
    /// The interface schema's bytes.
    pub(crate) schema: Option<Vec<u8>>,
}

/// A module that may be stored and compiled. Made by [`prepare`] alone.
#[derive(Debug, Clone)]
pub struct Prepared {
    code: Hash,
    wasm: Vec<u8>,
    shape: Shape,
    interface: Interface,
}

/// Checks a module.
///
/// # Errors
/// The first [`Rejection`] in the order of the bytes. Cost: 140 to 300 ns a byte.
pub fn prepare(wasm: Vec<u8>) -> Result<Prepared, Rejection> {
    let found = wasm.len();
    if found > MAX_MODULE_BYTES {
        return Err(Rejection::Limit {
            counted: Counted::ModuleBytes,
            found: found as u64,
            limit: MAX_MODULE_BYTES as u64,
        });
    }
    if !wasm.starts_with(b"\0asm\x01\0\0\0") {
        return Err(Rejection::NotWasm);
    }
    let shape = check(&wasm)?;
    let interface = Interface::of(&shape)?;
    Ok(Prepared { code: Hash::of(Context::Code, &wasm), shape, interface, wasm })
}

/// What a stable rustc emits by default, less floats.
fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::REFERENCE_TYPES
        // Its validator refuses non-trapping conversions without it; they are floats and refused before.
        | WasmFeatures::SATURATING_FLOAT_TO_INT
}

fn check(wasm: &[u8]) -> Result<Shape, Rejection> {
    let mut sections = Sections::default();
    let mut validator = Validator::new_with_features(features());
    let mut allocations = FuncValidatorAllocations::default();
    // The reader too: some proposals are encodings, which the validator never sees.
    let mut parser = Parser::new(0);
    parser.set_features(features());
    for payload in parser.parse_all(wasm) {
        let payload = payload?;
        sections.check(&payload)?;
        if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
            let mut function = function.into_validator(allocations);
            let frame = function::check(&body, &mut function).map_err(|refused| match refused {
                Refused::Module(rejection) => rejection,
                Refused::Function(rejection) => rejection(names::function_name(wasm, function.index())),
            })?;
            sections.push_frame(frame);
            allocations = function.into_allocations();
        }
    }
    sections.finish()
}

impl Prepared {
    /// The hash of the bytes, by which the code is known.
    #[must_use]
    pub const fn code(&self) -> Hash {
        self.code
    }

    /// The bytes, to be stored.
    #[must_use]
    pub fn wasm(&self) -> &[u8] {
        &self.wasm
    }

    /// The interface schema, if the module has one.
    #[must_use]
    pub const fn schema(&self) -> Option<&Schema> {
        self.interface.schema.as_ref()
    }

    pub(crate) const fn shape(&self) -> &Shape {
        &self.shape
    }

    pub(crate) const fn interface(&self) -> &Interface {
        &self.interface
    }
}

impl Shape {
    /// What every call pays for an instance, whether this machine makes one or has one. Loading the code is paid
    /// for before, by whoever asks for it.
    pub(crate) fn enter_price(&self) -> Gas {
        let parts = [
            (u64::from(self.imported_functions), price::ENTER_PER_IMPORT),
            (u64::from(self.exports), price::ENTER_PER_EXPORT),
            (self.frames.len() as u64, price::ENTER_PER_FUNCTION),
            (u64::from(self.segments), price::ENTER_PER_SEGMENT),
            (u64::from(self.pages.unwrap_or(0)), price::PER_PAGE),
            (self.data_bytes, price::ENTER_PER_DATA_BYTE),
            (self.table_entries, price::ENTER_PER_TABLE_ENTRY),
        ];
        let sum = |sum: u64, (count, price): (u64, u64)| sum.saturating_add(count.saturating_mul(price));
        Gas(parts.into_iter().fold(price::ENTER_FIXED, sum))
    }
}

impl From<BinaryReaderError> for Rejection {
    fn from(error: BinaryReaderError) -> Self {
        Self::Invalid { offset: error.offset(), reason: error.message().into() }
    }
}

/// Within a limit, or the rejection that says so.
fn limit(counted: Counted, found: u64, limit: u32) -> Result<(), Rejection> {
    let limit = u64::from(limit);
    if found <= limit { Ok(()) } else { Err(Rejection::Limit { counted, found, limit }) }
}

// A frame is kept for each function, so the count is bounded before the code section.
const _: () = assert!(MAX_FUNCTIONS <= 1 << 16);
