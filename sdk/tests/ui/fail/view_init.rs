//! Does not compile: view init.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    #[init]
    pub fn new(&self) {}
}

fn main() {}
