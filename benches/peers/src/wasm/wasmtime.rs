//! Wasmtime, an optimizing compiler.

use anyhow::Result;
use wasmtime::{Caller, Config, Engine, Error, InstancePre, Linker, Memory, Module, Store};

use super::{FUEL, MODULE, Number};

/// The workload, compiled.
pub(crate) struct Workload {
    engine: Engine,
    workload: InstancePre<Number>,
}

impl Workload {
    /// Compiles it.
    pub(crate) fn new(wasm: &[u8]) -> Result<Self> {
        let mut config = Config::new();
        config.consume_fuel(true);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, wasm)?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap(MODULE, "input_size", |_: Caller<'_, Number>| 8_u32)?;
        linker.func_wrap(MODULE, "input_read", |mut caller: Caller<'_, Number>, out: u32, _: u32| {
            let memory = memory(&mut caller)?;
            let given = caller.data().given;
            memory.write(&mut caller, out as usize, &given)?;
            Ok::<_, Error>(8_u32)
        })?;
        linker.func_wrap(MODULE, "return_data", |mut caller: Caller<'_, Number>, from: u32, _: u32| {
            let memory = memory(&mut caller)?;
            let mut returned = [0; 8];
            memory.read(&caller, from as usize, &mut returned)?;
            caller.data_mut().returned = returned;
            Ok::<_, Error>(())
        })?;
        linker.func_wrap(MODULE, "fail", |_: Caller<'_, Number>, _: u32, _: u32, _: u32| {
            Err::<(), _>(Error::msg("the work fails"))
        })?;
        Ok(Self { engine, workload: linker.instantiate_pre(&module)? })
    }

    /// Calls a method.
    pub(crate) fn call(&self, method: &str, n: u64) -> Result<u64> {
        let mut store = Store::new(&self.engine, Number::given(n));
        store.set_fuel(FUEL)?;
        let instance = self.workload.instantiate(&mut store)?;
        instance.get_typed_func::<(), ()>(&mut store, method)?.call(&mut store, ())?;
        Ok(store.data().returned())
    }
}

fn memory(caller: &mut Caller<'_, Number>) -> Result<Memory, Error> {
    let memory = caller.get_export("memory").and_then(|export| export.into_memory());
    memory.ok_or_else(|| Error::msg("the workload exports its memory"))
}
