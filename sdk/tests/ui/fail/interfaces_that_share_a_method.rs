//! Does not compile: two interfaces of one contract with a method of one name.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    fn price(&self) -> u64;
}

#[interface]
trait Auction {
    fn price(&self) -> u128;
}

#[storage]
struct Kiosk {
    sold: Cell<u64>,
}

#[contract(implements(Shop, Auction))]
impl Kiosk {}

#[contract]
impl Shop for Kiosk {
    fn price(&self) -> u64 {
        7
    }
}

#[contract]
impl Auction for Kiosk {
    fn price(&self) -> u128 {
        8
    }
}

fn main() {}
