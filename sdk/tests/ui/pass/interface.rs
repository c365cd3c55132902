//! All that interfaces may have, and contracts that have them, where every warning is forbidden.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, dead_code)]

use lockstep_sdk::{interface::RefError, prelude::*};

/// Why not.
#[error]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// No.
    No = 1,
}

/// Sells.
#[interface]
pub trait Shop {
    /// Buys one.
    ///
    /// # Errors
    /// Always.
    #[payable]
    fn buy(&mut self, r#type: String, number: u64) -> Result<u128, Error>;

    /// What one costs.
    #[must_use]
    fn price(&self) -> Amount;

    /// Nothing.
    fn nothing(&self);

    #[cfg(any())]
    fn never(&self, x: DoesNotExist) -> Neither;
}

/// In a module of its own, and not for others.
mod inner {
    use lockstep_sdk::prelude::*;

    #[interface]
    pub(crate) trait Lamp {
        fn turn(&mut self, on: bool);
    }

    /// Nobody has it.
    #[interface]
    trait Empty {}
}

/// Has both.
#[storage]
#[derive(Debug)]
pub struct Kiosk {
    lit: Cell<bool>,
}

#[contract(implements(inner::Lamp, Shop))]
impl Kiosk {
    /// Opens.
    #[init]
    pub fn new(&mut self) {}
}

#[contract]
impl Shop for Kiosk {
    #[payable]
    #[reentrant]
    fn buy(&mut self, _: String, number: u64) -> Result<u128, Error> {
        if number == 0 { Err(Error::No) } else { Ok(number.into()) }
    }

    fn price(&self) -> Amount {
        Amount(7)
    }

    fn nothing(&self) {}
}

#[contract]
impl inner::Lamp for Kiosk {
    fn turn(&mut self, on: bool) {
        self.lit.set(on);
    }
}

/// Calls one.
///
/// # Errors
/// The shop's.
pub fn visit(shop: Address) -> Result<u128, Error> {
    let shop = ShopRef::at(shop).gas(Gas::mega(5));
    shop.nothing();
    match shop.value(shop.price()).try_buy("tea".into(), 1) {
        Err(RefError::Error(Error::No)) => shop.buy("salt".into(), 1),
        Err(RefError::Other { .. } | RefError::Halted { .. } | RefError::BadAnswer) => Ok(0),
        Ok(bought) => Ok(bought),
    }
}

/// Turns all lamps on.
pub fn light(lamps: &[Address]) {
    for lamp in lamps {
        inner::LampRef::at(*lamp).turn(true);
    }
}

fn main() {
    assert!(Kiosk::SCHEMA.windows(5).any(|name| name == b"price"));
    assert!(!Kiosk::SCHEMA.windows(5).any(|name| name == b"never"));
    assert!(Kiosk::INTERFACES.windows(4).any(|name| name == b"Shop"));
    let _ = (visit, light);
}
