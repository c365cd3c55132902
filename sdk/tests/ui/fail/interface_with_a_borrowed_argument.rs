//! Does not compile: an argument of an interface that borrows.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    fn buy(&mut self, name: &str);
}

fn main() {}
