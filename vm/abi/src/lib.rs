//! What a contract and the chain agree on.
//!
//! Types with one canonical encoding, the bounds that every machine shares, and the one table of host
//! functions. Nothing here executes, stores or talks to a network; `no_std`, so that a contract, a
//! light client and a node share it.
//!
//! Start at [`tx`] for what a user signs, [`receipt`] for what comes back, [`host`] for what a contract
//! may ask of the chain, [`state`] for what can be proved to one who trusts a block.

#![no_std]
#![warn(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::cast_possible_truncation
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod address;
mod amount;
pub mod block;
mod bounded;
pub mod codec;
mod gas;
pub mod halt;
pub mod hash;
pub mod host;
pub mod limits;
pub mod price;
pub mod receipt;
pub mod schema;
mod standard_error;
pub mod state;
mod text;
mod time;
pub mod tx;

pub use address::{Address, AddressError};
pub use amount::{Amount, AmountError};
pub use block::{Block, Header, Height};
pub use bounded::{Bytes, List, TooLong};
pub use codec::DecodeError;
pub use gas::{Gas, GasPrice};
pub use halt::Halt;
pub use hash::{Context, Hash, HashError};
pub use receipt::{Event, Receipt};
pub use standard_error::{FIRST_STANDARD_CODE, StandardError};
pub use text::{ChainId, MethodName, Shown, TextError, is_unshowable};
pub use time::Time;
pub use tx::{Action, Nonce, SignedTx, TxBody};
