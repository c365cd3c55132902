//! Cranelift, with the native frame of each function added to what it reports.
//!
//! Wasmer's Cranelift leaves the frames unknown (Singlepass says them), and the native stack is sized by them. So
//! this stands between Wasmer and its compiler, reads each frame from the machine code (see `frame/`) and
//! puts it where Singlepass does; from there on, and in artifacts, the two look alike. A frame that cannot be
//! read fails the compile: it is never guessed.
//!
//! # Why the meter is right at every trap
//!
//! Gas and stack units left are globals, and a trap reads them; gas is in a local in some loops, and a trap there takes
//! all of it. Cranelift's optimizer forwards stores to loads and
//! removes stores that another one overwrites (`cranelift-codegen/src/alias_analysis.rs`), but every
//! instruction that can trap, call or return counts as a reader of all memory there ("we must preserve
//! post-trap memory state"), and stores are never moved: instructions with effects keep the order of the
//! Wasm. So at each place where the guest can stop or the host can look, the global holds what the Wasm's order
//! says. `tests/backends.rs` holds Cranelift to it.

use std::sync::Arc;

use wasmer::sys::{CompilerConfig, Cranelift, Features, ModuleMiddleware, Target};
use wasmer_compiler::{
    Compiler, Debugger, FunctionBodyData, ModuleTranslationState,
    types::{function::Compilation, module::CompileModuleInfo},
};
use wasmer_types::{CompilationProgressCallback, CompileError, LocalFunctionIndex, entity::PrimaryMap};

use super::frame;

/// Cranelift's configuration, or Cranelift itself.
#[derive(Debug)]
pub(super) struct Measured<T>(T);

impl Measured<Cranelift> {
    pub(super) const fn new(config: Cranelift) -> Self {
        Self(config)
    }
}

impl CompilerConfig for Measured<Cranelift> {
    fn compiler(self: Box<Self>) -> Box<dyn Compiler> {
        Box::new(Measured(Box::new(self.0).compiler()))
    }

    fn supported_features_for_target(&self, target: &Target) -> Features {
        self.0.supported_features_for_target(target)
    }

    fn push_middleware(&mut self, middleware: Arc<dyn ModuleMiddleware>) {
        self.0.push_middleware(middleware);
    }
}

impl Compiler for Measured<Box<dyn Compiler>> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn deterministic_id(&self) -> String {
        self.0.deterministic_id()
    }

    fn artifact_format(&self) -> String {
        self.0.artifact_format()
    }

    fn get_middlewares(&self) -> &[Arc<dyn ModuleMiddleware>] {
        self.0.get_middlewares()
    }

    fn get_perfmap_enabled(&self) -> bool {
        self.0.get_perfmap_enabled()
    }

    fn get_debugger(&self) -> Option<Debugger> {
        self.0.get_debugger()
    }

    fn compile_module(
        &self,
        target: &Target,
        info: &CompileModuleInfo,
        info_blob: &[u8],
        translation: &ModuleTranslationState,
        bodies: PrimaryMap<LocalFunctionIndex, FunctionBodyData<'_>>,
        progress: Option<&CompilationProgressCallback>,
    ) -> Result<Compilation, CompileError> {
        let mut compiled = self.0.compile_module(target, info, info_blob, translation, bodies, progress)?;
        let Compilation::Rkyv { compilation, function_max_stack_usage } = &mut compiled else {
            return Err(CompileError::Codegen("an artifact of another format".into()));
        };
        let architecture = target.triple().architecture;
        *function_max_stack_usage = compilation
            .functions
            .iter()
            .map(|(index, function)| {
                let code = &function.body.body;
                frame::bytes(architecture, code).map(Some).ok_or_else(|| {
                    let begin = code.get(..code.len().min(64)).unwrap_or_default();
                    CompileError::Codegen(format!(
                        "the frame of function {index:?} is not known: {begin:02x?}"
                    ))
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(compiled)
    }
}
