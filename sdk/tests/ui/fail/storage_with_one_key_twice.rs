//! Does not compile: storage with one key twice.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
    #[key = "supply"]
    total: Cell<u128>,
}

fn main() {}
