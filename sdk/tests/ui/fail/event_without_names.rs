//! Does not compile: event without names.

use lockstep_sdk::prelude::*;

#[event]
struct Sent(u8);

fn main() {}
