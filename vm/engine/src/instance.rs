//! An instance of a module: made once, reset after each call, and used again.
//!
//! Memory and globals are all that a call can change in an instance: tables and segments cannot be changed by
//! what `prepare` lets through. Both are put back, so that nothing of one call is seen by the next.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::NonNull,
};

use lockstep_abi::{Halt, MethodName, price::UNWIND_PER_STACK_UNIT};
use wasmer::{Extern, FunctionEnv, Instance, InstantiationError, Store};
use wasmer_types::RawValue;

use crate::{
    Call, CompiledModule, Fault, World,
    host::{self, Env, Handles, Running},
    meter::{Level, Meters, RESERVE_EXPORT, STACK_EXPORT, TANK_EXPORT, global_export},
    origin::Origin,
    outcome::{Stop, classify, exhausted, takes_all_gas},
    place::{GlobalPlace, MemoryPlace},
    prepare::MEMORY_EXPORT,
    trap::{CodePlace, Label, places},
};

/// An instance that nothing runs in.
pub(crate) struct Idle {
    // Before the store, whose objects it refers to.
    instance: Instance,
    env: FunctionEnv<Env>,
    handles: Handles,
    /// The module's own globals with what they begin as.
    globals: Vec<(GlobalPlace, RawValue)>,
    memory: Option<Origin>,
    store: Store,
    label: Label,
    /// How many functions the module has, imports included.
    functions: u32,
}

#[expect(unsafe_code, reason = "Wasmer's pointers hide that a store can change threads")]
// SAFETY: what Wasmer's types point to is memory of the store's own, on the heap and mapped, which no thread owns
// more than another; what belongs to a thread (trap handlers, native stacks) is set up anew at each call. The one
// part that may hold foreign state, a callback for asynchronous calls, is never set here. Idle means that nothing
// runs in it, and whoever takes it out of the pool has it alone.
unsafe impl Send for Idle {}

/// How a method ended, and the gas that is left.
pub(crate) struct Ended {
    pub(crate) result: Result<Vec<u8>, Halt>,
    pub(crate) gas_left: u64,
    /// Where it trapped, if it did.
    pub(crate) places: Vec<CodePlace>,
}

