//! Does not compile: an interface that is listed and not implemented.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    fn price(&self) -> u64;
}

#[storage]
struct Kiosk {
    sold: Cell<u64>,
}

#[contract(implements(Shop))]
impl Kiosk {}

fn main() {}
