//! Runs a contract's methods as native code of this process, in place of its Wasm.
//!
//! It is for the author's tests: a debugger goes through it step by step, a panic says what and where, and a difference
//! to the VM is a defect of the one or the other. Host functions are the same ones, with their prices, their limits and
//! what they refuse; the module is compiled all the same, for its methods, their rules and what entering costs.
//!
//! What there is not: a meter and a limit for the contract's own code, a memory of its own, and a way to stop it. So no
//! chain does this, and an engine has native code only if it was given some.

use std::fmt;

use lockstep_abi::{
    Halt,
    host::{
        HostFunction,
        native::{Host, Over},
    },
};
use wasmer_types::RawValue;
use wasmer_vm::{VMGlobalDefinition, VMMemoryDefinition};

use crate::{
    Call, Fault, World,
    host::{Env, Handles, Running, answer},
    instance::{Ended, erase},
    meter::{Level, Meters},
    outcome::Stop,
    place::{GlobalPlace, MemoryPlace},
};

/// The methods of a contract as native code.
pub trait NativeCode: Send + Sync {
    /// Runs a method, whose host functions `host` answers, on the calling thread.
    ///
    /// # Errors
    /// [`Over`] if it did not come to its end: the host said so, or it panicked.
    fn run(&self, method: &str, host: &mut dyn Host) -> Result<(), Over>;
}

impl fmt::Debug for dyn NativeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NativeCode")
    }
}

/// Runs a method to its end. A panic is what it is in Wasm: `Unreachable`.
pub(crate) fn run(
    code: &dyn NativeCode,
    call: Call<'_>,
    gas: u64,
    world: &mut dyn World,
) -> Result<Ended, Fault> {
    let mut globals = [const { VMGlobalDefinition { val: RawValue { i32: 0 } } }; 3];
    #[expect(unsafe_code, reason = "meters are places of globals")]
    // SAFETY: the globals outlive the meters and their copies in `host`, and are used through them alone.
    let meters = unsafe {
        let [tank, reserve, stack] = &mut globals;
        Meters {
            tank: GlobalPlace::to(tank),
            reserve: GlobalPlace::to(reserve),
            stack: GlobalPlace::to(stack),
        }
    };
    meters.fill(Level::new(gas, call.budget.stack_units));
    #[expect(unsafe_code, reason = "lends the world until `end`, below")]
    // SAFETY: the pointer comes from a unique borrow that outlives this function, and `end` drops it.
    let running = unsafe { Running::new(erase(world), call.context, call.input) };
    let mut env = Env::default();
    env.begin(running);
    let mut host = Answers { env, meters, stop: None };
    let ended = code.run(call.method.as_str(), &mut host);
    let Answers { mut env, stop, .. } = host;
    let data = env.end();
    let result = match (stop, ended) {
        (Some(Stop::Fault(fault)), _) => return Err(fault),
        (Some(Stop::Halt(halt)), _) => Err(halt),
        (None, Err(Over)) => Err(Halt::Unreachable),
        (None, Ok(())) => Ok(data),
    };
    let gas_left = u64::try_from(meters.gas()).unwrap_or(0);
    Ok(Ended { result, gas_left, places: Vec::new() })
}

/// Answers the host functions of one call, until one of them stops it.
struct Answers {
    env: Env,
    meters: Meters,
    stop: Option<Stop>,
}

impl Host for Answers {
    fn answer(&mut self, function: HostFunction, arguments: &[u64], memory: &mut [u8]) -> Result<u64, Over> {
        if self.stop.is_some() {
            return Err(Over);
        }
        let mut memory = VMMemoryDefinition { base: memory.as_mut_ptr(), current_length: memory.len() };
        #[expect(unsafe_code, reason = "a contract's memory is a place")]
        // SAFETY: what it points to is lent for this function, which takes the place back below.
        let place = unsafe { MemoryPlace::to(&mut memory) };
        self.env.handles = Some(Handles { memory: Some(place), meters: self.meters });
        // A panic in here is a bug of ours, and the contract's frames would take it for one of theirs.
        self.stop = Some(Fault::Instance { reason: "a host function panicked".into() }.into());
        let answer = answer(&mut self.env, function, arguments);
        self.env.handles = None;
        let (stop, answer) = match answer {
            Ok(answer) => (None, Ok(answer)),
            Err(stop) => (Some(stop), Err(Over)),
        };
        self.stop = stop;
        answer
    }
}
