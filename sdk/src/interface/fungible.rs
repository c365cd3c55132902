//! What every fungible token has, as ERC-20 and CW20 have it.

use lockstep_abi::Address;
use lockstep_sdk_macros::interface;

use crate::component::fungible::Error;

/// A fungible token: balances and allowances.
///
/// [`component::Fungible`](crate::component::Fungible) does all of this; a token offers its methods, as
/// `contracts/token` does. One that refuses for reasons of its own, a pause for example, ends the call with
/// [`fail`](crate::error::fail); those who call it see an error that the interface does not know.
#[interface]
pub trait Fungible {
    /// Sends `amount` from the caller to `to`.
    ///
    /// # Errors
    /// If the balance is too small, or `to` the zero address.
    fn transfer(&mut self, to: Address, amount: u128) -> Result<(), Error>;

    /// Lets `spender` spend up to `amount` of the caller's balance, in the place of what was allowed before.
    ///
    /// Set it to 0 first to change an allowance that somebody may be about to use: else both can be spent.
    fn approve(&mut self, spender: Address, amount: u128);

    /// Sends `amount` from `from` to `to`, out of what `from` has allowed the caller.
    ///
    /// # Errors
    /// If the allowance or the balance is too small, or `to` the zero address.
    fn transfer_from(&mut self, from: Address, to: Address, amount: u128) -> Result<(), Error>;

    /// What `of` has.
    #[must_use]
    fn balance_of(&self, of: Address) -> u128;

    /// What `spender` may spend of `owner`'s balance.
    #[must_use]
    fn allowance(&self, owner: Address, spender: Address) -> u128;

    /// The sum of all balances.
    #[must_use]
    fn total_supply(&self) -> u128;
}
