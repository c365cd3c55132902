//! Does not compile: a view of an interface that accepts value.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    #[payable]
    fn price(&self) -> u64;
}

fn main() {}
