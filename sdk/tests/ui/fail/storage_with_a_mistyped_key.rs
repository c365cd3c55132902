//! Does not compile: storage with a mistyped key.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    #[keys = "supply"]
    total: Cell<u128>,
}

fn main() {}
