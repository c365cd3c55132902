//! Does not compile: contract on a trait.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Clone for Token {
    fn clone(&self) -> Self {
        panic!()
    }
}

fn main() {}
