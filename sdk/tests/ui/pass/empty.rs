//! The least that is a contract.

use lockstep_sdk::prelude::*;

#[storage]
struct Empty;

#[contract]
impl Empty {}

fn main() {}
