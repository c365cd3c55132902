//! A market for two tokens that needs no counterpart: a pool in which the product of both reserves never falls.
//!
//! Whoever puts both tokens in gets shares of the pool, which are a fungible token themselves; whoever swaps pays a fee,
//! which stays in the pool and so belongs to the shares. Each call names the worst price that its caller accepts.
//!
//! What the pool relies on, and what it does not:
//!
//! - Reserves are what the pool has counted, not the balances that its tokens report. Who sends it tokens without a call
//!   gives them away; no price and no share changes by it.
//! - All rounding is in favour of the pool (`math.rs`).
//! - A token that moves less than it says is refused: after each payment in, the pool's balance must cover the reserve.
//!   A token that lies about balances too can cheat only those who chose to hold that pool's shares.
//! - A token that calls back into the pool is refused by the VM.

#![cfg_attr(target_family = "wasm", no_std)]

pub mod math;

use lockstep_sdk::{
    component::{Fungible, fungible},
    interface::{self, FungibleRef},
    prelude::*,
};
use math::{MAX_RESERVE, bought, mul_div, mul_div_up};

/// The fee is in parts of this.
pub const BASIS: u16 = 10_000;
/// The highest fee: a tenth.
pub const MAX_FEE: u16 = 1_000;
/// Shares that stay in the pool for ever. So few tokens are worth a share that rounding is worth nothing to anybody.
pub const LOCKED_SHARES: u128 = 1_000;

/// A pool of two tokens.
#[storage]
#[derive(Debug)]
pub struct Pool {
    tokens: Cell<Pair<Address>>,
    reserves: Cell<Pair<u128>>,
    fee: Cell<u16>,
    shares: Fungible,
}

/// The same of both tokens.
#[derive(Data, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pair<T> {
    /// Of the first.
    pub a: T,
    /// Of the second.
    pub b: T,
}

/// Somebody put tokens in.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// Who.
    #[topic]
    pub by: Address,
    /// How much of each.
    pub amounts: Pair<u128>,
    /// What shares there are more.
    pub shares: u128,
}

/// Somebody took tokens out.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Who.
    #[topic]
    pub by: Address,
    /// How much of each.
    pub amounts: Pair<u128>,
    /// What shares there are less.
    pub shares: u128,
}

/// Somebody swapped.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swapped {
    /// Who.
    #[topic]
    pub by: Address,
    /// The token that was paid.
    #[topic]
    pub token: Address,
    /// How much was paid.
    pub paid: u128,
    /// How much of the other was got.
    pub got: u128,
}

/// Why the pool refuses. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Both tokens are the same.
    OneToken = 1,
    /// The fee is too high.
    Fee = 2,
    /// It is not a token of this pool.
    NotOfPool = 3,
    /// There is nothing in the pool.
    Empty = 4,
    /// It would be for nothing: too little of something.
    TooLittle = 5,
    /// The price is worse than the caller accepts.
    Slippage {
        /// What it would be.
        got: u128,
        /// The least that was asked for.
        least: u128,
    } = 6,
    /// The pool would hold more than it can count with.
    TooMuch = 7,
    /// A token has moved less than it was asked to.
    Short {
        /// The token.
        token: Address,
    } = 8,
    /// One of the tokens refused, or the shares: a balance or an allowance is too small.
    #[from]
    Token(fungible::Error),
}

#[contract(events(Added, Removed, Swapped), implements(interface::Fungible))]
impl Pool {
    /// Creates an empty pool. `fee` is in ten-thousandths of what is paid in a swap.
    ///
    /// # Errors
    /// [`Error::OneToken`], [`Error::Fee`].
    #[init]
    pub fn new(&mut self, a: Address, b: Address, fee: u16) -> Result<(), Error> {
        if a == b {
            return Err(Error::OneToken);
        }
        if fee > MAX_FEE {
            return Err(Error::Fee);
        }
        self.tokens.set(Pair { a, b });
        self.fee.set(fee);
        Ok(())
    }

