//! A fungible token, as ERC-20 and CW20 have it: balances, allowances, and an owner who can mint.
//!
//! Two rules hold after every call, whoever calls what: the balances add up to the total supply, and a
//! balance goes down only by its holder's will, given by calling or by an allowance.
//!
//! Amounts count the smallest unit; `decimals` only says where a wallet puts the point.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::prelude::*;

/// In events, who a minted amount comes from and who a burnt one goes to. Nobody has this address.
pub const NOBODY: Address = Address([0; 32]);

/// A fungible token with allowances and an owner who mints.
#[storage]
#[derive(Debug)]
pub struct Token {
    meta: Cell<Meta>,
    owner: Cell<Address>,
    supply: Cell<u128>,
    balances: Map<Address, u128>,
    /// What the second may spend of the first's balance.
    allowances: Map<(Address, Address), u128>,
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

/// An amount went from one holder to another; minted from nobody, burnt to nobody.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Who has less.
    #[topic]
    pub from: Address,
    /// Who has more.
    #[topic]
    pub to: Address,
    /// How much.
    pub amount: u128,
}

/// A holder allowed somebody to spend.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Whose balance it is.
    #[topic]
    pub owner: Address,
    /// Who may spend.
    #[topic]
    pub spender: Address,
    /// How much is allowed from now on.
    pub amount: u128,
}

/// Why the token refuses. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The balance is too small.
    InsufficientBalance {
        /// The balance.
        have: u128,
        /// What was asked for.
        need: u128,
    } = 1,
    /// The allowance is too small.
    InsufficientAllowance {
        /// The allowance.
        have: u128,
        /// What was asked for.
        need: u128,
    } = 2,
    /// Only the owner may do this.
    NotOwner = 3,
    /// The total supply would pass the largest number.
    SupplyOverflow = 4,
    /// The zero address cannot hold anything: it stands for minting and burning.
    NoReceiver = 5,
}

#[contract(events(Transfer, Approval))]
impl Token {
    /// Creates the token. The creator owns it and gets the supply.
    ///
    /// # Errors
    /// None that can come up: a creator has an address, and the first supply fits.
    #[init]
    pub fn new(&mut self, name: String, symbol: String, decimals: u8, supply: u128) -> Result<(), Error> {
        let owner = env::caller();
        self.meta.set(Meta { name, symbol, decimals });
        self.owner.set(owner);
        self.issue(owner, supply)
    }

    /// Sends `amount` from the caller to `to`.
    ///
    /// # Errors
    /// [`Error::InsufficientBalance`], [`Error::NoReceiver`].
    pub fn transfer(&mut self, to: Address, amount: u128) -> Result<(), Error> {
        self.move_amount(env::caller(), to, amount)
    }

    /// Allows `spender` to spend `amount` of the caller's balance, instead of what was allowed before.
    ///
    /// To change an allowance that may be in use, set it to 0 first: otherwise a spender who is quick
    /// enough spends both the old and the new one.
    pub fn approve(&mut self, spender: Address, amount: u128) {
        let owner = env::caller();
        self.allowances.set(&(owner, spender), amount);
        Approval { owner, spender, amount }.emit();
    }

    /// Sends `amount` from `from` to `to` and takes it off the caller's allowance.
    ///
    /// # Errors
    /// [`Error::InsufficientAllowance`], [`Error::InsufficientBalance`], [`Error::NoReceiver`].
    pub fn transfer_from(&mut self, from: Address, to: Address, amount: u128) -> Result<(), Error> {
        self.allowances.update(&(from, env::caller()), |have| {
            *have =
                have.checked_sub(amount).ok_or(Error::InsufficientAllowance { have: *have, need: amount })?;
            Ok(())
        })?;
        self.move_amount(from, to, amount)
    }

    /// Makes `amount` out of nothing, for `to`. Only the owner may.
    ///
    /// # Errors
    /// [`Error::NotOwner`], [`Error::SupplyOverflow`], [`Error::NoReceiver`].
    pub fn mint(&mut self, to: Address, amount: u128) -> Result<(), Error> {
        if env::caller() != self.owner.get() {
            return Err(Error::NotOwner);
        }
        self.issue(to, amount)
    }

    /// Destroys `amount` of the caller's balance.
    ///
    /// # Errors
    /// [`Error::InsufficientBalance`].
    pub fn burn(&mut self, amount: u128) -> Result<(), Error> {
        let from = env::caller();
        self.debit(&from, amount)?;
        // Cannot be negative: no balance is larger than the supply.
        self.supply.update(|supply| *supply -= amount);
        Transfer { from, to: NOBODY, amount }.emit();
        Ok(())
    }

    /// What `of` has.
    #[must_use]
    pub fn balance_of(&self, of: Address) -> u128 {
        self.balances.get(&of)
    }

    /// What `spender` may spend of `owner`'s balance.
    #[must_use]
    pub fn allowance(&self, owner: Address, spender: Address) -> u128 {
        self.allowances.get(&(owner, spender))
    }

    /// The sum of all balances.
    #[must_use]
    pub fn total_supply(&self) -> u128 {
        self.supply.get()
    }

    /// Name, symbol and decimals.
    #[must_use]
    pub fn meta(&self) -> Meta {
        self.meta.get()
    }

    /// Who may mint.
    #[must_use]
    pub fn owner(&self) -> Address {
        self.owner.get()
    }

    fn move_amount(&mut self, from: Address, to: Address, amount: u128) -> Result<(), Error> {
        self.debit(&from, amount)?;
        // After the debit has been written: from and to may be the same.
        self.credit(from, to, amount)
    }

    fn issue(&mut self, to: Address, amount: u128) -> Result<(), Error> {
        let supply = self.supply.get().checked_add(amount).ok_or(Error::SupplyOverflow)?;
        self.supply.set(supply);
        self.credit(NOBODY, to, amount)
    }

    fn debit(&mut self, from: &Address, amount: u128) -> Result<(), Error> {
        self.balances.update(from, |have| {
            *have =
                have.checked_sub(amount).ok_or(Error::InsufficientBalance { have: *have, need: amount })?;
            Ok(())
        })
    }

    fn credit(&mut self, from: Address, to: Address, amount: u128) -> Result<(), Error> {
        if to == NOBODY {
            return Err(Error::NoReceiver);
        }
        // Cannot overflow: no balance is larger than the supply.
        self.balances.update(&to, |have| *have += amount);
        Transfer { from, to, amount }.emit();
        Ok(())
    }
}
