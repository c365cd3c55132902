//! Does not compile: unknown contract argument.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract(event(Sent))]
impl Token {
    pub fn get(&self) {}
}

fn main() {}
