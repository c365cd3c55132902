//! Does not compile: a private method that says it is reentrant.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    #[private]
    #[reentrant]
    pub fn mint(&mut self) {}
}

fn main() {}
