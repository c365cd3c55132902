//! Does not compile: mistyped attribute.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    #[payble]
    pub fn buy(&mut self) {}
}

fn main() {}
