//! Executes transactions and blocks: accounts, fees, contracts, receipts.
//!
//! A transaction goes through one file a step: [`check`](check::check) (no state), `validate` (with state),
//! `charge`, `frame` and `deploy` for its actions, `settle` for the fee and the receipt. A
//! [`BlockExecutor`] does so for the transactions of a block, over any [`lockstep_state::Read`].
//!
//! Not here: where blocks come from, in which order, and where they are kept.

#![warn(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::cast_possible_truncation
)]

mod block;
mod charge;
mod check;
mod deploy;
mod error;
mod frame;
mod protocol;
mod query;
mod record;
mod settle;
mod tx;
mod validate;
mod world;

pub use block::{BlockExecutor, BlockOutput, execute_block};
pub use check::{CheckedTx, check};
pub use error::{InvalidBlock, InvalidTx};
pub use lockstep_engine::{
    Backend, BlockContext, CodePlace, CodePlaceError, CompileError, Engine, EngineConfig, Fault, NativeCode,
    Prepared, Rejection, Trap, Usage, prepare,
};
pub use protocol::Genesis;
pub use query::{Query, query, simulate};
pub use record::{Account, ContractRecord, account, code, contract};
pub use world::{Log, Said};
