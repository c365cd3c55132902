//! Does not compile: a code for errors that have codes.

use lockstep_sdk::{component::pausable, prelude::*};

#[error]
enum Error {
    #[from]
    Pause(pausable::Error) = 7,
}

fn main() {}
