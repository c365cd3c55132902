//! Does not compile: an interface with more than methods.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    const PRICE: u64;

    fn price(&self) -> u64;
}

fn main() {}
