//! Does not compile: an interface with a method for creation.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    #[init]
    fn open(&mut self);
}

fn main() {}
