//! The macros work where the author forbids unsafe code and every warning.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, dead_code)]

use lockstep_sdk::prelude::*;

/// Counts.
#[storage]
#[derive(Debug)]
pub struct Strict {
    count: Cell<u64>,
}

/// Why not.
#[error]
#[derive(Debug)]
pub enum Error {
    /// No.
    No = 1,
}

#[contract]
impl Strict {
    /// Counts.
    pub fn count(&mut self) -> Result<u64, Error> {
        self.count.update(|count| {
            *count += 1;
            Ok(*count)
        })
    }
}

fn main() {}
