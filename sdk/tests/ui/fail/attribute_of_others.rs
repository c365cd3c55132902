//! Does not compile: attribute of others.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    #[view]
    pub fn get(&self) {}
}

fn main() {}
