//! Turns a prepared module into native code with metering inside.
//!
//! Each module has an engine of its own: dropping a module of a shared engine frees nothing, and the
//! engine's lock is held for a whole compile. So a module's code goes when its last user lets go of it.
//!
//! The compilers are in `backend.rs`. Whether a module can be compiled at all is part of what the chain agrees on, so
//! one of them decides it for all, and a trouble of the machine never does.

mod backend;
#[cfg(feature = "cranelift")]
mod cranelift;
#[cfg(feature = "cranelift")]
mod frame;
#[cfg(feature = "cranelift")]
mod size;
mod stack;
#[cfg(test)]
mod tests;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use lockstep_abi::{
    Gas, Hash, MethodName,
    host::HostFunction,
    schema::{MethodKind, Schema},
};
use wasmer::{
    Module,
    sys::{EngineBuilder, NativeEngineExt},
};
use wasmer_types::{CompileError as WasmerError, WasmError};

pub use backend::Backend;
use stack::native_stack_bytes;

use crate::{
    Fault, Prepared,
    instrument::Input,
    memory::LimitedTunables,
    pool::Pool,
    prepare::{Interface, Method, Shape},
};

/// Valid code that the pinned Singlepass refuses: the same on every machine, whatever its processor and back end.
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

/// Compiles a module that is new. Singlepass says whether it can be compiled, whatever `backend` is, so that every
/// machine says the same; whatever the processor is, too (`tests.rs` compiles the largest shapes for each).
///
/// # Errors
/// [`CompileError`], of Singlepass. What another compiler cannot do with what that took is left as it is.
pub(crate) fn compile_new(prepared: &Prepared, backend: Backend) -> Result<CompiledModule, CompileError> {
    let module = compile(prepared, Backend::Singlepass)?;
    match backend.in_time_for(prepared)? {
        Backend::Singlepass => Ok(module),
        #[cfg(feature = "cranelift")]
        Backend::Cranelift => Ok(compile(prepared, Backend::Cranelift).unwrap_or(module)),
    }
}

/// Compiles a module that was new once, and accepted. What the other compiler cannot do is Singlepass' to do: no answer
/// depends on it.
///
/// # Errors
/// A fault, whatever Singlepass says: that the code can be compiled is known.
pub(crate) fn compile_stored(prepared: &Prepared, backend: Backend) -> Result<CompiledModule, Fault> {
    let compiled = match backend.in_time_for(prepared)? {
        Backend::Singlepass => compile(prepared, Backend::Singlepass),
        #[cfg(feature = "cranelift")]
        Backend::Cranelift => compile(prepared, Backend::Cranelift)
            // Its own error would say nothing about the code.
            .or_else(|_| compile(prepared, Backend::Singlepass)),
    };
    compiled.map_err(|error| match error {
        CompileError::Fault(fault) => fault,
        CompileError::NotCompilable(error) => {
            Fault::Compiler { reason: format!("{}, accepted before: {error}", prepared.code()) }
        }
    })
}

fn compile(prepared: &Prepared, backend: Backend) -> Result<CompiledModule, CompileError> {
    let shape = prepared.shape().clone();
    let Input { wasm, plans } = Input::new(prepared)?;
    let (engine, module) = native(&wasm, backend.builder(&shape, plans, backend::threads(wasm.len())))?;
    Ok(CompiledModule::new(prepared.code(), engine, module, shape, prepared.interface().clone())?)
}

/// Runs the compiler on bytes that were prepared.
fn native(wasm: &[u8], builder: EngineBuilder) -> Result<(wasmer::Engine, Module), CompileError> {
    let mut engine: wasmer::Engine = builder.engine().into();
    // For the memory's style only; nothing runs with these.
    engine.set_tunables(LimitedTunables::new(0, Arc::default()));
    // A panic is a defect of the compiler's, and whether it is met can depend on how the compiler was built (its
    // debug assertions): not a verdict on the code. Nothing is used afterwards that it could have left half done.
    let compiled = catch_unwind(AssertUnwindSafe(|| {
        #[expect(unsafe_code, reason = "the only way to compile without validating twice")]
        // SAFETY: `Prepared` is made by `prepare` alone, which validated these bytes.
        unsafe {
            Module::from_binary_unchecked(&engine, wasm)
        }
    }));
    match compiled {
        Ok(Ok(module)) => Ok((engine, module)),
        Ok(Err(error)) => Err(classify(error)),
        Err(_) => Err(Fault::Compiler { reason: "it panicked".into() }.into()),
    }
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
        // Wasmer has no kind of its own for a thread that the system refuses, nor for a cache that is not written.
        WasmerError::Codegen(reason) if reason.contains("thread pool") || reason.contains("serialize") => {
            Fault::Compiler { reason }.into()
        }
        // Of the code and the compiler alone.
        WasmerError::Codegen(_)
        | WasmerError::Validate(_)
        | WasmerError::UnsupportedFeature(_)
        | WasmerError::Wasm(
            WasmError::InvalidWebAssembly { .. }
            | WasmError::Unsupported(_)
            | WasmError::ImplLimitExceeded
            | WasmError::Generic(_),
        ) => NotCompilable.into(),
        // Metering was set up for another module.
        WasmerError::Wasm(WasmError::Middleware(_)) | WasmerError::MiddlewareError(_)
        // The machine's.
        | WasmerError::UnsupportedTarget(_)
        | WasmerError::Resource(_)
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
