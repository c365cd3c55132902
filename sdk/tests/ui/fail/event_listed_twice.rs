//! Does not compile: event listed twice.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[event]
struct Sent;

#[contract(events(Sent, Sent))]
impl Token {
    pub fn get(&self) {}
}

fn main() {}
