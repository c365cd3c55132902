//! Does not compile: an interface with a type parameter.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop<T> {
    fn price(&self) -> u64;
}

fn main() {}
