//! Does not compile: attribute with arguments.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    #[payable(100)]
    pub fn buy(&mut self) {}
}

fn main() {}
