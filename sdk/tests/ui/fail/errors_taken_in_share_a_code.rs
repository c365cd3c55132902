//! Does not compile: a code that the errors that are taken in have too.

use lockstep_sdk::{component::pausable, prelude::*};

#[error]
enum Error {
    TooLate = 1_011,
    #[from]
    Pause(pausable::Error),
}

#[storage]
struct Shop;

#[contract]
impl Shop {
    pub fn buy(&mut self) -> Result<(), Error> {
        Err(Error::TooLate)
    }
}

fn main() {}
