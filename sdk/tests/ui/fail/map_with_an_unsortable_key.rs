//! Does not compile: map with an unsortable key.

use lockstep_sdk::prelude::*;

#[derive(Data)]
struct Name(String);

#[storage]
struct Token {
    by_name: Map<Name, u128>,
}

#[contract]
impl Token {
    pub fn get(&self, name: Name) -> u128 {
        self.by_name.get(&name)
    }
}

fn main() {}
