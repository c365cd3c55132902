//! Does not compile: error code twice.

use lockstep_sdk::prelude::*;

#[error]
enum Error {
    No = 1,
    Never { why: u8 } = 1,
}

fn main() {}
