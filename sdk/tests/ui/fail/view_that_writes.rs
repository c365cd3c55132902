//! Does not compile: view that writes.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    pub fn reset(&self) {
        self.supply.set(0);
    }
}

fn main() {}
