use lockstep_sdk::prelude::*;

#[error]
enum Error {
    No = 1 + 1,
}

fn main() {}
