use lockstep_sdk::prelude::*;

#[derive(Data)]
enum Kind {
    A = 5,
}

fn main() {}
