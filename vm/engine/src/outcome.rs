//! The one place where Wasmer's errors get a meaning.
//!
//! A guest's misfortune is a [`Halt`]; a misfortune of our own machine is a [`Fault`]. There is no
//! conversion between them. No text of Wasmer reaches a halt: it carries native backtraces, and receipts
//! must be equal on every machine.

use lockstep_abi::Halt;
use wasmer::RuntimeError;
use wasmer_types::TrapCode;

use crate::meter::Level;

/// Our own machine is broken: the block is abandoned and the node stops. Never in a receipt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// What answers the host functions failed, such as the database.
    #[error("the world under the engine failed: {0}")]
    World(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The compiler ran out of something, or was set up wrongly.
    #[error("compilation failed on this machine: {reason}")]
    Compiler {
        /// The compiler's words; for the log only.
        reason: String,
    },
    /// The operating system refused memory that the limits promise.
    #[error("the operating system refused memory: {reason}")]
    Memory {
        /// The system's words; for the log only.
        reason: String,
    },
    /// Code in the store that could not have got there.
    #[error("the stored code {code} is damaged: {reason}")]
    StoredCode {
        /// Its hash.
        code: lockstep_abi::Hash,
        /// What is wrong with it; for the log only.
        reason: String,
    },
    /// The engine could not make an instance of a valid module.
    #[error("a valid module could not be instantiated: {reason}")]
    Instance {
        /// The engine's words; for the log only.
        reason: String,
    },
    /// The native stack ran out before the metered one.
    #[error("the native stack ran out before the metered one")]
    NativeStack,
    /// A trap that validated code cannot raise.
    #[error("a trap that validated code cannot raise: {trap}")]
    UnexpectedTrap {
        /// The trap; for the log only.
        trap: String,
    },
    /// The instance lacks what metering put into it.
    #[error("the compiled module lacks `{what}`")]
    Artifact {
        /// What is missing.
        what: &'static str,
    },
}

/// Why a host function stops the guest. Travels through Wasmer as a user trap.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    /// The guest's doing.
    #[error("{0}")]
    Halt(Halt),
    /// Ours.
    #[error("{0}")]
    Fault(Fault),
}

impl From<Halt> for Stop {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What an error of Wasmer's means, given what the meters say.
///
/// A used-up meter comes first: a trap inside a block that overdrew the meter may come before the next check.
pub(crate) fn classify(error: RuntimeError, meters: Level) -> Stop {
    let error = match error.downcast::<Stop>() {
        Ok(Stop::Fault(fault)) => return Stop::Fault(fault),
        Ok(Stop::Halt(halt)) => return Stop::Halt(exhausted(meters).unwrap_or(halt)),
        Err(error) => error,
    };
    let text = error.message();
    match error.to_trap() {
        Some(code) => match trap(code) {
            Ok(halt) => Stop::Halt(exhausted(meters).unwrap_or(halt)),
            Err(fault) => Stop::Fault(fault),
        },
        None => Stop::Fault(Fault::UnexpectedTrap { trap: text }),
    }
}

/// The halt that used-up meters stand for, if they are used up.
pub(crate) fn exhausted(meters: Level) -> Option<Halt> {
    if meters.gas < 0 {
        Some(Halt::OutOfGas)
    } else if meters.stack < 0 {
        Some(Halt::StackOverflow)
    } else {
        None
    }
}

/// Whether a halt ended the guest in the middle of a block, where the meters may not say what was used.
///
/// All gas is taken then, as the EVM does for an invalid instruction. Safe Rust has none of these: it compares first
/// and panics, which is `unreachable`.
pub(crate) const fn takes_all_gas(halt: &Halt) -> bool {
    matches!(
        halt,
        Halt::MemoryOutOfBounds
            | Halt::TableOutOfBounds
            | Halt::IndirectCallToNull
            | Halt::IndirectCallType
            | Halt::IntegerOverflow
            | Halt::DivisionByZero
    )
}

/// Exhaustive: a new trap code of Wasmer's must be given a meaning here.
fn trap(code: TrapCode) -> Result<Halt, Fault> {
    match code {
        TrapCode::HeapAccessOutOfBounds => Ok(Halt::MemoryOutOfBounds),
        TrapCode::TableAccessOutOfBounds => Ok(Halt::TableOutOfBounds),
        TrapCode::IndirectCallToNull => Ok(Halt::IndirectCallToNull),
        TrapCode::BadSignature => Ok(Halt::IndirectCallType),
        TrapCode::IntegerOverflow => Ok(Halt::IntegerOverflow),
        TrapCode::IntegerDivisionByZero => Ok(Halt::DivisionByZero),
        TrapCode::UnreachableCodeReached => Ok(Halt::Unreachable),
        TrapCode::StackOverflow => Err(Fault::NativeStack),
        TrapCode::HeapMisaligned
        | TrapCode::BadConversionToInteger
        | TrapCode::UnalignedAtomic
        | TrapCode::UncaughtException
        | TrapCode::UninitializedExnRef
        | TrapCode::YieldOutsideAsyncContext
        | TrapCode::HostInterrupt
        | TrapCode::ReadonlyTableModified => Err(Fault::UnexpectedTrap { trap: code.message().into() }),
    }
}
