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

pub(crate) use methods::Methods;
pub use methods::{Method, MethodRules};
pub use rejection::{Counted, FunctionName, Rejection};

use function::Refused;
use sections::Sections;

/// The name of the one memory's export, as rustc writes it.
pub(crate) const MEMORY_EXPORT: &str = "memory";

/// What calling and metering need to know of a module's form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// Stack units of each function's frame, imports not counted.
    pub(crate) frames: Vec<u32>,
    /// How many functions are imported.
    pub(crate) imported_functions: u32,
    /// Pages of 64 KiB at the start; absent without a memory.
    pub(crate) pages: Option<u32>,
    /// Bytes that instantiation copies.
    pub(crate) data_bytes: u64,
    /// Table entries that instantiation fills, and elements that it writes into them.
    pub(crate) table_entries: u64,
}

/// A module that may be stored and compiled. Made by [`prepare`] alone.
#[derive(Debug, Clone)]
pub struct Prepared {
    code: Hash,
    wasm: Vec<u8>,
    shape: Shape,
    methods: Methods,
    schema: Option<Schema>,
}

/// Checks a module.
///
/// # Errors
/// The first [`Rejection`] in the order of the bytes. Cost: one pass, about 30 ns a byte.
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
    let sections = check(&wasm)?;
    let (methods, schema) = methods::resolve(&sections)?;
    Ok(Prepared { code: Hash::of(Context::Code, &wasm), shape: sections.into_shape(), methods, schema, wasm })
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

fn check(wasm: &[u8]) -> Result<Sections, Rejection> {
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
    sections.finish()?;
    Ok(sections)
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
        self.schema.as_ref()
    }

    pub(crate) const fn shape(&self) -> &Shape {
        &self.shape
    }

    pub(crate) const fn methods(&self) -> &Methods {
        &self.methods
    }
}

impl Shape {
    /// What every call pays for a fresh instance, whatever this machine has in its caches.
    #[must_use]
    pub fn enter_price(&self) -> Gas {
        let pages = u64::from(self.pages.unwrap_or(0)).saturating_mul(price::ENTER_PER_PAGE);
        let data = self.data_bytes.saturating_mul(price::ENTER_PER_DATA_BYTE);
        let table = self.table_entries.saturating_mul(price::ENTER_PER_TABLE_ENTRY);
        Gas(price::ENTER_FIXED.saturating_add(pages).saturating_add(data).saturating_add(table))
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
