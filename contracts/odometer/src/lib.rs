//! The second version of `contracts/counter`, which can take the place of its code.
//!
//! It counts in steps, and with 128 bits: the one entry of a counter gets another form. Its admin replaces the code and
//! migrates in one step of a transaction: `lockstep upgrade ls1... odometer.wasm --migrate '{"step":"2"}'`; if the migration
//! refuses, the contract is a counter as before. A new odometer begins without one.

#![cfg_attr(target_family = "wasm", no_std)]

use lockstep_sdk::prelude::*;

/// Counts up in steps.
#[storage]
#[derive(Debug)]
pub struct Odometer {
    count: Cell<u128>,
    step: Cell<u64>,
}

/// The storage of version 1, as the counter had it.
#[storage]
#[derive(Debug)]
pub struct CounterV1 {
    count: Cell<u64>,
}

/// Why the odometer refuses.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// With a step of 0 it would never move.
    NoStep = 1,
}

// Said here, it stays 2 when the migration is dropped some day.
#[contract(version = 2)]
impl Odometer {
    /// Creates an odometer.
    ///
    /// # Errors
    /// [`Error::NoStep`].
    #[init]
    pub fn new(&mut self, start: u128, step: u64) -> Result<(), Error> {
        self.begin(start, step)
    }

    /// Makes an odometer of a counter.
    ///
    /// # Errors
    /// [`Error::NoStep`].
    #[migrate(from = 1)]
    fn up(&mut self, old: CounterV1, step: u64) -> Result<(), Error> {
        // Both are the entries of one contract: `count` is the same one, read in its old form before it is written.
        let count = old.count.get();
        self.begin(count.into(), step)
    }

    /// Takes a step and returns the new count.
    pub fn increment(&mut self) -> u128 {
        let step = self.step.get();
        self.count.update(|count| {
            *count += u128::from(step);
            *count
        })
    }

    /// The count.
    #[must_use]
    pub fn get(&self) -> u128 {
        self.count.get()
    }

    fn begin(&mut self, count: u128, step: u64) -> Result<(), Error> {
        self.count.set(count);
        self.step.set(step);
        if step == 0 { Err(Error::NoStep) } else { Ok(()) }
    }
}
