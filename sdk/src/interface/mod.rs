//! Interfaces: methods that several contracts have, and typed calls of whoever has them.
//!
//! ```
//! use lockstep_sdk::prelude::*;
//!
//! #[error]
//! pub enum Error {
//!     /// There is no price of this.
//!     NoPrice = 1,
//! }
//!
//! /// Knows prices.
//! #[interface]
//! pub trait Prices {
//!     /// What one `of` costs.
//!     fn price(&self, of: Hash) -> Result<u128, Error>;
//! }
//!
//! // A contract that has it. That it has all of it, and in this form, is for the compiler to check.
//! #[storage]
//! pub struct Board {
//!     prices: Map<Hash, u128>,
//! }
//!
//! #[contract(implements(Prices))]
//! impl Board {
//!     pub fn post(&mut self, of: Hash, price: u128) {
//!         self.prices.set(&of, price);
//!     }
//! }
//!
//! #[contract]
//! impl Prices for Board {
//!     fn price(&self, of: Hash) -> Result<u128, Error> {
//!         self.prices.find(&of).ok_or(Error::NoPrice)
//!     }
//! }
//!
//! // And who calls one: `PricesRef` was made of the trait.
//! fn cost(board: Address, of: Hash, number: u128) -> Result<u128, Error> {
//!     Ok(number * PricesRef::at(board).gas(Gas::mega(500)).price(of)?)
//! }
//!
//! fn cost_if_known(board: Address, of: Hash) -> Option<u128> {
//!     PricesRef::at(board).try_price(of).ok()
//! }
//! ```
//!
//! A method of the reference returns what the trait says: an error of the interface arrives as it is, for `?`.
//! Whatever else goes wrong stops the caller too, as in a call of a function that panics. The variant `try_..` returns
//! that as well, as a [`RefError`].
//!
//! What is checked is the answer's form. Whose contract is at an address, and whether it does what the names say, the
//! VM cannot know: a reference is to be as trusted as the address. That a method takes `&self` binds those who implement
//! it, by their own schema; a contract with a false one can write into its own storage in such a call, never into the
//! caller's, and it cannot call back into the caller unless that has `#[reentrant]` methods.
//!
//! An interface for several contracts is in a crate of its own: who depends on a contract's crate has that contract's
//! methods in its own Wasm as well.
//!
//! The SDK has the interfaces that contracts of different authors should share: [`Fungible`] and [`PriceFeed`].

mod fungible;
mod price_feed;
mod reference;

pub use fungible::{Fungible, FungibleRef};
pub use price_feed::{Price, PriceError, PriceFeed, PriceFeedRef};
pub use reference::{RefError, Tried};
#[doc(hidden)]
pub use reference::{call, try_call};

use lockstep_abi::{Hash, hash::Context};

use crate::{
    method::Export,
    schema::{ErrorDef, Method},
};

/// An interface, as the `dyn` type of its trait. Implemented by `#[interface]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an interface",
    label = "needs `#[interface]`",
    note = "put `#[interface]` on the definition of the trait; an impl of another trait has no `#[contract]`"
)]
pub trait Interface {
    /// Its name.
    const NAME: &'static str;
    /// Its methods, in the order of their names.
    const METHODS: &'static [Method];
    /// What its [`id`] is the hash of.
    const SIGNATURES: &'static [u8];
    /// The errors of each method.
    const ERRORS: &'static [&'static [ErrorDef]];
}

/// A contract that implements the interface `I`. Implemented by `#[contract]` on an `impl` of the trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` lists the interface `{I}` and does not implement it",
    label = "is not implemented",
    note = "implement the trait, with `#[contract]` on the `impl`"
)]
pub trait Implements<I: Interface + ?Sized> {
    /// The methods as this contract has them.
    const METHODS: &'static [Method];
    /// The same as they are called.
    const EXPORTS: &'static [Export];
}

/// A contract that lists the interface `I`. Implemented by `#[contract]`, so that no method is missing in its schema.
#[diagnostic::on_unimplemented(
    message = "`{Self}` implements the interface `{I}` and does not list it",
    label = "is missing in the schema",
    note = "list it where the contract's own methods are: `#[contract(implements(..))] impl {Self}`"
)]
pub trait Lists<I: ?Sized> {}

/// The id of an interface: `id::<dyn Fungible>()`. It is that of
/// [`lockstep_abi::schema::interfaces`], for tools and tests; a contract has no use for it.
#[must_use]
pub fn id<I: Interface + ?Sized>() -> Hash {
    Hash::of(Context::Interface, I::SIGNATURES)
}

/// Compiles if `C` lists `I`.
#[doc(hidden)]
pub const fn listed<C: Lists<I>, I: ?Sized>() {}

/// The method `name` of the interface `I`, in a contract that has these marks on it.
///
/// # Panics
/// If the interface has other ones. (That it has the method at all is for rustc to say.)
#[doc(hidden)]
#[must_use]
pub const fn method<I: Interface + ?Sized>(name: &str, payable: bool, reentrant: bool) -> Method {
    let mut at = 0;
    while at < I::METHODS.len() {
        let method = I::METHODS[at];
        if crate::schema::same(method.name, name) {
            assert!(
                !method.payable || payable,
                "the interface says `#[payable]`: write it on the method here as well"
            );
            assert!(
                method.payable || !payable,
                "the interface does not say `#[payable]`: callers cannot pay"
            );
            return Method { reentrant, ..method };
        }
        at += 1;
    }
    panic!("the interface has no such method")
}
