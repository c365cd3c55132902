//! Does not compile: argument without data.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

struct Value;

#[contract]
impl Token {
    pub fn set(&mut self, value: Value) {
        let _ = value;
    }
}

fn main() {}
