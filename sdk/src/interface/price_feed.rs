//! What every source of prices has.

use alloc::string::String;

use lockstep_abi::Time;
use lockstep_sdk_macros::{Data, error, interface};

/// Knows what things cost in the world outside.
#[interface]
pub trait PriceFeed {
    /// The newest price of `asset`, a name such as `BTC/USD`. It may be old: see [`Price::check_age`].
    ///
    /// # Errors
    /// If there is none.
    fn price(&self, asset: String) -> Result<Price, PriceError>;
}

/// A price, and when it was one.
#[derive(Data, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// What one costs, in hundred-millionths.
    pub value: u128,
    /// When.
    pub time: Time,
}

/// Why there is no price.
#[error]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceError {
    /// Nobody has posted one.
    Unknown = 1_051,
    /// It is older than the caller accepts, or of the future.
    Stale {
        /// When it was one.
        time: Time,
    } = 1_052,
}

impl Price {
    /// What one is, in a [`value`](Self::value).
    pub const ONE: u128 = 100_000_000;

    /// The price, if it is at most `max_age_ms` old at the time `now`.
    ///
    /// # Errors
    /// [`PriceError::Stale`]. So is a price of the future: it would stay fresh for as long as its poster likes.
    #[inline]
    pub fn check_age(self, now: Time, max_age_ms: u64) -> Result<Self, PriceError> {
        match now.ms_since(self.time) {
            Some(age) if age <= max_age_ms => Ok(self),
            _ => Err(PriceError::Stale { time: self.time }),
        }
    }
}
