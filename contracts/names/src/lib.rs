//! A registry of names: a name is rented, points to an address, and expires.
//!
//! A name is three to thirty-two small letters, digits and hyphens, so that no letter of another script passes for one
//! of these; `l` and `1` are still alike. Whoever rents it pays for whole years. After it has expired, its holder alone
//! may renew it for thirty days; then it is anybody's. An expired name points nowhere, so that nobody sends to who had it.
//!
//! Who sees a transaction before it is in a block can be the first to rent its name. A registry that minds has names
//! announced by a hash beforehand; this one is kept short.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::{
    component::{Ownable, ownable},
    prelude::*,
};

/// A year, in milliseconds.
pub const YEAR_MS: u64 = 365 * 24 * 3_600_000;
/// How long an expired name is kept for its holder, in milliseconds.
pub const GRACE_MS: u64 = 30 * 24 * 3_600_000;
/// The years that a name is rented for at once, and at the most from now on.
pub const MAX_YEARS: u32 = 10;
/// Letters of a name.
pub const LETTERS: core::ops::RangeInclusive<usize> = 3..=32;
/// Names that one question returns.
const MAX_LISTED: usize = 50;

/// Who has which name, and where it points.
#[storage]
#[derive(Debug)]
pub struct Names {
    owner: Ownable,
    yearly: Cell<Amount>,
    names: Map<String, Record>,
    by_holder: Set<(Address, String)>,
}

/// What is known of a name.
#[derive(Data, Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Who rents it.
    pub holder: Address,
    /// Where it points.
    pub target: Address,
    /// Until when it is rented.
    pub expires: Time,
}

/// A name is rented, by another holder or for longer.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rented {
    /// The name.
    #[topic]
    pub name: String,
    /// Who rents it.
    #[topic]
    pub holder: Address,
    /// Until when.
    pub expires: Time,
}

/// A name points somewhere else.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointed {
    /// The name.
    #[topic]
    pub name: String,
    /// Where it points.
    #[topic]
    pub target: Address,
}

/// Why the registry refuses. Nothing has changed then.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A name has 3 to 32 small letters, digits and hyphens, and begins and ends with none of the last.
    BadName = 1,
    /// Somebody has the name.
    Taken {
        /// When it will be free.
        free: Time,
    } = 2,
    /// Nobody has the name, or it has expired.
    NoName = 3,
    /// Somebody else's name.
    NotHolder = 4,
    /// Names are rented for 1 to 10 years, and no further ahead than 10.
    BadYears = 5,
    /// Another price.
    WrongPrice {
        /// What it costs.
        price: Amount,
    } = 6,
    /// The owner of the registry.
    #[from]
    Owner(ownable::Error),
}

#[contract(events(Rented, Pointed))]
impl Names {
    /// Opens the registry. The creator owns it, and gets what names cost.
    #[init]
    pub fn new(&mut self, yearly: Amount) {
        self.owner.init(env::caller());
        self.yearly.set(yearly);
    }

    /// Rents a free name for the caller, to whom it points at first. Costs [`price`](Self::price), to the unit.
    ///
    /// # Errors
    /// [`Error::BadName`], [`Error::BadYears`], [`Error::Taken`], [`Error::WrongPrice`].
    #[payable]
    pub fn rent(&mut self, name: String, years: u32) -> Result<(), Error> {
        check_name(&name)?;
        self.check_price(years)?;
        let (now, holder) = (env::block_time(), env::caller());
        if let Some(record) = self.names.find(&name) {
            let free = record.expires.plus_ms(GRACE_MS);
            if now < free {
                return Err(Error::Taken { free });
            }
            self.by_holder.remove(&(record.holder, name.clone()));
        }
        let expires = now.plus_ms(u64::from(years) * YEAR_MS);
        self.put(&name, Record { holder, target: holder, expires });
        Rented { name, holder, expires }.emit();
        Ok(())
    }

    /// Rents a name for longer; also while it is kept for its holder. Anybody may pay.
    ///
    /// # Errors
    /// [`Error::BadYears`], [`Error::NoName`], [`Error::WrongPrice`].
    #[payable]
    pub fn renew(&mut self, name: String, years: u32) -> Result<(), Error> {
        self.check_price(years)?;
        let now = env::block_time();
        let mut record = self.names.find(&name).ok_or(Error::NoName)?;
        if now >= record.expires.plus_ms(GRACE_MS) {
            return Err(Error::NoName);
        }
        // From when it expired, not from now: being late saves nothing.
        let expires = record.expires.plus_ms(u64::from(years) * YEAR_MS);
        if expires > now.plus_ms(u64::from(MAX_YEARS) * YEAR_MS) {
            return Err(Error::BadYears);
        }
        record.expires = expires;
        let holder = record.holder;
        self.names.set(&name, record);
        Rented { name, holder, expires }.emit();
        Ok(())
    }

