//! Does not compile: events and interfaces listed at the wrong impl.

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

#[contract(implements(Shop))]
impl Shop for Kiosk {
    fn price(&self, _: Hash) -> u64 {
        7
    }

    #[payable]
    fn buy(&mut self) {}
}

fn main() {}
