//! Does not compile: a method of an interface that has a body.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    fn price(&self) -> u64 {
        7
    }
}

fn main() {}
