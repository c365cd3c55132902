//! Does not compile: impl trait argument.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    pub fn get(&self, key: impl Clone) {
        let _ = key;
    }
}

fn main() {}