    /// Puts both tokens in, in the proportion of the reserves and at most `most`, and returns the shares for it.
    ///
    /// The first one chooses the proportion, and leaves [`LOCKED_SHARES`] behind. The caller has allowed the pool to
    /// spend `most` of both.
    ///
    /// # Errors
    /// [`Error::Slippage`] if it would be fewer than `least` shares, [`Error::TooLittle`] if none; [`Error::TooMuch`],
    /// [`Error::Short`], [`Error::Token`].
    pub fn add(&mut self, most: Pair<u128>, least: u128) -> Result<u128, Error> {
        let (reserves, supply) = (self.reserves.get(), self.shares.total_supply());
        let by = env::caller();
        let (shares, amounts) = if supply == 0 {
            if most.a == 0 || most.b == 0 {
                return Err(Error::TooLittle);
            }
            // Shares are counted as the first token is: any number would do.
            let shares = most.a.checked_sub(LOCKED_SHARES).ok_or(Error::TooLittle)?;
            self.shares.mint(env::own_address(), LOCKED_SHARES)?;
            (shares, most)
        } else {
            let shares = share(most.a, supply, reserves.a)?.min(share(most.b, supply, reserves.b)?);
            let a = mul_div_up(shares, reserves.a, supply).ok_or(Error::TooMuch)?;
            let b = mul_div_up(shares, reserves.b, supply).ok_or(Error::TooMuch)?;
            (shares, Pair { a, b })
        };
        if shares == 0 {
            return Err(Error::TooLittle);
        }
        check_least(shares, least)?;
        let reserves = Pair { a: sum(reserves.a, amounts.a)?, b: sum(reserves.b, amounts.b)? };
        self.reserves.set(reserves);
        self.shares.mint(by, shares)?;
        let tokens = self.tokens.get();
        take(tokens.a, by, amounts.a, reserves.a)?;
        take(tokens.b, by, amounts.b, reserves.b)?;
        Added { by, amounts, shares }.emit();
        Ok(shares)
    }

    /// Burns the caller's `shares` and returns what they are worth, at least `least`.
    ///
    /// # Errors
    /// [`Error::Slippage`]; [`Error::Token`] if the caller has fewer shares.
    pub fn remove(&mut self, shares: u128, least: Pair<u128>) -> Result<Pair<u128>, Error> {
        let (reserves, supply) = (self.reserves.get(), self.shares.total_supply());
        // Before anything else: it refuses who has fewer, so `shares` is at most the supply.
        self.shares.burn(shares)?;
        let a = mul_div(shares, reserves.a, supply).ok_or(Error::Empty)?;
        let b = mul_div(shares, reserves.b, supply).ok_or(Error::Empty)?;
        check_least(a, least.a)?;
        check_least(b, least.b)?;
        self.reserves.set(Pair { a: reserves.a - a, b: reserves.b - b });
        let (by, tokens) = (env::caller(), self.tokens.get());
        FungibleRef::at(tokens.a).transfer(by, a)?;
        FungibleRef::at(tokens.b).transfer(by, b)?;
        Removed { by, amounts: Pair { a, b }, shares }.emit();
        Ok(Pair { a, b })
    }

    /// Pays `amount` of `token` and returns what it buys of the other one, at least `least`.
    ///
    /// The caller has allowed the pool to spend `amount`.
    ///
    /// # Errors
    /// [`Error::Slippage`], [`Error::TooLittle`] if it would buy nothing, [`Error::NotOfPool`], [`Error::Empty`],
    /// [`Error::TooMuch`], [`Error::Short`], [`Error::Token`].
    pub fn swap(&mut self, token: Address, amount: u128, least: u128) -> Result<u128, Error> {
        let (tokens, reserves) = (self.tokens.get(), self.reserves.get());
        let is_a = is_first(&tokens, token)?;
        let got = self.price(is_a, &reserves, amount)?;
        check_least(got, least)?;
        let (other, paid_in, next) = if is_a {
            let a = sum(reserves.a, amount)?;
            (tokens.b, a, Pair { a, b: reserves.b - got })
        } else {
            let b = sum(reserves.b, amount)?;
            (tokens.a, b, Pair { a: reserves.a - got, b })
        };
        self.reserves.set(next);
        let by = env::caller();
        take(token, by, amount, paid_in)?;
        FungibleRef::at(other).transfer(by, got)?;
        Swapped { by, token, paid: amount, got }.emit();
        Ok(got)
    }

