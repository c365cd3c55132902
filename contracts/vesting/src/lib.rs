//! Vesting: value that becomes somebody's little by little.
//!
//! Whoever makes a grant pays it in at once and cannot take it back. Nothing is due before the cliff; at the cliff all
//! that has grown since the start is, and from then on it grows evenly until the end. The beneficiary claims what is due
//! when it likes.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::prelude::*;

/// Grants that one question returns.
const MAX_LISTED: usize = 50;

/// Keeps what is not yet due.
#[storage]
#[derive(Debug)]
pub struct Vesting {
    made: Cell<u64>,
    grants: Map<u64, Grant>,
    by_beneficiary: Set<(Address, u64)>,
}

/// A grant.
#[derive(Data, Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose it becomes.
    pub beneficiary: Address,
    /// All of it.
    pub amount: Amount,
    /// What was claimed.
    pub claimed: Amount,
    /// When it begins to grow.
    pub start: Time,
    /// Before when nothing is due.
    pub cliff: Time,
    /// When all of it is due.
    pub end: Time,
}

/// A grant was made.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// Its number.
    #[topic]
    pub id: u64,
    /// Whose it becomes.
    #[topic]
    pub beneficiary: Address,
    /// How much.
    pub amount: Amount,
}

/// A beneficiary claimed what was due.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The grant's number.
    #[topic]
    pub id: u64,
    /// How much.
    pub amount: Amount,
}

/// Why a grant or a claim is refused. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// There is no such grant.
    NoGrant {
        /// The number.
        id: u64,
    } = 1,
    /// Somebody else's grant.
    NotBeneficiary = 2,
    /// Nothing is due.
    NothingDue = 3,
    /// No value came with the call.
    NoValue = 4,
    /// The times are not in order: start, cliff, end, with something between the first and the last.
    Disorder = 5,
}

#[contract(events(Granted, Claimed))]
impl Vesting {
    /// Grants what comes with the call, and returns the grant's number.
    ///
    /// # Errors
    /// [`Error::NoValue`], [`Error::Disorder`].
    #[payable]
    pub fn grant(&mut self, beneficiary: Address, start: Time, cliff: Time, end: Time) -> Result<u64, Error> {
        let amount = env::value();
        if amount == Amount::ZERO {
            return Err(Error::NoValue);
        }
        if start >= end || cliff < start || cliff > end {
            return Err(Error::Disorder);
        }
        let id = self.made.get();
        self.made.set(id + 1);
        let claimed = Amount::ZERO;
        self.grants.set(&id, Grant { beneficiary, amount, claimed, start, cliff, end });
        self.by_beneficiary.insert(&(beneficiary, id));
        Granted { id, beneficiary, amount }.emit();
        Ok(id)
    }

    /// Sends what is due to the beneficiary, who calls, and returns how much it was.
    ///
    /// # Errors
    /// [`Error::NoGrant`], [`Error::NotBeneficiary`], [`Error::NothingDue`].
    pub fn claim(&mut self, id: u64) -> Result<Amount, Error> {
        let mut grant = self.grants.find(&id).ok_or(Error::NoGrant { id })?;
        if env::caller() != grant.beneficiary {
            return Err(Error::NotBeneficiary);
        }
        let due = grant.due();
        if due == Amount::ZERO {
            return Err(Error::NothingDue);
        }
        grant.claimed.0 += due.0;
        let beneficiary = grant.beneficiary;
        if grant.claimed == grant.amount {
            self.grants.remove(&id);
            self.by_beneficiary.remove(&(beneficiary, id));
        } else {
            self.grants.set(&id, grant);
        }
        // All of a grant came with it, and no more than all of it is ever due.
        assert!(call::transfer(beneficiary, due).is_ok(), "what is due is there");
        Claimed { id, amount: due }.emit();
        Ok(due)
    }

    /// What is due now.
    #[must_use]
    pub fn due(&self, id: u64) -> Amount {
        self.grants.find(&id).map_or(Amount::ZERO, |grant| grant.due())
    }

    /// A grant that is not yet claimed to its end.
    #[must_use]
    pub fn grant_of(&self, id: u64) -> Option<Grant> {
        self.grants.find(&id)
    }

    /// The numbers of somebody's grants: the first 50 from `first` on. Anybody can make grants to anybody, so that
    /// one that matters may be behind many that do not.
    #[must_use]
    pub fn grants_of(&self, beneficiary: Address, first: u64) -> Vec<u64> {
        let grants = self.by_beneficiary.range((beneficiary, first)..=(beneficiary, u64::MAX));
        grants.take(MAX_LISTED).map(|(_, id)| id).collect()
    }
}

impl Grant {
    fn due(&self) -> Amount {
        Amount(self.vested(env::block_time()) - self.claimed.0)
    }

    /// What has become the beneficiary's until `now`, claimed or not.
    fn vested(&self, now: Time) -> u128 {
        if now < self.cliff {
            return 0;
        }
        // Not before the start: the cliff is not.
        let length = u128::from(self.end.0 - self.start.0);
        let passed = u128::from(now.min(self.end).0 - self.start.0);
        // `amount * passed / length` without a product of more than 128 bits: the rest is less than 2^64.
        let (whole, rest) = (self.amount.0 / length, self.amount.0 % length);
        whole * passed + rest * passed / length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(amount: u128, start: u64, cliff: u64, end: u64) -> Grant {
        let (beneficiary, claimed) = (Address([1; 32]), Amount::ZERO);
        let (start, cliff, end) = (Time(start), Time(cliff), Time(end));
        Grant { beneficiary, amount: Amount(amount), claimed, start, cliff, end }
    }

    #[test]
    fn it_grows_evenly_from_the_cliff_to_the_end() {
        let grant = grant(1_000, 100, 150, 300);
        for (now, vested) in
            [(0, 0), (149, 0), (150, 250), (151, 255), (200, 500), (299, 995), (300, 1_000), (9_999, 1_000)]
        {
            assert_eq!(grant.vested(Time(now)), vested, "at {now}");
        }
    }

    #[test]
    fn the_largest_grant_over_the_longest_time_does_not_overflow() {
        let grant = grant(u128::MAX, 0, 0, u64::MAX);
        assert_eq!(grant.vested(Time::MAX), u128::MAX);
        assert!(grant.vested(Time(u64::MAX - 1)) < u128::MAX);
    }
}
