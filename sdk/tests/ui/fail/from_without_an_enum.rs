//! Does not compile: errors taken in from nowhere.

use lockstep_sdk::prelude::*;

#[error]
enum Error {
    TooLate = 1,
    #[from]
    Pause,
}

fn main() {}
