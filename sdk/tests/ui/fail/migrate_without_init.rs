//! Does not compile: a migration without a method for creation.

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
    #[migrate(from = 1)]
    fn up(&mut self, old: TokenV1) {}
}

fn main() {}
