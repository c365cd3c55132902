//! Does not compile: event not listed.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[event]
struct Sent;

#[contract]
impl Token {
    pub fn send(&mut self) {
        Sent.emit();
    }
}

fn main() {}
