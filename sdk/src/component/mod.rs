//! Parts that many contracts have: an owner, a switch, roles, a token's balances, tokens and their holders.
//!
//! A component is a struct with `#[storage]` that a contract has as a field. It has a key space of its own, its events
//! are in the contract's interface by themselves, and its errors are taken in with `#[from]`:
//!
//! ```
//! use lockstep_sdk::{component::{Ownable, Pausable, ownable, pausable}, prelude::*};
//!
//! #[storage]
//! pub struct Shop {
//!     owner: Ownable,
//!     pause: Pausable,
//!     sold: Cell<u64>,
//! }
//!
//! #[error]
//! pub enum Error {
//!     #[from]
//!     Owner(ownable::Error),
//!     #[from]
//!     Pause(pausable::Error),
//! }
//!
//! #[contract]
//! impl Shop {
//!     #[init]
//!     pub fn new(&mut self) {
//!         self.owner.init(env::caller());
//!     }
//!
//!     pub fn buy(&mut self) -> Result<u64, Error> {
//!         self.pause.check()?;
//!         Ok(self.sold.update(|sold| { *sold += 1; *sold }))
//!     }
//!
//!     pub fn close(&mut self) -> Result<(), Error> {
//!         self.owner.check()?;
//!         Ok(self.pause.pause()?)
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! A component's methods are no methods of the contract: what the contract does not offer, nobody can call. Their
//! errors have codes from 1,001 on; keep to codes below for your own.
//!
//! There is no guard against re-entrance among them, since there is nothing to guard: a call back into a contract
//! that is on the stack is refused by the VM, unless the method says `#[reentrant]`.

pub mod access_control;
pub mod fungible;
pub mod non_fungible;
pub mod ownable;
pub mod pausable;

pub use access_control::AccessControl;
pub use fungible::Fungible;
pub use non_fungible::NonFungible;
pub use ownable::Ownable;
pub use pausable::Pausable;
