//! The compilers to choose from, and how each is set up.
//!
//! All of them get the same Wasm with the same metering inside, so what a call does, its gas and its halts are
//! the same. What differs is how fast code is made and how fast it runs. Which module is compilable at all
//! is not theirs to say: see [`compile_new`](super::compile_new).

use std::{num::NonZero, sync::Arc};

use wasmer::sys::{CompilerConfig, EngineBuilder, Singlepass};
#[cfg(feature = "cranelift")]
use wasmer::sys::{Cranelift, CraneliftOptLevel};

use crate::{
    Fault,
    meter::{FunctionPlan, Meter},
    prepare::Shape,
};

#[cfg(feature = "cranelift")]
use super::cranelift::Measured;
#[cfg(feature = "cranelift")]
use crate::registers::Swaps;

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
    pub(super) fn in_time_for(self, wasm: &[u8]) -> Result<Self, Fault> {
        match self {
            Self::Singlepass => Ok(self),
            #[cfg(feature = "cranelift")]
            Self::Cranelift => {
                /// Cranelift's time grows with both factors: a megabyte of branches over a thousand locals took two
                /// minutes, or out of 500 loops. A module of the largest size is over this with 32 locals everywhere.
                const MAX_BYTES_BY_WIDTH: u64 = 32 << 20;
                let slow = super::size::sizes(wasm)?.bytes_by_width > MAX_BYTES_BY_WIDTH;
                Ok(if slow { Self::Singlepass } else { self })
            }
        }
    }

    /// A new compiler for one module of this shape, on one thread, as a builder of an engine.
    pub(super) fn builder(self, shape: &Shape, plans: Vec<FunctionPlan>) -> EngineBuilder {
        // One thread: a pool of threads per compile costs more than it gives for modules of this size.
        const THREADS: NonZero<usize> = NonZero::<usize>::MIN;
        let meter = |plans| Arc::new(Meter::new(shape.frames.clone(), plans, shape.imported_functions));
        match self {
            Self::Singlepass => {
                let mut config = Singlepass::new();
                config.num_threads = THREADS;
                config.push_middleware(meter(plans));
                EngineBuilder::new(config)
            }
            #[cfg(feature = "cranelift")]
            Self::Cranelift => {
                let mut config = Cranelift::new();
                config.num_threads(THREADS);
                config.opt_level(CraneliftOptLevel::Speed);
                // It has registers of its own to give, and locals have types there.
                let unmoved = |plan| FunctionPlan { swaps: Swaps::default(), ..plan };
                config.push_middleware(meter(plans.into_iter().map(unmoved).collect()));
                EngineBuilder::new(Measured::new(config))
            }
        }
    }
}
