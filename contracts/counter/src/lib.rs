//! A counter: the smallest contract that has a bit of everything.
//!
//! It starts where its creator says, anybody counts it up, and it cannot pass the largest number. Read it
//! from top to bottom: storage, event, error, methods.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::prelude::*;

/// Counts up.
#[storage]
#[derive(Debug)]
pub struct Counter {
    count: Cell<u64>,
}

/// Somebody counted.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Who it was: a topic, so that one can search for it.
    #[topic]
    pub by: Address,
    /// The count since then.
    pub count: u64,
}

/// Why the counter refuses.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The sum would pass the largest number.
    Full {
        /// The count as it is.
        count: u64,
        /// What was to be added.
        n: u64,
    } = 1,
}

#[contract(events(Counted))]
impl Counter {
    /// Creates the counter.
    #[init]
    pub fn new(&mut self, start: u64) {
        self.count.set(start);
    }

    /// Adds one and returns the new count.
    ///
    /// # Errors
    /// [`Error::Full`] if the count is at its end.
    pub fn increment(&mut self) -> Result<u64, Error> {
        self.add(1)
    }

    /// Adds `n` and returns the new count.
    ///
    /// # Errors
    /// [`Error::Full`] if the sum would pass the largest number; nothing changes.
    pub fn add(&mut self, n: u64) -> Result<u64, Error> {
        let count = self.count.get();
        // `count + n` would stop the call as well, but without saying why.
        let count = count.checked_add(n).ok_or(Error::Full { count, n })?;
        self.count.set(count);
        Counted { by: env::caller(), count }.emit();
        Ok(count)
    }

    /// The count.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.count.get()
    }
}
