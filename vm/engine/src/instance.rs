//! An instance of a module: made once, reset after each call, and used again.
//!
//! Memory and globals are all that a call can change in an instance: tables and segments cannot be changed by
//! what `prepare` lets through. Both are put back whole, so that nothing of one call is seen by the next.

use std::ptr::NonNull;

use lockstep_abi::{Halt, MethodName, price::UNWIND_PER_STACK_UNIT};
use wasmer::{Extern, FunctionEnv, Global, Instance, InstantiationError, Memory, Store, Value};

use crate::{
    Call, CompiledModule, Fault, World,
    host::{self, Env, Handles, Running},
    meter::{Level, Meters, RESERVE_EXPORT, STACK_EXPORT, TANK_EXPORT, global_export},
    outcome::{Stop, classify, exhausted, takes_all_gas},
    prepare::MEMORY_EXPORT,
};

/// An instance that nothing runs in.
pub(crate) struct Idle {
    // Before the store, whose objects it refers to.
    instance: Instance,
    env: FunctionEnv<Env>,
    handles: Handles,
    /// The module's own globals with what they begin as.
    globals: Vec<(Global, Value)>,
    image: Image,
    store: Store,
}

#[expect(unsafe_code, reason = "Wasmer's pointers hide that a store can change threads")]
// SAFETY: what Wasmer's types point to is memory of the store's own, on the heap and mapped, which no thread owns
// more than another; what belongs to a thread (trap handlers, native stacks) is set up anew at each call. The one
// part that may hold foreign state, a callback for asynchronous calls, is never set here. Idle means that nothing
// runs in it, and whoever takes it out of the pool has it alone.
unsafe impl Send for Idle {}

/// What a memory begins as, without the zeros around it.
struct Image {
    at: usize,
    bytes: Vec<u8>,
}

/// How a method ended, and the gas that is left.
pub(crate) struct Ended {
    pub(crate) result: Result<Vec<u8>, Halt>,
    pub(crate) gas_left: u64,
}

impl Idle {
    /// Makes an instance.
    ///
    /// # Errors
    /// A halt if a segment does not fit, which is the module's doing and the same on every machine.
    pub(crate) fn new(module: &CompiledModule) -> Result<Self, Stop> {
        let mut store = Store::new(module.engine().clone());
        let env = FunctionEnv::new(&mut store, Env::default());
        let imports: Vec<Extern> =
            module.imports().iter().map(|row| host::bind(*row, &mut store, &env).into()).collect();
        let instance =
            Instance::new_by_index(&mut store, module.module(), &imports).map_err(|error| match error {
                InstantiationError::Start(error) => classify(error, Level { gas: 0, stack: 0 }),
                InstantiationError::Link(error) => Fault::Memory { reason: error.to_string() }.into(),
                error => Fault::Instance { reason: error.to_string() }.into(),
            })?;
        let global = |name: &str| {
            let global = instance.exports.get_global(name).cloned();
            global.map_err(|_| Fault::Artifact { what: "a global that metering exports" })
        };
        let memory = match module.shape().pages {
            None => None,
            Some(_) => {
                let memory = instance.exports.get_memory(MEMORY_EXPORT).cloned();
                Some(memory.map_err(|_| Fault::Artifact { what: "its memory" })?)
            }
        };
        let meters = Meters {
            tank: global(TANK_EXPORT)?,
            reserve: global(RESERVE_EXPORT)?,
            stack: global(STACK_EXPORT)?,
        };
        let handles = Handles { meters, memory };
        let mut globals = Vec::new();
        for index in &module.shape().mutable_globals {
            let global = global(&global_export(*index as usize))?;
            let value = global.get(&mut store);
            globals.push((global, value));
        }
        let image = handles.memory.as_ref().map_or(Image { at: 0, bytes: Vec::new() }, |memory| {
            bytes(memory, &store, |bytes| Image::of(bytes))
        });
        env.as_mut(&mut store).handles = Some(handles.clone());
        Ok(Self { instance, env, handles, globals, image, store })
    }

