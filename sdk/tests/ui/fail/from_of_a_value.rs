//! Does not compile: a value taken in as errors.

use lockstep_sdk::prelude::*;

#[error]
enum Error {
    #[from]
    Code(u32),
}

fn main() {}
