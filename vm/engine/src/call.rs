//! Runs one method of one module in a fresh instance.

use std::ptr::NonNull;

use lockstep_abi::{Gas, Halt, MethodName};
use wasmer::{Extern, FunctionEnv, Global, Instance, InstantiationError, Store, Value};

use crate::{
    Answer, Budget, CallContext, CompiledModule, Engine, Fault, World,
    host::{self, Env, Handles},
    meter::{GAS_EXPORT, STACK_EXPORT},
    outcome::{Meters, Stop, classify, exhausted},
    prepare::MEMORY_EXPORT,
};

/// One call of one method.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The method; its rules (kind, payable, reentrant) are the caller's to keep.
    pub method: &'a MethodName,
    /// Its arguments, in borsh.
    pub input: Vec<u8>,
    /// What the contract sees.
    pub context: CallContext,
    /// What it may use.
    pub budget: Budget,
}

impl Engine {
    /// Calls a method. Every call has a fresh instance: nothing of one call is seen by the next.
    ///
    /// Entering is charged first; with less than that in the budget nothing runs. The stack of the calling
    /// thread must have 256 KiB left for each contract that the call leads to.
    ///
    /// # Errors
    /// [`Fault`] if this machine is broken. What the contract does wrong is in the answer.
    pub fn call(
        &self,
        module: &CompiledModule,
        call: Call<'_>,
        world: &mut dyn World,
    ) -> Result<Answer, Fault> {
        let limit = call.budget.gas;
        let halted = |gas_used, halt| Ok(Answer { gas_used, result: Err(halt) });
        if module.method(call.method).is_none() {
            return halted(Gas::ZERO, Halt::UnknownMethod);
        }
        let Some(left) = limit.checked_sub(module.enter_price()) else {
            return halted(limit, Halt::OutOfGas);
        };
        let mut running = match Running::start(module, call, left, world) {
            Ok(running) => running,
            Err(Stop::Halt(halt)) => return halted(module.enter_price(), halt),
            Err(Stop::Fault(fault)) => return Err(fault),
        };
        let result = running.run();
        if module.memory_was_refused() {
            return Err(Fault::Memory { reason: "a growth within the limits failed".into() });
        }
        let (result, left) = result?;
        // An empty meter: every machine reports the same, whatever ran between the last checks.
        let gas_used = Gas(limit.0.saturating_sub(left));
        Ok(Answer { gas_used, result })
    }
}

/// An instance with its meters set.
struct Running {
    store: Store,
    env: FunctionEnv<Env>,
    instance: Instance,
    handles: Handles,
    method: String,
}

impl Running {
    fn start(module: &CompiledModule, call: Call<'_>, gas: Gas, world: &mut dyn World) -> Result<Self, Stop> {
        let mut store = Store::new(module.engine().clone());
        #[expect(unsafe_code, reason = "lends the world to the store, which dies before this call returns")]
        // SAFETY: the pointer comes from a unique borrow that `Engine::call` holds until the store is gone.
        let env = unsafe { Env::new(erase(world), call.context, call.input) };
        let env = FunctionEnv::new(&mut store, env);
        let imports: Vec<Extern> =
            module.imports().iter().map(|row| host::bind(*row, &mut store, &env).into()).collect();
        let instance = Instance::new_by_index(&mut store, module.module(), &imports).map_err(|error| {
            match error {
                // A data or element segment that does not fit: the module's doing, the same everywhere.
                InstantiationError::Start(error) => classify(error, Meters { gas: 0, stack: 0 }),
                InstantiationError::Link(error) => Fault::Memory { reason: error.to_string() }.into(),
                error => Fault::Instance { reason: error.to_string() }.into(),
            }
        })?;
        let global = |name, what| instance.exports.get_global(name).map_err(|_| Fault::Artifact { what });
        let handles = Handles {
            memory: match module.has_memory() {
                true => Some(
                    instance
                        .exports
                        .get_memory(MEMORY_EXPORT)
                        .map_err(|_| Fault::Artifact { what: "its memory" })?
                        .clone(),
                ),
                false => None,
            },
            gas: global(GAS_EXPORT, "the gas global")?.clone(),
            stack: global(STACK_EXPORT, "the stack global")?.clone(),
        };
        let gas = i64::try_from(gas.0).unwrap_or(i64::MAX);
        set(&handles.gas, gas, &mut store)?;
        set(&handles.stack, i64::from(call.budget.stack_units), &mut store)?;
        env.as_mut(&mut store).handles = Some(handles.clone());
        Ok(Self { store, env, instance, handles, method: call.method.as_str().into() })
    }

    /// Runs the method; gives its result and the gas left.
    fn run(&mut self) -> Result<(Result<Vec<u8>, Halt>, u64), Fault> {
        let method = self
            .instance
            .exports
            .get_typed_function::<(), ()>(&self.store, &self.method)
            .map_err(|_| Fault::Artifact { what: "a method that it had when it was prepared" })?;
        let outcome = method.call(&mut self.store);
        let meters = Meters {
            gas: get(&self.handles.gas, &mut self.store)?,
            stack: get(&self.handles.stack, &mut self.store)?,
        };
        let result = match outcome {
            // The last block may have overdrawn the meter without passing another check.
            Ok(()) => match exhausted(meters) {
                None => Ok(std::mem::take(&mut self.env.as_mut(&mut self.store).result)),
                Some(halt) => Err(halt),
            },
            Err(error) => match classify(error, meters) {
                Stop::Halt(halt) => Err(halt),
                Stop::Fault(fault) => return Err(fault),
            },
        };
        Ok((result, u64::try_from(meters.gas).unwrap_or(0)))
    }
}

/// The world as a pointer without its lifetime.
fn erase<'a>(world: &'a mut (dyn World + 'a)) -> NonNull<dyn World + 'static> {
    let pointer: NonNull<dyn World + 'a> = NonNull::from(world);
    #[expect(unsafe_code, reason = "only the lifetime changes")]
    // SAFETY: both are fat pointers to the same trait; who uses the result answers for the lifetime.
    unsafe {
        std::mem::transmute::<NonNull<dyn World + 'a>, NonNull<dyn World + 'static>>(pointer)
    }
}

fn set(global: &Global, value: i64, store: &mut Store) -> Result<(), Fault> {
    global.set(store, Value::I64(value)).map_err(|_| Fault::Artifact { what: "a meter that can be set" })
}

fn get(global: &Global, store: &mut Store) -> Result<i64, Fault> {
    match global.get(store) {
        Value::I64(value) => Ok(value),
        _ => Err(Fault::Artifact { what: "a meter of 64 bits" }),
    }
}
