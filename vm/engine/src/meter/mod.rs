//! Metering of our own, on Wasmer's middleware interface.
//!
//! One global is added to the module, with gas and stack units left side by side in its 64 bits (see
//! [`Level`]): both change by one subtraction, and one branch checks both. Each basic block subtracts its
//! gas at its head, **before** its work, and with it the function's frame if it calls anything; the frame
//! comes back at the block's end. Both meters may go below zero for a while: they are checked at the entry of every
//! function, gas at the head of every loop, and no code runs for long without passing one of these. What has an
//! effect or a cost by length (bulk memory, `memory.grow`, host calls) checks for itself, so nothing of that
//! kind runs unpaid.
//!
//! A trap with a meter below zero is an exhausted meter, whatever the trap was; see `outcome.rs`.
//!
//! Not Wasmer's own metering: it checks at each block's end, after the work.

mod function;
mod level;
mod price;

use std::sync::OnceLock;

use wasmer::sys::{FunctionMiddleware, MiddlewareError, ModuleMiddleware};
use wasmer::{ExportIndex, GlobalInit, GlobalType, LocalFunctionIndex, Mutability, Type};
use wasmer_types::{GlobalIndex, ModuleInfo};

use function::FunctionMeter;
pub(crate) use level::{Level, MAX_METERED_GAS};
#[cfg(test)]
pub(crate) use price::{COPY_PER_BYTE, FILL_PER_BYTE, PER_LOCAL};

/// The name of the exported global with the meters' level.
pub(crate) const METER_EXPORT: &str = "lockstep:meter";

/// Raised with every change of what the middleware emits: it is compiled into code.
pub(crate) const METER_VERSION: u32 = 2;

/// The name under which the module's own global of this index is exported, if it can be changed.
pub(crate) fn global_export(index: usize) -> String {
    format!("lockstep:global:{index}")
}

/// The globals that metering adds to a module.
#[derive(Debug, Clone, Copy)]
struct Globals {
    meter: u32,
    /// Holds the length of a bulk operation while it is charged for: a middleware cannot add locals.
    scratch: u32,
}

/// The middleware for one module; not to be used for a second one.
#[derive(Debug)]
pub(crate) struct Meter {
    /// Stack units of each function, imports not counted.
    frames: Vec<u32>,
    imported_functions: u32,
    globals: OnceLock<Globals>,
}

impl Meter {
    /// A meter for the module with these frames, from its preparation.
    pub(crate) const fn new(frames: Vec<u32>, imported_functions: u32) -> Self {
        Self { frames, imported_functions, globals: OnceLock::new() }
    }
}

impl ModuleMiddleware for Meter {
    fn generate_function_middleware<'a>(
        &self,
        function: LocalFunctionIndex,
    ) -> Box<dyn FunctionMiddleware<'a> + 'a> {
        let frame = self.frames.get(function.as_u32() as usize).copied();
        let globals = self.globals.get().copied();
        Box::new(FunctionMeter::new(frame.zip(globals), self.imported_functions))
    }

    fn transform_module_info(&self, info: &mut ModuleInfo) -> Result<(), MiddlewareError> {
        // The module's own globals are exported too, so that an instance can be reset.
        for (own, (index, ty)) in info.globals.iter().enumerate() {
            if ty.mutability == Mutability::Var {
                info.exports.insert(global_export(own), ExportIndex::Global(index));
            }
        }
        let mut add = |ty| {
            let index: GlobalIndex = info.globals.push(GlobalType::new(ty, Mutability::Var));
            info.global_initializers.push(match ty {
                Type::I64 => GlobalInit::I64Const(0),
                _ => GlobalInit::I32Const(0),
            });
            index
        };
        let (meter, scratch) = (add(Type::I64), add(Type::I32));
        info.exports.insert(METER_EXPORT.into(), ExportIndex::Global(meter));
        self.globals
            .set(Globals { meter: meter.as_u32(), scratch: scratch.as_u32() })
            .map_err(|_| MiddlewareError::new("meter", "used for a second module"))
    }
}
