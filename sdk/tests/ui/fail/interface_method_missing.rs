//! Does not compile: a method of the interface is missing.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    fn price(&self, of: Hash) -> u64;

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
    fn buy(&mut self) {}
}

fn main() {}
