//! Does not compile: a private method that nobody can call anyway.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    #[private]
    fn mint(&mut self) {}
}

fn main() {}
