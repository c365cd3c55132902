//! Does not compile: an interface that is implemented and not listed.

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

#[contract]
impl Kiosk {}

#[contract]
impl Shop for Kiosk {
    fn price(&self, _: Hash) -> u64 {
        7
    }

    #[payable]
    fn buy(&mut self) {}
}

fn main() {}
