//! Does not compile: a migration that cannot write.

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
    fn up(&self, old: TokenV1) {}
}

fn main() {}
