//! Does not compile: data with a number.

use lockstep_sdk::prelude::*;

#[derive(Data)]
enum Kind {
    A = 5,
}

fn main() {}
