//! Does not compile: there is no version 0.

use lockstep_sdk::prelude::*;

#[storage]
struct Shop {
    total: Cell<u128>,
}

#[contract(version = 0)]
impl Shop {
    #[init]
    pub fn new(&mut self) {}
}

fn main() {}
