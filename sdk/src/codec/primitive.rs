//! Integers, booleans, bytes and the chain's own types.

use alloc::vec::Vec;

use lockstep_abi::{Address, Amount, Hash, Height, Time};

use super::{Decode, Encode, Input, Malformed, Output};

macro_rules! integers {
    ($($type:ty)+) => {$(
        impl Encode for $type {
            const SIZE: Option<usize> = Some(size_of::<Self>());

            #[inline(always)]
            fn encode(&self, out: &mut impl Output) {
                out.write(&self.to_le_bytes());
            }
        }

        impl Decode for $type {
            #[inline(always)]
            fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
                input.array().map(Self::from_le_bytes)
            }
        }
    )+};
}

integers!(u16 u32 u64 u128 i8 i16 i32 i64 i128);

impl Encode for u8 {
    const SIZE: Option<usize> = Some(1);

    #[inline(always)]
    fn encode(&self, out: &mut impl Output) {
        out.write(&[*self]);
    }

    #[inline(always)]
    fn encode_all(values: &[Self], out: &mut impl Output) {
        out.write(values);
    }
}

impl Decode for u8 {
    #[inline(always)]
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        input.array().map(|[byte]| byte)
    }

    #[inline(always)]
    fn decode_vec(count: usize, input: &mut Input<'_>) -> Result<Vec<Self>, Malformed> {
        input.take(count).map(super::copy)
    }

    #[inline(always)]
    fn decode_array<const N: usize>(input: &mut Input<'_>) -> Result<[Self; N], Malformed> {
        input.array()
    }
}

impl Encode for bool {
    const SIZE: Option<usize> = Some(1);

    #[inline(always)]
    fn encode(&self, out: &mut impl Output) {
        out.write(&[u8::from(*self)]);
    }
}

impl Decode for bool {
    #[inline(always)]
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        match u8::decode(input)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }
}

/// Types that are written as the one value inside them.
macro_rules! wrappers {
    ($($type:ident($inner:ty))+) => {$(
        impl Encode for $type {
            const SIZE: Option<usize> = <$inner>::SIZE;

            #[inline(always)]
            fn encode(&self, out: &mut impl Output) {
                self.0.encode(out);
            }
        }

        impl Decode for $type {
            #[inline(always)]
            fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
                <$inner>::decode(input).map(Self)
            }
        }
    )+};
}

wrappers!(Address([u8; 32]) Hash([u8; 32]) Amount(u128) Height(u64) Time(u64));
