//! Does not compile: an error code that is kept for errors of all contracts.

use lockstep_sdk::prelude::*;

#[error]
enum Error {
    No = 0xFFFF_FF00,
}

fn main() {}
