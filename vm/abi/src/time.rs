//! Times of blocks, and what is reckoned from them.

use core::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

/// A time in milliseconds since 1970, leap seconds not counted: what a block says of itself.
///
/// It reaches as far as the chain's own times, 584 million years. How long something takes is a number of milliseconds,
/// not a time: two times cannot be added. JSON carries a time as a decimal string of milliseconds, since JSON numbers
/// lose digits over 2^53.
///
/// ```
/// # use lockstep_abi::Time;
/// let start = Time(1_767_225_600_000);
/// let end = start.plus_ms(60_000);
/// assert_eq!(end.ms_since(start), Some(60_000));
/// assert_eq!(start.ms_since(end), None);
/// assert!(start < end);
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize,
)]
pub struct Time(pub u64);

impl Time {
    /// The last time there is: a deadline that does not come.
    pub const MAX: Self = Self(u64::MAX);

    /// So many milliseconds later.
    ///
    /// # Panics
    /// After [`Time::MAX`], in every build. In a contract that stops the call and undoes its writes.
    #[must_use]
    #[inline]
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.strict_add(ms))
    }

    /// So many milliseconds later, at most [`Time::MAX`]: for lengths that somebody else chose, where "never" will do.
    #[must_use]
    #[inline]
    pub const fn saturating_plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// How many milliseconds after `earlier` this is; none, if it is before.
    #[must_use]
    #[inline]
    pub const fn ms_since(self, earlier: Self) -> Option<u64> {
        self.0.checked_sub(earlier.0)
    }
}

/// The milliseconds since 1970.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
