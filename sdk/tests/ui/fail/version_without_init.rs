//! Does not compile: nothing writes the version of a new contract, so that it would count as version 1.

use lockstep_sdk::prelude::*;

#[storage]
struct Shop {
    total: Cell<u128>,
}

#[contract(version = 2)]
impl Shop {
    pub fn total(&self) -> u128 {
        self.total.get()
    }
}

fn main() {}
