//! Does not compile: reserved name.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    pub fn memory(&self) {}
}

fn main() {}
