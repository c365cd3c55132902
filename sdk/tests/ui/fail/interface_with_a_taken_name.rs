//! Does not compile: a method with a name of the reference.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    fn value(&self) -> u64;
}

fn main() {}
