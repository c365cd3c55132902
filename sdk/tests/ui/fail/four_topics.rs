//! Does not compile: four topics.

use lockstep_sdk::prelude::*;

#[event]
struct Sent {
    #[topic]
    a: u8,
    #[topic]
    b: u8,
    #[topic]
    c: u8,
    #[topic]
    d: u8,
}

fn main() {}
