//! Turns a prepared module into native code with metering inside.
//!
//! Each module has an engine of its own: dropping a module of a shared engine frees nothing, and the
//! engine's lock is held for a whole compile. So a module's code goes when its last user lets go of it.

use std::{
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use lockstep_abi::{
    Gas, Hash, MethodName,
    host::HostFunction,
    limits::run::{FRAME_STACK_UNITS, MAX_STACK_UNITS},
    schema::{MethodKind, Schema},
};
use wasmer::{
    Module,
    sys::{CompilerConfig, EngineBuilder, NativeEngineExt, Singlepass},
};
use wasmer_types::CompileError as WasmerError;

use crate::{
    Fault, Prepared,
    memory::LimitedTunables,
    meter::Meter,
    pool::Pool,
    prepare::{Interface, Method, Shape},
};

/// Valid code that the pinned compiler refuses: the same on every machine of one target, since the compiler is. Other
/// processors reach less far with a jump; what could come near that is bounded in `limits.rs`, not yet proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the code cannot be compiled")]
pub struct NotCompilable;

/// Why there is no native code.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The code's doing.
    #[error(transparent)]
    NotCompilable(#[from] NotCompilable),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A module ready to be called.
pub struct CompiledModule {
    code: Hash,
    // Before the module, whose code its instances run.
    pool: Pool,
    // Before the engine, which owns the native code that the module refers to.
    module: Module,
    engine: wasmer::Engine,
    refused: Arc<AtomicBool>,
    imports: Vec<HostFunction>,
    shape: Shape,
    interface: Interface,
    native_bytes: usize,
}

impl std::fmt::Debug for CompiledModule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompiledModule").field("code", &self.code).finish_non_exhaustive()
    }
}

/// Compiles with the pinned Singlepass, on one thread.
pub(crate) fn compile(prepared: &Prepared) -> Result<CompiledModule, CompileError> {
    let shape = prepared.shape().clone();
    let mut config = Singlepass::new();
    // One thread: a pool of threads per compile costs more than it gives for modules of this size.
    config.num_threads = NonZero::<usize>::MIN;
    config.push_middleware(Arc::new(Meter::new(shape.frames.clone(), shape.imported_functions)));
    let mut engine: wasmer::Engine = EngineBuilder::new(config).engine().into();

    // For the memory's style only; nothing runs with these.
    engine.set_tunables(LimitedTunables::new(0, Arc::default()));
    #[expect(unsafe_code, reason = "the only way to compile without validating twice")]
    // SAFETY: `Prepared` is made by `prepare` alone, which validated these bytes.
    let module = unsafe { Module::from_binary_unchecked(&engine, &prepared.bare()?) }.map_err(classify)?;
    Ok(CompiledModule::new(prepared.code(), engine, module, shape, prepared.interface().clone())?)
}

/// How large the native stack must be for the metered one to end first.
///
/// Each function's native frame, as the compiler reports it, is set against its metered frame; the worst
/// ratio times the metered limit is what all frames together can take.
fn native_stack_bytes(module: &Module, shape: &Shape) -> Result<usize, Fault> {
    /// Return address, saved frame pointer and alignment, which the compiler's figure leaves out.
    const FRAME_BYTES: usize = 32;
    /// Trampolines below the first frame and a host function's entry above the last.
    const RESERVE_BYTES: usize = 256 << 10;

    let frames = module
        .sys_artifact()
        .and_then(|artifact| artifact.finished_functions_max_stack_usage())
        .ok_or(Fault::Artifact { what: "native stack frames" })?;
    let mut bytes_per_unit = 8;
    let mut largest = 0;
    for (function, native) in frames {
        let native =
            native.ok_or(Fault::Artifact { what: "a native stack frame" })?.saturating_add(FRAME_BYTES);
        let units = shape.frames.get(function.as_u32() as usize).copied().unwrap_or(FRAME_STACK_UNITS);
        bytes_per_unit = bytes_per_unit.max(native.div_ceil(units.max(1) as usize));
        largest = largest.max(native);
    }
    // The last frame is entered before its check.
    let metered = bytes_per_unit.saturating_mul(MAX_STACK_UNITS as usize);
    let needed = metered.saturating_add(largest).saturating_add(RESERVE_BYTES);
    // Wasmer keeps stacks for the next call that needs no larger one: few sizes, so that they fit.
    Ok(needed.checked_next_power_of_two().unwrap_or(needed))
}

