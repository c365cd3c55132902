//! Does not compile: a private method of an interface.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    #[private]
    fn buy(&mut self);
}

fn main() {}
