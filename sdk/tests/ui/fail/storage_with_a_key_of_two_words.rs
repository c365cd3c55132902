//! Does not compile: a key that is no name.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    #[key = "total supply"]
    supply: Cell<u128>,
}

fn main() {}