fn native_bytes(module: &Module) -> Result<usize, Fault> {
    let extents = module
        .sys_artifact()
        .and_then(|artifact| artifact.finished_function_extents())
        .ok_or(Fault::Artifact { what: "native code" })?;
    Ok(extents.iter().map(|(_, extent)| extent.length).sum())
}

/// Exhaustive: what a new kind of error means must be decided here.
fn classify(error: WasmerError) -> CompileError {
    match error {
        // Wasmer has no kind of its own for a thread that the system refuses.
        WasmerError::Codegen(reason) if reason.contains("thread pool") => Fault::Compiler { reason }.into(),
        // Of the code and the compiler alone.
        WasmerError::Wasm(_)
        | WasmerError::Validate(_)
        | WasmerError::Codegen(_)
        | WasmerError::UnsupportedFeature(_) => NotCompilable.into(),
        WasmerError::UnsupportedTarget(_)
        | WasmerError::Resource(_)
        | WasmerError::MiddlewareError(_)
        | WasmerError::Aborted(_) => Fault::Compiler { reason: error.to_string() }.into(),
    }
}

impl CompiledModule {
    /// A module of native code in `engine`, which has no other.
    pub(crate) fn new(
        code: Hash,
        mut engine: wasmer::Engine,
        module: Module,
        shape: Shape,
        interface: Interface,
    ) -> Result<Self, Fault> {
        let refused = Arc::new(AtomicBool::new(false));
        engine.set_tunables(LimitedTunables::new(native_stack_bytes(&module, &shape)?, Arc::clone(&refused)));
        let imports = module.imports().map(|import| HostFunction::by_name(import.name()));
        let imports: Option<_> = imports.collect();
        let imports = imports.ok_or(Fault::Artifact { what: "an import that is a host function" })?;
        let native_bytes = native_bytes(&module)?;
        let pool = Pool::default();
        Ok(Self { code, pool, module, engine, refused, imports, shape, interface, native_bytes })
    }

    /// The hash of the Wasm that it was compiled from.
    #[must_use]
    pub const fn code(&self) -> Hash {
        self.code
    }

    /// The method of this name.
    #[must_use]
    pub fn method(&self, name: &MethodName) -> Option<Method<'_>> {
        self.interface.method(name)
    }

    /// Whether there is a method of this kind.
    #[must_use]
    pub fn has_method(&self, kind: MethodKind) -> bool {
        self.interface.has(kind)
    }

    /// The interface schema, if the module has one.
    #[must_use]
    pub const fn schema(&self) -> Option<&Schema> {
        self.interface.schema.as_ref()
    }

    /// What every call pays before it starts.
    #[must_use]
    pub fn enter_price(&self) -> Gas {
        self.shape.enter_price()
    }

    /// Bytes of native code; differs between processors, so for caches and figures only.
    #[must_use]
    pub const fn native_bytes(&self) -> usize {
        self.native_bytes
    }

    /// Bytes that an idle instance keeps, its tables and a store left out.
    pub(crate) fn instance_bytes(&self) -> u64 {
        u64::from(self.shape.pages.unwrap_or(0)).saturating_mul(64 << 10)
    }

    pub(crate) const fn module(&self) -> &Module {
        &self.module
    }

    pub(crate) const fn engine(&self) -> &wasmer::Engine {
        &self.engine
    }

    /// The host functions that it imports, in the order of its imports.
    pub(crate) fn imports(&self) -> &[HostFunction] {
        &self.imports
    }

    pub(crate) const fn shape(&self) -> &Shape {
        &self.shape
    }

    pub(crate) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Whether the operating system ever refused memory to an instance of this module.
    pub(crate) fn memory_was_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }
}
