//! Does not compile: a migration that returns something.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[storage]
struct TokenV1 {
    supply: Cell<u64>,
}

#[contract]
impl Token {
    #[init]
    pub fn new(&mut self) {}

    #[migrate(from = 1)]
    fn up(&mut self, old: TokenV1) -> u64 {
        old.supply.get()
    }
}

fn main() {}
