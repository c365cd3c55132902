//! Does not compile: a migration from something that is no storage.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    #[init]
    pub fn new(&mut self) {}

    #[migrate(from = 1)]
    fn up(&mut self, old: u64) {}
}

fn main() {}
