//! Amounts of the chain's own currency.

use alloc::string::ToString;
use core::{
    fmt,
    num::{IntErrorKind, ParseIntError},
    str::FromStr,
};

use borsh::{BorshDeserialize, BorshSerialize};

/// An amount in the chain's smallest unit. Arithmetic is checked; JSON carries it as a decimal string,
/// since JSON numbers lose digits over 2^53.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize,
)]
pub struct Amount(pub u128);

/// Why an amount could not be computed or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The result is not between 0 and 2^128 - 1.
    #[error("the amount is not between 0 and 2^128 - 1")]
    Overflow,
    /// The text is not a decimal number.
    #[error("not a decimal number")]
    NotANumber,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The sum.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] over 2^128 - 1.
    pub fn checked_add(self, other: Self) -> Result<Self, AmountError> {
        self.0.checked_add(other.0).map(Self).ok_or(AmountError::Overflow)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] below zero.
    pub fn checked_sub(self, other: Self) -> Result<Self, AmountError> {
        self.0.checked_sub(other.0).map(Self).ok_or(AmountError::Overflow)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let amount: u128 = text.parse().map_err(|error: ParseIntError| match error.kind() {
            IntErrorKind::PosOverflow => AmountError::Overflow,
            _ => AmountError::NotANumber,
        })?;
        // One text for one amount: no sign, no leading zero.
        if amount.to_string() == text { Ok(Self(amount)) } else { Err(AmountError::NotANumber) }
    }
}

#[cfg(feature = "json")]
crate::text::json_as_text!(Amount, "an amount as a decimal string, such as \"100\"");
