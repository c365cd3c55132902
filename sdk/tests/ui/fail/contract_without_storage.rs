//! Does not compile: contract without storage.

use lockstep_sdk::prelude::*;

struct Token;

#[contract]
impl Token {
    pub fn get(&self) {}
}

fn main() {}
