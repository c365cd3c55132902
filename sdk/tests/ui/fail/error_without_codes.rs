//! Does not compile: error without codes.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    pub fn get(&self) -> Result<u8, String> {
        Ok(1)
    }
}

fn main() {}
