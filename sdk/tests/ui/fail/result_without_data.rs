//! Does not compile: result without data.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    pub fn get(&self) -> f64 {
        0.0
    }
}

fn main() {}
