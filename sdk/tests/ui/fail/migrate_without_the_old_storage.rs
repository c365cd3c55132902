//! Does not compile: a migration that is not given the old storage.

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
    fn up(&mut self) {}
}

fn main() {}
