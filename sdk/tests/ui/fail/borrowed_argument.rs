//! Does not compile: borrowed argument.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    pub fn name(&mut self, name: &str) {
        let _ = name;
    }
}

fn main() {}
