//! Does not compile: an interface that decides for its contracts.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    #[reentrant]
    fn buy(&mut self);
}

fn main() {}
