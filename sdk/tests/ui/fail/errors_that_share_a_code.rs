//! Does not compile: errors that share a code.

use lockstep_sdk::prelude::*;

#[error]
enum One {
    A = 1,
}

#[error]
enum Two {
    B = 1,
}

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    pub fn one(&self) -> Result<(), One> {
        Err(One::A)
    }

    pub fn two(&self) -> Result<(), Two> {
        Err(Two::B)
    }
}

fn main() {}
