//! Does not compile: error without a code.

use lockstep_sdk::prelude::*;

#[error]
enum Error {
    No = 1,
    Never,
}

fn main() {}
