//! Metering of our own, on Wasmer's middleware interface.
//!
//! Globals are added to the module: gas in two parts (see [`Meters`]) and stack units. Each basic block subtracts its
//! gas at its head, **before** its work, and with it the function's frame if it calls anything; the frame
//! comes back at the block's end. Both meters may go below zero for a while: they are checked at the entry of
//! every function, gas in every loop, and no code runs for long without passing one of these. What has an
//! effect or a cost by length (bulk memory, `memory.grow`, host calls) checks for itself, so nothing of that
//! kind runs unpaid. What each block does is decided in `plan/`.
//!
//! A trap with a meter below zero is an exhausted meter, whatever the trap was; see `outcome.rs`.
//!
//! Not Wasmer's own metering: it checks at each block's end, after the work.

mod function;
mod level;
mod plan;
mod price;
mod support;

use std::sync::OnceLock;

use wasmer::sys::{
    FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware, wasmparser::Operator,
};
use wasmer::{ExportIndex, GlobalInit, GlobalType, LocalFunctionIndex, Mutability, Type};
use wasmer_types::{GlobalIndex, ModuleInfo};

use crate::registers::Swaps;
use function::FunctionMeter;
pub(crate) use level::{Level, MAX_METERED_GAS, Meters};
pub(crate) use plan::{Plan, Planner};
#[cfg(test)]
pub(crate) use price::{COPY_PER_BYTE, FILL_PER_BYTE, PER_LOCAL};
pub(crate) use support::Support;
use support::SupportMeter;

/// The names of the exported globals with the parts of the meters.
pub(crate) const TANK_EXPORT: &str = "lockstep:tank";
pub(crate) const RESERVE_EXPORT: &str = "lockstep:reserve";
pub(crate) const STACK_EXPORT: &str = "lockstep:stack";

/// Raised with every change of what the middleware emits or `instrument.rs` adds: it is compiled into code.
pub(crate) const METER_VERSION: u32 = 4;

/// The name under which the module's own global of this index is exported, if it can be changed.
pub(crate) fn global_export(index: usize) -> String {
    format!("lockstep:global:{index}")
}

/// The globals that metering adds to a module.
#[derive(Debug, Clone, Copy)]
struct Globals {
    tank: u32,
    reserve: u32,
    stack: u32,
}

/// The middleware for one module; not to be used for a second one.
#[derive(Debug)]
pub(crate) struct Meter {
    /// Stack units of each function, imports not counted.
    frames: Vec<u32>,
    plans: Vec<FunctionPlan>,
    imported_functions: u32,
    globals: OnceLock<Globals>,
}

/// How one function is metered.
#[derive(Debug)]
pub(crate) struct FunctionPlan {
    pub(crate) plan: Plan,
    /// The index of the local that was added for the tank; of no meaning if the plan does not need it.
    pub(crate) local: u32,
    /// Whether the function is so long that its end may be out of reach.
    pub(crate) long: bool,
    /// Locals that change places.
    pub(crate) swaps: Swaps,
}

impl Meter {
    /// A meter for the module with these functions.
    pub(crate) const fn new(frames: Vec<u32>, plans: Vec<FunctionPlan>, imported_functions: u32) -> Self {
        Self { frames, plans, imported_functions, globals: OnceLock::new() }
    }
}

impl ModuleMiddleware for Meter {
    fn generate_function_middleware<'a>(
        &self,
        function: LocalFunctionIndex,
    ) -> Box<dyn FunctionMiddleware<'a> + 'a> {
        let Some(globals) = self.globals.get().copied() else { return Box::new(Unknown) };
        let index = function.as_u32() as usize;
        if let (Some(frame), Some(plan)) = (self.frames.get(index), self.plans.get(index)) {
            let own = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
            let support = self.imported_functions.saturating_add(own);
            return Box::new(FunctionMeter {
                frame: i32::try_from(*frame).unwrap_or(i32::MAX),
                globals,
                local: plan.swaps.place(plan.local),
                swaps: plan.swaps.clone(),
                long: plan.long,
                support,
                charges: plan.plan.charges.clone().into_iter().peekable(),
                block: None,
                at: 0,
            });
        }
        match index.checked_sub(self.frames.len()).and_then(|at| Support::ALL.get(at)) {
            Some(function) => Box::new(SupportMeter { function: *function, globals }),
            None => Box::new(Unknown),
        }
    }

    fn transform_module_info(&self, info: &mut ModuleInfo) -> Result<(), MiddlewareError> {
        // The module's own globals are exported too, so that an instance can be reset.
        for (own, (index, ty)) in info.globals.iter().enumerate() {
            if ty.mutability == Mutability::Var {
                info.exports.insert(global_export(own), ExportIndex::Global(index));
            }
        }
        let mut add = |name: &str| {
            let index: GlobalIndex = info.globals.push(GlobalType::new(Type::I32, Mutability::Var));
            info.global_initializers.push(GlobalInit::I32Const(0));
            info.exports.insert(name.into(), ExportIndex::Global(index));
            index.as_u32()
        };
        let globals =
            Globals { tank: add(TANK_EXPORT), reserve: add(RESERVE_EXPORT), stack: add(STACK_EXPORT) };
        self.globals.set(globals).map_err(|_| MiddlewareError::new("meter", "used for a second module"))
    }
}

/// Refuses a function of a module that is not the one that was prepared.
#[derive(Debug)]
struct Unknown;

impl<'a> FunctionMiddleware<'a> for Unknown {
    fn feed(&mut self, _: Operator<'a>, _: &mut MiddlewareReaderState<'a>) -> Result<(), MiddlewareError> {
        Err(MiddlewareError::new("meter", "a function that was not prepared"))
    }
}
