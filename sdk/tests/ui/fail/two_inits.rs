//! Does not compile: two inits.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    #[init]
    pub fn new(&mut self) {}

    #[init]
    pub fn again(&mut self) {}
}

fn main() {}
