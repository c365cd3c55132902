//! Does not compile: a method that is not payable in the interface.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    fn price(&mut self, of: Hash) -> u64;

    #[payable]
    fn buy(&mut self);
}

#[storage]
struct Kiosk {
    sold: Cell<u64>,
}

#[contract(implements(Shop))]
impl Kiosk {}

#[contract]
impl Shop for Kiosk {
    #[payable]
    fn price(&mut self, _: Hash) -> u64 {
        7
    }

    #[payable]
    fn buy(&mut self) {}
}

fn main() {}
