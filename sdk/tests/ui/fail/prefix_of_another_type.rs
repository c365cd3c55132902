//! Does not compile: a prefix that no key begins with.

use lockstep_sdk::prelude::*;

#[storage]
struct Market {
    offers: OrdMap<(u128, Address), u64>,
}

#[contract]
impl Market {
    pub fn of(&self, seller: Address) -> Vec<u64> {
        self.offers.prefix(&seller).map(|(_, amount)| amount).collect()
    }
}

fn main() {}
