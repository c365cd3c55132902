//! Write smart contracts for Lockstep.
//!
//! A contract is a struct that names what it remembers, and methods on it:
//!
//! ```
//! #![cfg_attr(target_family = "wasm", no_std)]
//! use lockstep_sdk::prelude::*;
//!
//! /// What the contract remembers.
//! #[storage]
//! pub struct Guestbook {
//!     owner: Cell<Address>,
//!     greetings: Map<Address, String>,
//! }
//!
//! /// Somebody wrote into the book.
//! #[event]
//! pub struct Greeted {
//!     #[topic]
//!     guest: Address,
//!     length: u32,
//! }
//!
//! #[error]
//! #[derive(Debug)]
//! pub enum Error {
//!     /// A greeting has at most `limit` bytes.
//!     TooLong { length: u32, limit: u32 } = 1,
//! }
//!
//! #[contract(events(Greeted))]
//! impl Guestbook {
//!     /// Runs once, when the contract is created.
//!     #[init]
//!     pub fn new(&mut self) {
//!         self.owner.set(env::caller());
//!     }
//!
//!     /// Writes into the book. `&mut self`: a transaction calls it, and it may change the storage.
//!     pub fn greet(&mut self, text: String) -> Result<(), Error> {
//!         let length = text.len() as u32;
//!         if length > 140 {
//!             return Err(Error::TooLong { length, limit: 140 });
//!         }
//!         let guest = env::caller();
//!         self.greetings.set(&guest, text);
//!         Greeted { guest, length }.emit();
//!         Ok(())
//!     }
//!
//!     /// Reads the book. `&self`: anybody may ask, and the VM refuses all writes.
//!     pub fn greeting_of(&self, guest: Address) -> Option<String> {
//!         self.greetings.find(&guest)
//!     }
//! }
//! # assert!(!Guestbook::SCHEMA.is_empty());
//! ```
//!
//! Each `pub` method is an export of the Wasm; its arguments, its result and the fields of errors and events
//! are described in a custom section, so that everybody can call the contract by names and with JSON.
//!
//! - [`mod@storage`]: cells, maps, lists. [`component`]: owners, roles, balances, ready to be built on.
//! - [`mod@env`]: caller, value, block. [`mod@interface`]: other contracts, by their interfaces; [`call`]: by names.
//! - [`Data`](macro@Data) derives what a type of your own needs to be stored, passed and returned.
//! - `Cargo.toml` wants `crate-type = ["cdylib", "rlib"]`; the README has all of it.
//!
//! The crate holds no logic of the chain: what a call may do is decided by the VM. There is no mock of the VM
//! either; tests run in the real one with `lockstep-testing`, which can run a contract natively beside it.

#![cfg_attr(not(test), no_std)]

extern crate alloc;
// The macros write `::lockstep_sdk`; the tests of this crate use them too.
extern crate self as lockstep_sdk;

pub mod call;
pub mod codec;
pub mod component;
pub mod crypto;
pub mod env;
pub mod error;
pub mod event;
mod host;
pub mod interface;
mod key;
pub mod log;
#[doc(hidden)]
pub mod method;
#[cfg(not(target_family = "wasm"))]
pub mod native;
pub mod prelude;
pub mod schema;
pub mod storage;
#[cfg(target_family = "wasm")]
mod wasm;

/// Compiles the contract of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use key::{Key, KeyPrefix};
pub use lockstep_abi as abi;
pub use lockstep_sdk_macros::{Data, contract, error, event, interface, storage};
