//! Does not compile: generic method.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    pub fn get<T>(&self, key: T) {
        let _ = key;
    }
}

fn main() {}
