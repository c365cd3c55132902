//! Does not compile: the migration leads to version 2, and the contract says 3.

use lockstep_sdk::prelude::*;

#[storage]
struct ShopV1 {
    total: Cell<u64>,
}

#[storage]
struct Shop {
    total: Cell<u128>,
}

#[contract(version = 3)]
impl Shop {
    #[init]
    pub fn new(&mut self) {}

    #[migrate(from = 1)]
    fn up(&mut self, old: ShopV1) {
        let total = old.total.get();
        self.total.set(total.into());
    }
}

fn main() {}
