//! Does not compile: underscore name.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[contract]
impl Token {
    pub fn __heap_base(&self) {}
}

fn main() {}
