//! Gas and its price.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Amount, AmountError};

/// Gas, the unit of metered work: 1 gas is 1 picosecond of the reference machine.
///
/// Arithmetic is checked; there is no `+`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize,
)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Gas(pub u64);

impl Gas {
    /// No gas.
    pub const ZERO: Self = Self(0);

    /// `n` million gas: `n` microseconds of the reference machine.
    ///
    /// # Panics
    /// If `n` is over 2^44; constants only.
    #[must_use]
    pub const fn mega(n: u64) -> Self {
        match n.checked_mul(1_000_000) {
            Some(gas) => Self(gas),
            None => panic!("gas overflows"),
        }
    }

    /// The sum, unless it overflows.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(gas) => Some(Self(gas)),
            None => None,
        }
    }

    /// The difference, unless it is negative.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(gas) => Some(Self(gas)),
            None => None,
        }
    }

    /// The difference, or zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl core::fmt::Display for Gas {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What a million gas costs, in the chain's smallest unit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize,
)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct GasPrice(pub u64);

impl GasPrice {
    /// The price of `gas`, rounded up so that no work is free.
    ///
    /// # Errors
    /// Never for gas and prices of 64 bits; the product fits 128 bits.
    pub fn fee(self, gas: Gas) -> Result<Amount, AmountError> {
        u128::from(self.0)
            .checked_mul(u128::from(gas.0))
            .map(|product| Amount(product.div_ceil(1_000_000)))
            .ok_or(AmountError::Overflow)
    }
}
