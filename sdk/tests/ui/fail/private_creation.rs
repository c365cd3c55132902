//! Does not compile: a private method for creation.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    #[init]
    #[private]
    pub fn new(&mut self) {}
}

fn main() {}
