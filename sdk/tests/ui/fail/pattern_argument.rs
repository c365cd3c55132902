//! Does not compile: pattern argument.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    pub fn pair(&mut self, (a, b): (u8, u8)) {
        let _ = (a, b);
    }
}

fn main() {}