/// How the guest itself came to an end.
struct Outcome {
    result: Result<(), Halt>,
    meters: Level,
    places: Vec<CodePlace>,
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
        let mut global = |name: &str| {
            #[expect(unsafe_code, reason = "points into the store")]
            // SAFETY: the place is kept beside the store, whose one instance this is, and is used with it alone.
            let place = unsafe { GlobalPlace::of(name, &mut store) };
            place.ok_or(Fault::Artifact { what: "a global that metering exports" })
        };
        let meters = Meters {
            tank: global(TANK_EXPORT)?,
            reserve: global(RESERVE_EXPORT)?,
            stack: global(STACK_EXPORT)?,
        };
        let mut globals = Vec::new();
        for index in &module.shape().mutable_globals {
            let global = global(&global_export(*index as usize))?;
            globals.push((global, global.get()));
        }
        let damaged = Fault::Artifact { what: "its memory" };
        let (memory, place) = match module.shape().pages {
            None => (None, None),
            Some(_) => {
                #[expect(unsafe_code, reason = "points into the store")]
                // SAFETY: as for the globals.
                let place = unsafe { MemoryPlace::of(MEMORY_EXPORT, &mut store) };
                let memory = instance.exports.get_memory(MEMORY_EXPORT).cloned();
                let (Some(mut place), Ok(memory)) = (place, memory) else { return Err(damaged.into()) };
                (Some(Origin::new(memory, place.bytes())), Some(place))
            }
        };
        let handles = Handles { meters, memory: place };
        env.as_mut(&mut store).handles = Some(handles);
        let label = Label::of(&module.code());
        let own = u32::try_from(module.shape().frames.len()).unwrap_or(u32::MAX);
        let functions = own.saturating_add(module.shape().imported_functions);
        Ok(Self { instance, env, handles, globals, memory, store, label, functions })
    }

    /// Runs a method to its end.
    pub(crate) fn run(&mut self, call: Call<'_>, gas: u64, world: &mut dyn World) -> Result<Ended, Fault> {
        let begin = Level::new(gas, call.budget.stack_units);
        self.handles.meters.fill(begin);
        #[expect(unsafe_code, reason = "lends the world to the store until `end`, below")]
        // SAFETY: the pointer comes from a unique borrow that outlives this function, and `end` drops it.
        let running = unsafe { Running::new(erase(world), call.context, call.input) };
        self.env.as_mut(&mut self.store).begin(running);
        let ended = self.call(call.method);
        let data = self.env.as_mut(&mut self.store).end();
        if self.memory.as_ref().is_some_and(Origin::was_refused) {
            return Err(Fault::Memory { reason: "a page cannot be made writable again".into() });
        }
        let Outcome { result, meters, places } = ended?;
        let mut gas_left = u64::try_from(meters.gas).unwrap_or(0);
        if result.as_ref().err().is_some_and(takes_all_gas) {
            gas_left = 0;
        }
        if result.is_err() {
            // A trap takes a backtrace of all frames. Their depth is known only now, when there may be too little left;
            // a thousand frames, the most there can be, take no more than twice what entering was paid for.
            let used = u64::try_from(begin.stack.saturating_sub(meters.stack)).unwrap_or(0);
            gas_left = gas_left.saturating_sub(used.saturating_mul(UNWIND_PER_STACK_UNIT));
        }
        Ok(Ended { result: result.map(|()| data), gas_left, places })
    }

    fn call(&mut self, method: &MethodName) -> Result<Outcome, Fault> {
        let method = self
            .instance
            .exports
            .get_typed_function::<(), ()>(&self.store, method.as_str())
            .map_err(|_| Fault::Artifact { what: "a method that it had when it was prepared" })?;
        // Wasmer panics if the system refuses a native stack: before anything runs, so nothing is half done. Any other
        // panic is a bug of ours.
        let call = AssertUnwindSafe(|| method.call(&mut self.store));
        let outcome = catch_unwind(call).map_err(|_| Fault::Instance { reason: "a call panicked".into() })?;
        let meters = self.handles.meters.level();
        let (result, places) = match outcome {
            // The last block may have overdrawn the meter without passing another check.
            Ok(()) => (exhausted(meters).map_or(Ok(()), Err), Vec::new()),
            Err(error) => {
                let places = places(&error, &self.label, self.functions);
                match classify(error, meters) {
                    Stop::Halt(halt) => (Err(halt), places),
                    Stop::Fault(fault) => return Err(fault),
                }
            }
        };
        Ok(Outcome { result, meters, places })
    }

    /// Puts everything back that a call can change.
    ///
    /// # Errors
    /// [`Fault::Memory`] if the operating system refuses; the instance must then be dropped.
    pub(crate) fn reset(&mut self) -> Result<(), Fault> {
        for (global, value) in &self.globals {
            global.set(*value);
        }
        if let (Some(origin), Some(place)) = (&mut self.memory, &mut self.handles.memory) {
            origin.restore(place, &mut self.store)?;
        }
        Ok(())
    }

    /// The whole memory, of a module that has one.
    #[cfg(test)]
    pub(crate) fn memory(&mut self) -> &[u8] {
        self.handles.memory.as_mut().unwrap().bytes()
    }

    /// Where it is known to be written to.
    #[cfg(test)]
    pub(crate) fn window(&self) -> Option<std::ops::Range<usize>> {
        self.memory.as_ref().unwrap().window()
    }
}

/// The world as a pointer without its lifetime.
pub(crate) fn erase<'a>(world: &'a mut (dyn World + 'a)) -> NonNull<dyn World + 'static> {
    let pointer: NonNull<dyn World + 'a> = NonNull::from(world);
    #[expect(unsafe_code, reason = "only the lifetime changes")]
    // SAFETY: both are fat pointers to the same trait; who uses the result answers for the lifetime.
    unsafe {
        std::mem::transmute::<NonNull<dyn World + 'a>, NonNull<dyn World + 'static>>(pointer)
    }
}
