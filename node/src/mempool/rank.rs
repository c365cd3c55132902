//! What a transaction is worth among others: the one order that blocks are filled and room is made by.

use std::cmp::Reverse;

use lockstep_abi::{Address, GasPrice, Nonce};

/// Gas price, then arrival; the cheapest, and among equals the youngest, is the least. It names its
/// transaction too, so that a set of ranks is an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) gas_price: GasPrice,
    arrival: Reverse<u64>,
    pub(super) sender: Address,
    pub(super) nonce: Nonce,
}

impl Rank {
    pub(super) const fn new(gas_price: GasPrice, arrival: u64, sender: Address, nonce: Nonce) -> Self {
        Self { gas_price, arrival: Reverse(arrival), sender, nonce }
    }
}
