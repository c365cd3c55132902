//! wasmi, an interpreter.

use anyhow::{Context, Result};
use wasmi::{Caller, Config, Engine, Error, Linker, Memory, Module, Store};

use super::{FUEL, MODULE, Number};

/// The workload, translated.
#[derive(Debug)]
pub(crate) struct Workload {
    module: Module,
    linker: Linker<Number>,
}

impl Workload {
    /// Translates it.
    pub(crate) fn new(wasm: &[u8]) -> Result<Self> {
        let mut config = Config::default();
        config.consume_fuel(true);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, wasm)?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap(MODULE, "input_size", |_: Caller<'_, Number>| 8_u32)?;
        linker.func_wrap(MODULE, "input_read", |mut caller: Caller<'_, Number>, out: u32, _: u32| {
            let memory = memory(&caller)?;
            let given = caller.data().given;
            memory.write(&mut caller, out as usize, &given).map_err(Error::from)?;
            Ok::<_, Error>(8_u32)
        })?;
        linker.func_wrap(MODULE, "return_data", |mut caller: Caller<'_, Number>, from: u32, _: u32| {
            let memory = memory(&caller)?;
            let mut returned = [0; 8];
            memory.read(&caller, from as usize, &mut returned).map_err(Error::from)?;
            caller.data_mut().returned = returned;
            Ok::<_, Error>(())
        })?;
        linker.func_wrap(MODULE, "fail", |_: Caller<'_, Number>, _: u32, _: u32, _: u32| {
            Err::<(), _>(Error::new("the work fails"))
        })?;
        Ok(Self { module, linker })
    }

    /// Calls a method.
    pub(crate) fn call(&self, method: &str, n: u64) -> Result<u64> {
        let mut store = Store::new(self.module.engine(), Number::given(n));
        store.set_fuel(FUEL)?;
        let instance = self.linker.instantiate_and_start(&mut store, &self.module)?;
        instance.get_typed_func::<(), ()>(&store, method)?.call(&mut store, ()).context("the work ends")?;
        Ok(store.data().returned())
    }
}

fn memory(caller: &Caller<'_, Number>) -> Result<Memory, Error> {
    let memory = caller.get_export("memory").and_then(|export| export.into_memory());
    memory.ok_or_else(|| Error::new("the workload exports its memory"))
}
