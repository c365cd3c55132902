//! Runs one call of one module, deterministically.
//!
//! A module is [`prepare`]d (validated against everything that could differ between machines), compiled
//! with metering inside, and called with a [`World`] that answers its host functions. What comes back
//! is gas and either data or a [`Halt`](lockstep_abi::Halt); a [`Fault`] means that our own machine is
//! broken and is never the contract's doing.
//!
//! Not here: accounts, balances, transactions, storage. They are the world's.

#![warn(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::cast_possible_truncation
)]

mod artifact;
mod call;
mod compile;
mod engine;
mod host;
mod instance;
mod instrument;
mod memory;
mod meter;
mod native;
mod operator;
mod origin;
mod outcome;
mod place;
mod pool;
mod prepare;
mod registers;
mod trap;
mod window;
mod world;

pub use call::Call;
pub use compile::{Backend, CompileError, CompiledModule, NotCompilable};
pub use engine::{Engine, EngineConfig};
pub use host::{BlockContext, CallContext};
pub use native::NativeCode;
pub use operator::Denied;
pub use outcome::Fault;
pub use prepare::{Counted, FunctionName, Method, MethodRules, Prepared, Rejection, Usage, prepare};
pub use trap::{CodePlace, CodePlaceError, Trap};
pub use world::{Answer, Budget, Direction, Visit, World};
