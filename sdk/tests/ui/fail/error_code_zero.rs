//! Does not compile: error code zero.

use lockstep_sdk::prelude::*;

#[error]
enum Error {
    No = 0,
}

fn main() {}
