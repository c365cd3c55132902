//! The engine: compiled modules, kept within a bound on their bytes.

use std::sync::Arc;

use lockstep_abi::Hash;
use quick_cache::{Weighter, sync::Cache};

use crate::{CompileError, CompiledModule, Fault, NotCompilable, Prepared, compile, prepare::prepare};

/// How an engine uses its machine. Nothing here changes what a call does.
#[derive(Debug, Clone, Copy)]
pub struct EngineConfig {
    /// Bytes of compiled modules to keep, an estimate of what they take in memory.
    pub cache_bytes: u64,
}

impl Default for EngineConfig {
    /// 256 MiB of compiled modules.
    fn default() -> Self {
        Self { cache_bytes: 256 << 20 }
    }
}

/// Compiles modules and keeps them. Shared between threads.
pub struct Engine {
    modules: Cache<Hash, Arc<CompiledModule>, Weight>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("modules", &self.modules.len()).finish()
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new(EngineConfig::default())
    }
}

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<Hash, Arc<CompiledModule>> for Weight {
    fn weight(&self, _: &Hash, module: &Arc<CompiledModule>) -> u64 {
        /// An engine of its own, its maps, the module's tables: measured on a module of one function.
        const FIXED_BYTES: u64 = 64 << 10;
        FIXED_BYTES.saturating_add((module.native_bytes() as u64).saturating_mul(2))
    }
}

impl Engine {
    /// An engine with an empty cache.
    #[must_use]
    pub fn new(config: EngineConfig) -> Self {
        /// A guess for sizing the cache's index, in modules.
        const EXPECTED_MODULES: usize = 1_024;
        Self { modules: Cache::with_weighter(EXPECTED_MODULES, config.cache_bytes, Weight) }
    }

    /// Compiles a module that is new, or finds it.
    ///
    /// # Errors
    /// [`CompileError`]. Cost when not cached: about 150 ns a byte of Wasm.
    pub fn compile(&self, prepared: &Prepared) -> Result<Arc<CompiledModule>, CompileError> {
        self.modules.get_or_insert_with(&prepared.code(), || compile::compile(prepared).map(Arc::new))
    }

    /// The module of stored code; `read` is asked for the bytes if it is not in the cache.
    ///
    /// # Errors
    /// [`Fault`], also if the bytes are not a module that could have been stored.
    pub fn load(
        &self,
        code: Hash,
        read: impl FnOnce() -> Result<Vec<u8>, Fault>,
    ) -> Result<Arc<CompiledModule>, Fault> {
        self.modules.get_or_insert_with(&code, || {
            let stored = |reason: String| Fault::StoredCode { code, reason };
            let prepared = prepare(read()?).map_err(|rejection| stored(rejection.to_string()))?;
            if prepared.code() != code {
                return Err(stored(format!("its hash is {}", prepared.code())));
            }
            match compile::compile(&prepared) {
                Ok(module) => Ok(Arc::new(module)),
                Err(CompileError::NotCompilable(error @ NotCompilable)) => Err(stored(error.to_string())),
                Err(CompileError::Fault(fault)) => Err(fault),
            }
        })
    }
}
