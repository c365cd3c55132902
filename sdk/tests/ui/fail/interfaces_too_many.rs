//! Does not compile: more interfaces than tools look at.

use lockstep_sdk::prelude::*;

#[storage]
struct Kiosk {
    sold: Cell<u64>,
}

macro_rules! kiosk {
    ($($name:ident),*) => {
        $(
            #[interface]
            trait $name {}

            #[contract]
            impl $name for Kiosk {}
        )*

        #[contract(implements($($name),*))]
        impl Kiosk {}
    };
}

kiosk!(
    I0, I1, I2, I3, I4, I5, I6, I7, I8, I9, I10,
    I11, I12, I13, I14, I15, I16, I17, I18, I19, I20, I21,
    I22, I23, I24, I25, I26, I27, I28, I29, I30, I31, I32
);

// A module for the chain has the section, and so do tests.
const _: &[u8] = Kiosk::INTERFACES;

fn main() {}
