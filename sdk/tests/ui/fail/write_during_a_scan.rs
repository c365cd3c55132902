//! Does not compile: a write to what is being read.

use lockstep_sdk::prelude::*;

#[storage]
struct Market {
    offers: OrdMap<u128, Address>,
}

#[contract]
impl Market {
    pub fn clear(&mut self) {
        for (price, _) in self.offers.range(..).take(10) {
            self.offers.remove(&price);
        }
    }
}

fn main() {}
