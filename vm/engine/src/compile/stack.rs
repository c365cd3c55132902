//! How large the native stack must be for the metered one to end first.

use lockstep_abi::limits::run::{FRAME_STACK_UNITS, MAX_STACK_UNITS};
use wasmer::Module;

use crate::{Fault, prepare::Shape};

/// Bytes of native stack for any call of a module.
///
/// Each function's native frame, as the compiler reports it, is set against its metered frame; the worst
/// ratio times the metered limit is what all frames together can take. It decides about memory only: whatever it
/// is, the same code is accepted and stops at the same call.
///
/// # Errors
/// [`Fault::Artifact`] if a frame is not known.
pub(super) fn native_stack_bytes(module: &Module, shape: &Shape) -> Result<usize, Fault> {
    /// Return address, saved frame pointer and alignment, which the compilers' figures leave out.
    const FRAME_BYTES: usize = 32;
    /// Trampolines below the first frame; above the last, a page that its probes touch, what takes a call to the
    /// host, which runs on a stack of its own, and what takes a trap and its backtrace.
    const RESERVE_BYTES: usize = 256 << 10;

    let frames = module
        .sys_artifact()
        .and_then(|artifact| artifact.finished_functions_max_stack_usage())
        .ok_or(Fault::Artifact { what: "native stack frames" })?;
    let mut bytes_per_unit = 8;
    let mut largest = 0;
    for (function, native) in frames {
        let native =
            native.ok_or(Fault::Artifact { what: "a native stack frame" })?.saturating_add(FRAME_BYTES);
        let units = shape.frames.get(function.as_u32() as usize).copied().unwrap_or(FRAME_STACK_UNITS);
        bytes_per_unit = bytes_per_unit.max(native.div_ceil(units.max(1) as usize));
        largest = largest.max(native);
    }
    let metered = bytes_per_unit.saturating_mul(MAX_STACK_UNITS as usize);
    // The last frame is entered before its check, and there may be one of the meter's own above it.
    let needed = metered.saturating_add(largest.saturating_mul(2)).saturating_add(RESERVE_BYTES);
    // Wasmer keeps stacks for the next call that needs no larger one: few sizes, so that they fit.
    Ok(needed.checked_next_power_of_two().unwrap_or(needed))
}