    /// What `amount` of `token` would buy now.
    ///
    /// # Errors
    /// As [`swap`](Self::swap).
    pub fn quote(&self, token: Address, amount: u128) -> Result<u128, Error> {
        let is_a = is_first(&self.tokens.get(), token)?;
        self.price(is_a, &self.reserves.get(), amount)
    }

    /// The tokens.
    #[must_use]
    pub fn tokens(&self) -> Pair<Address> {
        self.tokens.get()
    }

    /// How much of each token belongs to the shares.
    #[must_use]
    pub fn reserves(&self) -> Pair<u128> {
        self.reserves.get()
    }

    /// The fee, in ten-thousandths.
    #[must_use]
    pub fn fee(&self) -> u16 {
        self.fee.get()
    }

    fn price(&self, is_a: bool, reserves: &Pair<u128>, amount: u128) -> Result<u128, Error> {
        let (paid, other) = if is_a { (reserves.a, reserves.b) } else { (reserves.b, reserves.a) };
        if paid == 0 || other == 0 {
            return Err(Error::Empty);
        }
        match bought(amount, paid, other, self.fee.get()) {
            None => Err(Error::TooMuch),
            Some(0) => Err(Error::TooLittle),
            Some(got) => Ok(got),
        }
    }
}

/// The shares, which anybody can hold and hand on.
#[contract]
impl interface::Fungible for Pool {
    fn transfer(&mut self, to: Address, amount: u128) -> Result<(), fungible::Error> {
        self.shares.transfer(to, amount)
    }

    fn approve(&mut self, spender: Address, amount: u128) {
        self.shares.approve(spender, amount);
    }

    fn transfer_from(&mut self, from: Address, to: Address, amount: u128) -> Result<(), fungible::Error> {
        self.shares.transfer_from(from, to, amount)
    }

    fn balance_of(&self, of: Address) -> u128 {
        self.shares.balance_of(of)
    }

    fn allowance(&self, owner: Address, spender: Address) -> u128 {
        self.shares.allowance(owner, spender)
    }

    fn total_supply(&self) -> u128 {
        self.shares.total_supply()
    }
}

fn is_first(tokens: &Pair<Address>, token: Address) -> Result<bool, Error> {
    match token {
        token if token == tokens.a => Ok(true),
        token if token == tokens.b => Ok(false),
        _ => Err(Error::NotOfPool),
    }
}

/// The shares for so much of a token.
fn share(amount: u128, supply: u128, reserve: u128) -> Result<u128, Error> {
    if reserve == 0 {
        return Err(Error::Empty);
    }
    mul_div(amount, supply, reserve).ok_or(Error::TooMuch)
}

fn check_least(got: u128, least: u128) -> Result<(), Error> {
    if got < least { Err(Error::Slippage { got, least }) } else { Ok(()) }
}

fn sum(reserve: u128, amount: u128) -> Result<u128, Error> {
    match reserve.checked_add(amount) {
        Some(sum) if sum <= MAX_RESERVE => Ok(sum),
        _ => Err(Error::TooMuch),
    }
}

/// Takes `amount` of a token from `by`, and sees that the pool has its `reserve` then.
fn take(token: Address, by: Address, amount: u128, reserve: u128) -> Result<(), Error> {
    let (at, own) = (FungibleRef::at(token), env::own_address());
    at.transfer_from(by, own, amount)?;
    if at.balance_of(own) < reserve { Err(Error::Short { token }) } else { Ok(()) }
}
