//! Does not compile: data that borrows.

use lockstep_sdk::prelude::*;

#[derive(Data)]
struct Name<'a>(&'a str);

fn main() {}
