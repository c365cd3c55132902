//! Does not compile: async method.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    pub async fn get(&self) {}
}

fn main() {}
