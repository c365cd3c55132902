//! Does not compile: no self.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    pub fn helper(a: u8) -> u8 {
        a
    }
}

fn main() {}
