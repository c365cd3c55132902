//! One mistake is one message: what uses the item goes on compiling.

use lockstep_sdk::prelude::*;

#[storage]
struct Token {
    supply: Cell<u128>,
}

#[event]
struct Sent {
    #[topic]
    #[topic]
    a: u8,
}

#[contract]
impl Token {
    #[payable]
    pub fn buy(&self) {}

    fn sent() -> Sent {
        Sent { a: 1 }
    }
}

fn main() {
    let _: fn(&Token) = Token::buy;
}
