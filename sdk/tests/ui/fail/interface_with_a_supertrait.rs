//! Does not compile: an interface that asks for another trait.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop: Clone {
    fn price(&self) -> u64;
}

fn main() {}
