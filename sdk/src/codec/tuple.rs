//! Tuples: their values one after the other. A method's arguments are one.

use super::{Decode, Encode, Input, Malformed, Output, sum_of_sizes};

impl Encode for () {
    const SIZE: Option<usize> = Some(0);

    #[inline(always)]
    fn encode(&self, _: &mut impl Output) {}
}

impl Decode for () {
    #[inline(always)]
    fn decode(_: &mut Input<'_>) -> Result<Self, Malformed> {
        Ok(())
    }
}

macro_rules! tuples {
    ($(($($name:ident),+))+) => {$(
        impl<$($name: Encode),+> Encode for ($($name,)+) {
            const SIZE: Option<usize> = sum_of_sizes(&[$($name::SIZE),+]);
            const MAX_SIZE: Option<usize> = sum_of_sizes(&[$($name::MAX_SIZE),+]);

            #[inline(always)]
            #[allow(non_snake_case, reason = "one name for a type and its value")]
            fn encode(&self, out: &mut impl Output) {
                let ($($name,)+) = self;
                $($name.encode(out);)+
            }
        }

        impl<$($name: Decode),+> Decode for ($($name,)+) {
            #[inline(always)]
            fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
                Ok(($($name::decode(input)?,)+))
            }
        }
    )+};
}

// A method has at most eight arguments; so a tuple has at most eight values.
tuples! {
    (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F)
    (A, B, C, D, E, F, G) (A, B, C, D, E, F, G, H)
}
