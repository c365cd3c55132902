//! Does not compile: private init.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    #[init]
    fn new(&mut self) {}
}

fn main() {}
