//! Does not compile: self by value.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    pub fn take(self) {}
}

fn main() {}
