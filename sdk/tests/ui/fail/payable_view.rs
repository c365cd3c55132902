//! Does not compile: payable view.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    #[payable]
    pub fn get(&self) {}
}

fn main() {}
