//! Does not compile: a method with the name of a variant of another.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    fn buy(&mut self);
    fn try_buy(&mut self) -> bool;
}

fn main() {}
