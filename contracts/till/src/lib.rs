//! A till: what it sells has a price in dollars and is paid in the chain's currency, as much as an oracle says that is.
//!
//! It shows how a price from outside is used: one that is too old, of the future or of nothing stops the sale. A stale price
//! is the one that somebody chose: whoever may buy at yesterday's price buys only when that is the better one.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::{
    component::{Ownable, ownable},
    interface::{Price, PriceError, PriceFeedRef},
    prelude::*,
};

/// The smallest units of the chain's currency in one that has a price.
pub const COIN: u128 = 1_000_000_000;

/// Sells for the chain's currency.
#[storage]
#[derive(Debug)]
pub struct Till {
    owner: Ownable,
    rate: Cell<Rate>,
    /// In hundred-millionths of a dollar.
    prices: Map<u64, u128>,
    /// How many of each somebody has bought.
    sold: Map<(Address, u64), u64>,
}

/// Where the price of the chain's currency comes from.
#[derive(Data, Debug, Clone, PartialEq, Eq, Default)]
pub struct Rate {
    /// A contract with the interface `PriceFeed`.
    pub feed: Address,
    /// What the currency is called there.
    pub asset: String,
    /// How old a price may be, in milliseconds.
    pub max_age_ms: u64,
}

/// Something was sold.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    /// To whom.
    #[topic]
    pub to: Address,
    /// What.
    #[topic]
    pub good: u64,
    /// For how much.
    pub cost: Amount,
}

/// Why the till refuses. Nothing has changed then, and what was paid is back.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// There is no such thing.
    NotForSale = 1,
    /// It costs more than came with the call.
    TooLittle {
        /// What it costs.
        cost: Amount,
    } = 2,
    /// The oracle's price is nothing, or it makes the cost too large to count.
    BadPrice = 3,
    /// There is less in the till.
    NotEnough = 4,
    /// The oracle knows no price, or none that is new enough.
    #[from]
    Feed(PriceError),
    /// The owner.
    #[from]
    Owner(ownable::Error),
}

#[contract(events(Sold))]
impl Till {
    /// Creates the till. The creator owns it.
    #[init]
    pub fn new(&mut self, rate: Rate) {
        self.owner.init(env::caller());
        self.rate.set(rate);
    }

    /// Offers `good` for a price in hundred-millionths of a dollar, or no longer. For the owner.
    ///
    /// # Errors
    /// For others.
    pub fn offer(&mut self, good: u64, price: Option<u128>) -> Result<(), Error> {
        self.owner.check()?;
        match price {
            Some(price) => self.prices.set(&good, price),
            None => self.prices.remove(&good),
        }
        Ok(())
    }

    /// Buys one `good`, and returns what it has cost. What came with the call beyond that goes back.
    ///
    /// # Errors
    /// [`Error::NotForSale`], [`Error::TooLittle`], [`Error::Feed`], [`Error::BadPrice`].
    #[payable]
    pub fn buy(&mut self, good: u64) -> Result<Amount, Error> {
        let cost = self.in_currency(good)?;
        let (to, paid) = (env::caller(), env::value());
        let Some(rest) = paid.0.checked_sub(cost.0) else { return Err(Error::TooLittle { cost }) };
        self.sold.update(&(to, good), |sold| *sold += 1);
        if rest > 0 {
            // It has just come.
            call::transfer(to, Amount(rest)).map_err(|_| Error::NotEnough)?;
        }
        Sold { to, good, cost }.emit();
        Ok(cost)
    }

    /// Takes `amount` out. For the owner.
    ///
    /// # Errors
    /// For others; [`Error::NotEnough`].
    pub fn take(&mut self, amount: Amount) -> Result<(), Error> {
        self.owner.check()?;
        call::transfer(env::caller(), amount).map_err(|_| Error::NotEnough)
    }

    /// What one `good` costs now.
    ///
    /// # Errors
    /// As [`buy`](Self::buy).
    pub fn cost(&self, good: u64) -> Result<Amount, Error> {
        self.in_currency(good)
    }

    /// How many of `good` somebody has bought.
    #[must_use]
    pub fn sold(&self, to: Address, good: u64) -> u64 {
        self.sold.get(&(to, good))
    }

    fn in_currency(&self, good: u64) -> Result<Amount, Error> {
        let price = self.prices.find(&good).ok_or(Error::NotForSale)?;
        let Rate { feed, asset, max_age_ms } = self.rate.get();
        let Price { value, .. } =
            PriceFeedRef::at(feed).price(asset)?.check_age(env::block_time(), max_age_ms)?;
        if value == 0 {
            return Err(Error::BadPrice);
        }
        let whole = price.checked_mul(COIN).ok_or(Error::BadPrice)?;
        // Rounded up: else what costs less than the smallest unit would be free.
        Ok(Amount(whole.div_ceil(value)))
    }
}
