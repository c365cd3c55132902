//! The compilers to choose from, and how each is set up.
//!
//! All of them get the same Wasm with the same metering inside, so what a call does, its gas and its halts are
//! the same. What differs is how fast code is made and how fast it runs. Which module is compilable at all
//! is not theirs to say: see [`compile_new`](super::compile_new).

use std::{num::NonZero, sync::Arc, thread};

use wasmer::sys::{CompilerConfig, EngineBuilder, Singlepass};
#[cfg(feature = "cranelift")]
use wasmer::sys::{Cranelift, CraneliftOptLevel};

use crate::{
    Fault, Prepared,
    meter::{FunctionPlan, Meter},
    prepare::Shape,
};

#[cfg(feature = "cranelift")]
use super::{cranelift::Measured, size::Effort};
#[cfg(feature = "cranelift")]
use crate::registers::Swaps;

/// How many threads compile so many bytes of Wasm. A pool of threads for each compile costs more than it gives for small
/// modules; the code that comes out is the same.
pub(super) fn threads(wasm_bytes: usize) -> NonZero<usize> {
    const LARGE_BYTES: usize = 64 << 10;
    const MOST: NonZero<usize> = NonZero::<usize>::MIN.saturating_add(3);
    let one = NonZero::<usize>::MIN;
    if wasm_bytes < LARGE_BYTES {
        return one;
    }
    thread::available_parallelism().unwrap_or(one).min(MOST)
}

/// Which compiler makes native code. The answer to a call does not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Backend {
    /// Compiles in time that is linear in the code.
    #[default]
    Singlepass,
    /// Code of about twice the speed, for several times the compile time: for a chain whose code is its own, or that
    /// compiles ahead of need. Modules that would take it out of proportion are compiled by Singlepass.
    #[cfg(feature = "cranelift")]
    Cranelift,
}

impl Backend {
    /// Name and options, for an artifact's key. The version is Wasmer's, which pins each compiler's.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Singlepass => "singlepass",
            #[cfg(feature = "cranelift")]
            Self::Cranelift => "cranelift-speed",
        }
    }

    /// The back end that makes the code of a module: another one than asked for if that would take too long.
    ///
    /// # Errors
    /// [`Fault`] if the module was not prepared.
    #[cfg_attr(
        not(feature = "cranelift"),
        expect(unused_variables, reason = "Singlepass takes its time by the byte")
    )]
    pub(super) fn in_time_for(self, prepared: &Prepared) -> Result<Self, Fault> {
        match self {
            Self::Singlepass => Ok(self),
            #[cfg(feature = "cranelift")]
            Self::Cranelift => {
                /// Of one function. Cranelift's time grows with each factor: a full body of loops, of branches over a
                /// thousand locals or operands, or of calls in a row, took minutes, and up to an hour.
                const MAX_FUNCTION_EFFORT: u64 = 4 << 20;
                /// Of all: some seconds.
                const MAX_MODULE_EFFORT: u64 = 128 << 20;
                let Effort { largest, sum } = super::size::effort(prepared)?;
                let slow = largest > MAX_FUNCTION_EFFORT || sum > MAX_MODULE_EFFORT;
                Ok(if slow { Self::Singlepass } else { self })
            }
        }
    }

    /// A new compiler for one module of this shape, on so many threads, as a builder of an engine.
    pub(super) fn builder(
        self,
        shape: &Shape,
        plans: Vec<FunctionPlan>,
        threads: NonZero<usize>,
    ) -> EngineBuilder {
        let meter = |plans| Arc::new(Meter::new(shape.frames.clone(), plans, shape.imported_functions));
        match self {
            Self::Singlepass => {
                let mut config = Singlepass::new();
                config.num_threads = threads;
                config.push_middleware(meter(plans));
                EngineBuilder::new(config)
            }
            #[cfg(feature = "cranelift")]
            Self::Cranelift => {
                let mut config = Cranelift::new();
                config.num_threads(threads);
                config.opt_level(CraneliftOptLevel::Speed);
                // It has registers of its own to give, and locals have types there.
                let unmoved = |plan| FunctionPlan { swaps: Swaps::default(), ..plan };
                config.push_middleware(meter(plans.into_iter().map(unmoved).collect()));
                EngineBuilder::new(Measured::new(config))
            }
        }
    }
}
