use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: u128,
}

fn main() {}