    /// Runs a method to its end.
    pub(crate) fn run(&mut self, call: Call<'_>, gas: u64, world: &mut dyn World) -> Result<Ended, Fault> {
        let begin = Level::new(gas, call.budget.stack_units);
        self.handles.meters.fill(&mut self.store, begin)?;
        #[expect(unsafe_code, reason = "lends the world to the store until `end`, below")]
        // SAFETY: the pointer comes from a unique borrow that outlives this function, and `end` drops it.
        let running = unsafe { Running::new(erase(world), call.context, call.input) };
        self.env.as_mut(&mut self.store).begin(running);
        let ended = self.call(call.method);
        let data = self.env.as_mut(&mut self.store).end();
        let (result, meters) = ended?;
        let mut gas_left = u64::try_from(meters.gas).unwrap_or(0);
        if result.as_ref().err().is_some_and(takes_all_gas) {
            gas_left = 0;
        }
        if result.is_err() {
            // A trap takes a backtrace of all frames. Their depth is known only now.
            let used = u64::try_from(begin.stack.saturating_sub(meters.stack)).unwrap_or(0);
            gas_left = gas_left.saturating_sub(used.saturating_mul(UNWIND_PER_STACK_UNIT));
        }
        Ok(Ended { result: result.map(|()| data), gas_left })
    }

    fn call(&mut self, method: &MethodName) -> Result<(Result<(), Halt>, Level), Fault> {
        let method = self
            .instance
            .exports
            .get_typed_function::<(), ()>(&self.store, method.as_str())
            .map_err(|_| Fault::Artifact { what: "a method that it had when it was prepared" })?;
        let outcome = method.call(&mut self.store);
        let meters = self.handles.meters.level(&mut self.store)?;
        let result = match outcome {
            // The last block may have overdrawn the meter without passing another check.
            Ok(()) => exhausted(meters).map_or(Ok(()), Err),
            Err(error) => match classify(error, meters) {
                Stop::Halt(halt) => Err(halt),
                Stop::Fault(fault) => return Err(fault),
            },
        };
        Ok((result, meters))
    }

    /// Puts everything back that a call can change.
    ///
    /// # Errors
    /// [`Fault::Memory`] if the operating system refuses; the instance must then be dropped.
    pub(crate) fn reset(&mut self) -> Result<(), Fault> {
        for (global, value) in &self.globals {
            global
                .set(&mut self.store, value.clone())
                .map_err(|_| Fault::Artifact { what: "a global that can be set" })?;
        }
        if let Some(memory) = &self.handles.memory {
            memory.reset(&mut self.store).map_err(|error| Fault::Memory { reason: error.to_string() })?;
            let Image { at, bytes: image } = &self.image;
            bytes(memory, &self.store, |memory| {
                let to = at.checked_add(image.len()).and_then(|end| memory.get_mut(*at..end));
                to.map(|to| to.copy_from_slice(image))
            })
            .ok_or(Fault::Artifact { what: "a memory as large as at its start" })?;
        }
        Ok(())
    }
}

impl Image {
    fn of(memory: &[u8]) -> Self {
        let at = memory.iter().position(|byte| *byte != 0).unwrap_or(0);
        let end = memory.iter().rposition(|byte| *byte != 0).map_or(at, |last| last.saturating_add(1));
        Self { at, bytes: memory.get(at..end).unwrap_or_default().to_vec() }
    }
}

fn bytes<T>(memory: &Memory, store: &Store, use_them: impl FnOnce(&mut [u8]) -> T) -> T {
    let view = memory.view(store);
    // SAFETY: nothing runs in the instance, so nothing else looks at its memory while the slice lives.
    #[expect(unsafe_code, reason = "Wasmer's own copy goes through volatile loops of 8 bytes")]
    use_them(unsafe { view.data_unchecked_mut() })
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
