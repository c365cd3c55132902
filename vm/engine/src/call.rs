//! Runs one method of one module.

use lockstep_abi::{Gas, Halt, MethodName};

use crate::{
    Answer, Budget, CallContext, CompiledModule, Engine, Fault, Trap, World, instance::Ended,
    meter::MAX_METERED_GAS, native, outcome::Stop,
};

/// One call of one method.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The method; its rules (kind, private, payable, reentrant) are the caller's to keep.
    pub method: &'a MethodName,
    /// Its arguments, in borsh.
    pub input: Vec<u8>,
    /// What the contract sees.
    pub context: CallContext,
    /// What it may use; of gas, no more than 2^44 is.
    pub budget: Budget,
}

impl Engine {
    /// Calls a method in an instance in which nothing of any call before is left.
    ///
    /// Entering is charged first, alike for a new instance and one that was kept; with less than that in
    /// the budget nothing runs. The stack of the calling thread must have 128 KiB left for each contract that the
    /// call leads to.
    ///
    /// # Errors
    /// [`Fault`] if this machine is broken. What the contract does wrong is in the answer.
    pub fn call(
        &self,
        module: &CompiledModule,
        call: Call<'_>,
        world: &mut dyn World,
    ) -> Result<Answer, Fault> {
        let limit = call.budget.gas.min(Gas(MAX_METERED_GAS));
        let halted = |gas_used, halt| Ok(Answer { gas_used, result: Err(halt) });
        let Some(method) = module.method(call.method) else {
            return halted(Gas::ZERO, Halt::UnknownMethod);
        };
        let Some(left) = limit.checked_sub(module.enter_price()) else {
            return halted(limit, Halt::OutOfGas);
        };
        let ended = match self.native(module.code()) {
            Some(code) => native::run(code, call, left.0, world)?,
            None => match run(module, call, left.0, world) {
                Ok(ended) => ended,
                Err(Stop::Halt(halt)) => return halted(module.enter_price(), halt),
                Err(Stop::Fault(fault)) => return Err(fault),
            },
        };
        if let (Err(halt), false) = (&ended.result, ended.places.is_empty()) {
            world.trapped(&Trap { code: module.code(), halt: halt.clone(), places: ended.places });
        }
        // An empty meter: every machine reports the same, whatever ran between the last checks.
        let gas_used = Gas(limit.0.saturating_sub(ended.gas_left));
        // Callers and wallets read a result by the interface; one that does not fit is a failed call.
        let result = ended.result.and_then(|data| match method.result {
            Some(ty) if !ty.fits(&data) => Err(Halt::BadResult),
            Some(_) | None => Ok(data),
        });
        Ok(Answer { gas_used, result })
    }
}

/// Runs a method in an instance, which is kept for the next call.
///
/// # Errors
/// A halt if there can be no instance of the module.
fn run(module: &CompiledModule, call: Call<'_>, gas: u64, world: &mut dyn World) -> Result<Ended, Stop> {
    let mut instance = module.pool().take(module)?;
    let ended = instance.run(call, gas, world);
    if module.memory_was_refused() {
        return Err(Fault::Memory { reason: "a growth within the limits failed".into() }.into());
    }
    let ended = ended?;
    module.pool().give_back(instance)?;
    Ok(ended)
}
