//! Does not compile: a trait that is no interface.

use lockstep_sdk::prelude::*;

trait Shop {
    fn price(&self) -> u64;
}

#[storage]
struct Kiosk {
    sold: Cell<u64>,
}

#[contract]
impl Shop for Kiosk {
    fn price(&self) -> u64 {
        7
    }
}

fn main() {}
