//! Does not compile: error with a computed code.

use lockstep_sdk::prelude::*;

#[error]
enum Error {
    No = 1 + 1,
}

fn main() {}