    /// Makes a name point somewhere else. For its holder.
    ///
    /// # Errors
    /// [`Error::NoName`], [`Error::NotHolder`].
    pub fn point(&mut self, name: String, target: Address) -> Result<(), Error> {
        let mut record = self.held(&name)?;
        record.target = target;
        self.names.set(&name, record);
        Pointed { name, target }.emit();
        Ok(())
    }

    /// Gives a name to somebody else, to whom it points then. For its holder.
    ///
    /// # Errors
    /// [`Error::NoName`], [`Error::NotHolder`].
    pub fn give(&mut self, name: String, to: Address) -> Result<(), Error> {
        let Record { holder, expires, .. } = self.held(&name)?;
        self.by_holder.remove(&(holder, name.clone()));
        self.put(&name, Record { holder: to, target: to, expires });
        Rented { name, holder: to, expires }.emit();
        Ok(())
    }

    /// Where a name points; nowhere once it has expired.
    #[must_use]
    pub fn resolve(&self, name: String) -> Option<Address> {
        self.current(&name).map(|record| record.target)
    }

    /// What is known of a name, also after it has expired.
    #[must_use]
    pub fn record(&self, name: String) -> Option<Record> {
        self.names.find(&name)
    }

    /// Somebody's names, expired ones too: the first 50 from `first` on, in the order of the letters.
    #[must_use]
    pub fn names_of(&self, holder: Address, first: String) -> Vec<String> {
        let names = self.by_holder.range((holder, first)..);
        names.take_while(|(of, _)| *of == holder).take(MAX_LISTED).map(|(_, name)| name).collect()
    }

    /// What a name costs for so many years.
    ///
    /// # Errors
    /// [`Error::BadYears`].
    pub fn price(&self, years: u32) -> Result<Amount, Error> {
        if years == 0 || years > MAX_YEARS {
            return Err(Error::BadYears);
        }
        Ok(Amount(self.yearly.get().0 * u128::from(years)))
    }

    /// Sets what a year costs from now on. For the owner.
    ///
    /// # Errors
    /// For others.
    pub fn set_yearly(&mut self, yearly: Amount) -> Result<(), Error> {
        self.owner.check()?;
        self.yearly.set(yearly);
        Ok(())
    }

    /// Sends all that was paid to the owner, who calls.
    ///
    /// # Errors
    /// For others.
    pub fn collect(&mut self) -> Result<Amount, Error> {
        self.owner.check()?;
        let all = env::balance(env::own_address());
        assert!(call::transfer(env::caller(), all).is_ok(), "all that there is can be sent");
        Ok(all)
    }

    fn check_price(&self, years: u32) -> Result<(), Error> {
        let price = self.price(years)?;
        if env::value() == price { Ok(()) } else { Err(Error::WrongPrice { price }) }
    }

    fn put(&mut self, name: &String, record: Record) {
        self.by_holder.insert(&(record.holder, name.clone()));
        self.names.set(name, record);
    }

    /// A name that has not expired.
    fn current(&self, name: &String) -> Option<Record> {
        self.names.find(name).filter(|record| env::block_time() < record.expires)
    }

    /// A name of the caller's.
    fn held(&self, name: &String) -> Result<Record, Error> {
        let record = self.current(name).ok_or(Error::NoName)?;
        if record.holder == env::caller() { Ok(record) } else { Err(Error::NotHolder) }
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    let is_good = LETTERS.contains(&bytes.len())
        && bytes.iter().all(|byte| is_letter(*byte) || *byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if is_good { Ok(()) } else { Err(Error::BadName) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_letters_and_lengths_are_refused() {
        for good in ["abc", "a-b", "007", "x".repeat(32).as_str()] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "ab", "Abc", "аbc", "a b c", "-abc", "abc-", "a\0bc", "abc.", "x".repeat(33).as_str()]
        {
            assert_eq!(check_name(bad), Err(Error::BadName), "{bad}");
        }
    }
}
