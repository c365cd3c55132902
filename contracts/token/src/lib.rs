//! A fungible token, as ERC-20 and CW20 have it: balances, allowances, and an owner who can mint.
//!
//! Two rules hold after every call, whoever calls what: the balances add up to the total supply, and a
//! balance goes down only by its holder's will, given by calling or by an allowance.
//!
//! Balances and owner are components of the SDK; what is here is which of their methods anybody may call. Those of the
//! balances are the SDK's interface for such tokens, so that other contracts call this one as any other:
//! `FungibleRef::at(token).transfer(to, amount)`.
//!
//! Amounts count the smallest unit; `decimals` only says where a wallet puts the point.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::{
    component::{Fungible, Ownable, fungible, ownable},
    interface,
    prelude::*,
};

/// A fungible token with allowances and an owner who mints.
#[storage]
#[derive(Debug)]
pub struct Token {
    meta: Cell<Meta>,
    owner: Ownable,
    ledger: Fungible,
}

/// How wallets show the token.
#[derive(Data, Debug, Clone, PartialEq, Eq, Default)]
pub struct Meta {
    /// The full name.
    pub name: String,
    /// The short name, such as `GOLD`.
    pub symbol: String,
    /// How many digits of an amount are behind the point.
    pub decimals: u8,
}

/// Why the token refuses. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Balances and allowances.
    #[from]
    Ledger(fungible::Error),
    /// The owner.
    #[from]
    Owner(ownable::Error),
}

#[contract(implements(interface::Fungible))]
impl Token {
    /// Creates the token. The creator owns it and gets the supply.
    ///
    /// # Errors
    /// None that can come up: a creator has an address, and the first supply fits.
    #[init]
    pub fn new(&mut self, name: String, symbol: String, decimals: u8, supply: u128) -> Result<(), Error> {
        let owner = env::caller();
        self.meta.set(Meta { name, symbol, decimals });
        self.owner.init(owner);
        Ok(self.ledger.mint(owner, supply)?)
    }

    /// Makes `amount` out of nothing, for `to`. Only the owner may.
    ///
    /// # Errors
    /// For others; if the supply would pass the largest number; if `to` is the zero address.
    pub fn mint(&mut self, to: Address, amount: u128) -> Result<(), Error> {
        self.owner.check()?;
        Ok(self.ledger.mint(to, amount)?)
    }

    /// Destroys `amount` of the caller's balance.
    ///
    /// # Errors
    /// If the balance is too small.
    pub fn burn(&mut self, amount: u128) -> Result<(), Error> {
        Ok(self.ledger.burn(amount)?)
    }

    /// Name, symbol and decimals.
    #[must_use]
    pub fn meta(&self) -> Meta {
        self.meta.get()
    }

    /// Who may mint.
    #[must_use]
    pub fn owner(&self) -> Option<Address> {
        self.owner.get()
    }
}

#[contract]
impl interface::Fungible for Token {
    fn transfer(&mut self, to: Address, amount: u128) -> Result<(), fungible::Error> {
        self.ledger.transfer(to, amount)
    }

    fn approve(&mut self, spender: Address, amount: u128) {
        self.ledger.approve(spender, amount);
    }

    fn transfer_from(&mut self, from: Address, to: Address, amount: u128) -> Result<(), fungible::Error> {
        self.ledger.transfer_from(from, to, amount)
    }

    fn balance_of(&self, of: Address) -> u128 {
        self.ledger.balance_of(of)
    }

    fn allowance(&self, owner: Address, spender: Address) -> u128 {
        self.ledger.allowance(owner, spender)
    }

    fn total_supply(&self) -> u128 {
        self.ledger.total_supply()
    }
}
