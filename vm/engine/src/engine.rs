//! The engine: compiled modules, kept within a bound on their bytes, in memory and on disk.

use std::{collections::BTreeMap, io, path::PathBuf, sync::Arc};

use lockstep_abi::Hash;
use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use crate::{
    Backend, CompileError, CompiledModule, Fault, NativeCode, NotCompilable, Prepared,
    artifact::Artifacts,
    compile::{compile_new, compile_stored},
    pool::MAX_IDLE,
    prepare::prepare,
};

/// How an engine uses its machine. Nothing here changes what a call does.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Which compiler makes native code.
    pub backend: Backend,
    /// Bytes of compiled modules to keep in memory, an estimate; their idle instances are counted too.
    pub cache_bytes: u64,
    /// Where to keep compiled code for the next start; nowhere if absent. One engine a folder.
    pub artifacts: Option<PathBuf>,
    /// Bytes of compiled code to keep there.
    pub artifact_bytes: u64,
}

impl Default for EngineConfig {
    /// Singlepass, 256 MiB in memory, nothing on disk.
    fn default() -> Self {
        Self { backend: Backend::default(), cache_bytes: 256 << 20, artifacts: None, artifact_bytes: 1 << 30 }
    }
}

/// Compiles modules and keeps them. Shared between threads; a clone has the same modules.
#[derive(Clone)]
pub struct Engine {
    backend: Backend,
    /// Also what could not be compiled, so that asking again costs nothing.
    modules: Arc<Cache<Hash, Verdict, Weight>>,
    artifacts: Option<Arc<Artifacts>>,
    /// What is run in place of the module of this hash.
    native: BTreeMap<Hash, Arc<dyn NativeCode>>,
}

type Verdict = Result<Arc<CompiledModule>, NotCompilable>;

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("backend", &self.backend)
            .field("modules", &self.modules.len())
            .finish_non_exhaustive()
    }
}

impl Default for Engine {
    fn default() -> Self {
        let EngineConfig { backend, cache_bytes, .. } = EngineConfig::default();
        Self::with(backend, cache_bytes, None)
    }
}

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<Hash, Verdict> for Weight {
    fn weight(&self, _: &Hash, verdict: &Verdict) -> u64 {
        /// A hash and an entry of the cache's index.
        const ENTRY_BYTES: u64 = 128;
        /// An engine of its own, its maps, the module's tables, a store: an estimate.
        const FIXED_BYTES: u64 = 64 << 10;
        match verdict {
            Err(NotCompilable) => ENTRY_BYTES,
            Ok(module) => {
                let instances = module.instance_bytes().saturating_mul(MAX_IDLE as u64);
                let native = (module.native_bytes() as u64).saturating_mul(2);
                FIXED_BYTES.saturating_add(native).saturating_add(instances)
            }
        }
    }
}

fn cache(bytes: u64) -> Cache<Hash, Verdict, Weight> {
    /// A guess for sizing the cache's index, in modules.
    const EXPECTED_MODULES: usize = 1_024;
    // One shard: a part of the capacity would be too small for a large module, which then is never kept.
    let options = OptionsBuilder::new()
        .estimated_items_capacity(EXPECTED_MODULES)
        .weight_capacity(bytes)
        .shards(1)
        .build()
        .expect("all options that have no default are set");
    Cache::with_options(options, Weight, DefaultHashBuilder::default(), DefaultLifecycle::default())
}

impl Engine {
    /// An engine with nothing in memory yet.
    ///
    /// # Errors
    /// If the folder for artifacts cannot be made or used.
    pub fn new(config: &EngineConfig) -> io::Result<Self> {
        let artifacts = config.artifacts.as_deref();
        let open = |folder| Artifacts::open(folder, config.artifact_bytes, config.backend);
        let artifacts = artifacts.map(open).transpose()?;
        Ok(Self::with(config.backend, config.cache_bytes, artifacts.map(Arc::new)))
    }

    fn with(backend: Backend, cache_bytes: u64, artifacts: Option<Arc<Artifacts>>) -> Self {
        Self { backend, modules: Arc::new(cache(cache_bytes)), artifacts, native: BTreeMap::new() }
    }

    /// Runs `native` from here on wherever the module of this hash would run. For tests of contracts: such code has no meter,
    /// no limits of its own, and cannot be stopped.
    pub fn set_native(&mut self, code: Hash, native: Arc<dyn NativeCode>) {
        self.native.insert(code, native);
    }

    /// What to run in place of a module, if anything.
    pub(crate) fn native(&self, code: Hash) -> Option<&dyn NativeCode> {
        self.native.get(&code).map(|native| &**native)
    }

    /// Compiles a module that is new, or finds it. One thread compiles, others who want the same wait.
    ///
    /// # Errors
    /// [`CompileError`], by Singlepass' word whatever the back end. Cost when not cached: linear in the bytes of
    /// Wasm, and the other back end's on top.
    pub fn compile(&self, prepared: &Prepared) -> Result<Arc<CompiledModule>, CompileError> {
        let make = || match compile_new(prepared, self.backend) {
            Ok(module) => Ok(Ok(self.keep(module))),
            Err(CompileError::NotCompilable(error)) => Ok(Err(error)),
            Err(CompileError::Fault(fault)) => Err(fault),
        };
        Ok(self.modules.get_or_insert_with(&prepared.code(), make)??)
    }

    /// The module of stored code; `read` is asked for the bytes if it is in neither cache.
    ///
    /// # Errors
    /// [`Fault`], also if the bytes are not a module that could have been stored.
    pub fn load(
        &self,
        code: Hash,
        read: impl FnOnce() -> Result<Vec<u8>, Fault>,
    ) -> Result<Arc<CompiledModule>, Fault> {
        let stored = |reason: String| Fault::StoredCode { code, reason };
        let verdict = self.modules.get_or_insert_with(&code, || {
            if let Some(module) = self.artifacts.as_ref().and_then(|artifacts| artifacts.load(code)) {
                return Ok(Ok(Arc::new(module)));
            }
            let prepared = prepare(read()?).map_err(|rejection| stored(rejection.to_string()))?;
            if prepared.code() != code {
                return Err(stored(format!("its hash is {}", prepared.code())));
            }
            Ok(Ok(self.keep(compile_stored(&prepared, self.backend)?)))
        })?;
        verdict.map_err(|error @ NotCompilable| stored(error.to_string()))
    }

    /// Writes what was compiled to disk, if there is a folder for it.
    fn keep(&self, module: CompiledModule) -> Arc<CompiledModule> {
        if let Some(artifacts) = &self.artifacts {
            artifacts.save(&module);
        }
        Arc::new(module)
    }
}
