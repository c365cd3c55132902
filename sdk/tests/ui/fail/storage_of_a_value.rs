//! Does not compile: storage of a value.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: u128,
}

fn main() {}
