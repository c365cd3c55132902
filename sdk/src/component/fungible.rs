//! Balances and allowances, as ERC-20 and CW20 have them.

use lockstep_abi::Address;
use lockstep_sdk_macros::{error, event, storage};

use crate::{
    env,
    event::Event,
    storage::{Cell, Map},
};

/// In events, who a minted amount comes from and who a burnt one goes to. Nobody has this address.
pub const NOBODY: Address = Address([0; 32]);

/// Balances, and who may spend of whose.
///
/// After every method the balances add up to the supply. [`transfer`](Self::transfer), [`approve`](Self::approve),
/// [`transfer_from`](Self::transfer_from) and [`burn`](Self::burn) take from the caller's balance or allowance, so a
/// contract can offer them as they are. [`mint`](Self::mint) does not ask who called: check that before.
///
/// Amounts count the smallest unit.
#[storage(events(Transfer, Approval))]
#[derive(Debug)]
pub struct Fungible {
    supply: Cell<u128>,
    balances: Map<Address, u128>,
    /// What the second may spend of the first's balance.
    allowances: Map<(Address, Address), u128>,
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

/// Why a token refuses. Nothing has changed then, also for a contract that goes on.
#[error]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The balance is too small.
    InsufficientBalance {
        /// The balance.
        have: u128,
        /// What was asked for.
        need: u128,
    } = 1_031,
    /// The allowance is too small.
    InsufficientAllowance {
        /// The allowance.
        have: u128,
        /// What was asked for.
        need: u128,
    } = 1_032,
    /// The total supply would pass the largest number.
    SupplyOverflow = 1_033,
    /// The zero address cannot hold anything: it stands for minting and burning.
    NoReceiver = 1_034,
}

impl Fungible {
    /// What `of` has.
    #[must_use]
    #[inline(always)]
    pub fn balance_of(&self, of: Address) -> u128 {
        self.balances.get(&of)
    }

    /// What `spender` may spend of `owner`'s balance.
    #[must_use]
    #[inline(always)]
    pub fn allowance(&self, owner: Address, spender: Address) -> u128 {
        self.allowances.get(&(owner, spender))
    }

    /// The sum of all balances.
    #[must_use]
    #[inline(always)]
    pub fn total_supply(&self) -> u128 {
        self.supply.get()
    }

    /// Sends `amount` from the caller to `to`.
    ///
    /// # Errors
    /// [`Error::InsufficientBalance`], [`Error::NoReceiver`].
    pub fn transfer(&mut self, to: Address, amount: u128) -> Result<(), Error> {
        move_amount(&mut self.balances, env::caller(), to, amount)
    }

    /// Lets `spender` spend up to `amount` of the caller's balance, in the place of what was allowed before.
    ///
    /// Set it to 0 first to change an allowance that somebody may be about to use: else both can be spent.
    #[inline(always)]
    pub fn approve(&mut self, spender: Address, amount: u128) {
        let owner = env::caller();
        self.allowances.set(&(owner, spender), amount);
        Approval { owner, spender, amount }.emit();
    }

    /// Sends `amount` from `from` to `to`, out of what `from` has allowed the caller.
    ///
    /// # Errors
    /// [`Error::InsufficientAllowance`], [`Error::InsufficientBalance`], [`Error::NoReceiver`].
    pub fn transfer_from(&mut self, from: Address, to: Address, amount: u128) -> Result<(), Error> {
        let Self { balances, allowances, .. } = self;
        allowances.try_update(&(from, env::caller()), |have| {
            let left =
                have.checked_sub(amount).ok_or(Error::InsufficientAllowance { have: *have, need: amount })?;
            move_amount(balances, from, to, amount)?;
            *have = left;
            Ok(())
        })
    }

    /// Makes `amount` out of nothing, for `to`. Whoever called: check before that it may.
    ///
    /// # Errors
    /// [`Error::SupplyOverflow`], [`Error::NoReceiver`].
    pub fn mint(&mut self, to: Address, amount: u128) -> Result<(), Error> {
        check_receiver(to)?;
        let supply = self.supply.get().checked_add(amount).ok_or(Error::SupplyOverflow)?;
        self.supply.set(supply);
        credit(&mut self.balances, NOBODY, to, amount);
        Ok(())
    }

    /// Destroys `amount` of the caller's balance.
    ///
    /// # Errors
    /// [`Error::InsufficientBalance`].
    pub fn burn(&mut self, amount: u128) -> Result<(), Error> {
        let from = env::caller();
        debit(&mut self.balances, &from, amount)?;
        // Cannot be negative: no balance is larger than the supply.
        self.supply.update(|supply| *supply -= amount);
        Transfer { from, to: NOBODY, amount }.emit();
        Ok(())
    }
}

type Balances = Map<Address, u128>;

fn move_amount(balances: &mut Balances, from: Address, to: Address, amount: u128) -> Result<(), Error> {
    check_receiver(to)?;
    debit(balances, &from, amount)?;
    // After the debit has been written: from and to may be the same.
    credit(balances, from, to, amount);
    Ok(())
}

fn debit(balances: &mut Balances, from: &Address, amount: u128) -> Result<(), Error> {
    balances.try_update(from, |have| {
        *have = have.checked_sub(amount).ok_or(Error::InsufficientBalance { have: *have, need: amount })?;
        Ok(())
    })
}

fn credit(balances: &mut Balances, from: Address, to: Address, amount: u128) {
    // Cannot overflow: no balance is larger than the supply.
    balances.update(&to, |have| *have += amount);
    Transfer { from, to, amount }.emit();
}

#[inline(always)]
fn check_receiver(to: Address) -> Result<(), Error> {
    if to == NOBODY { Err(Error::NoReceiver) } else { Ok(()) }
}
