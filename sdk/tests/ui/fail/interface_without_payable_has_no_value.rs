//! Does not compile: value for an interface without payable methods.

use lockstep_sdk::prelude::*;

#[interface]
trait Shop {
    fn buy(&mut self);
}

fn visit(shop: Address) {
    ShopRef::at(shop).value(Amount(7)).buy();
}

fn main() {}
