//! Does not compile: two names with one hash.

use lockstep_sdk::prelude::*;

// A known collision of FNV-1a.
#[storage]
struct Film {
    costarring: Cell<u8>,
    liquid: Cell<u8>,
}

fn main() {}
