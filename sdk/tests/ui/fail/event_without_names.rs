use lockstep_sdk::prelude::*;

#[event]
struct Sent(u8);

fn main() {}
