//! Lists, texts, arrays, optional values and references.

use alloc::{string::String, vec::Vec};

use super::{Decode, Encode, Input, Malformed, Output, sum_of_sizes, utf8};

/// The length of a list. A list of more than 2^32 elements does not fit the memory of a contract.
#[inline(always)]
fn encode_count(count: usize, out: &mut impl Output) {
    out.write(&(count as u32).to_le_bytes());
}

const fn times(size: Option<usize>, count: usize) -> Option<usize> {
    match size {
        Some(size) => Some(size * count),
        None => None,
    }
}

impl<T: Encode> Encode for [T] {
    const SIZE: Option<usize> = None;

    #[inline(always)]
    fn encode(&self, out: &mut impl Output) {
        encode_count(self.len(), out);
        T::encode_all(self, out);
    }
}

impl<T: Encode> Encode for Vec<T> {
    const SIZE: Option<usize> = None;

    #[inline(always)]
    fn encode(&self, out: &mut impl Output) {
        self.as_slice().encode(out);
    }
}

impl<T: Decode> Decode for Vec<T> {
    #[inline(always)]
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        const { assert!(!matches!(T::SIZE, Some(0)), "a list of values without bytes has no bound") };
        let count = input.count()?;
        T::decode_vec(count, input)
    }
}

impl Encode for str {
    const SIZE: Option<usize> = None;

    #[inline(always)]
    fn encode(&self, out: &mut impl Output) {
        self.as_bytes().encode(out);
    }
}

impl Encode for String {
    const SIZE: Option<usize> = None;

    #[inline(always)]
    fn encode(&self, out: &mut impl Output) {
        self.as_str().encode(out);
    }
}

impl Decode for String {
    // Not inlined: a contract reads several texts, and the check is long.
    #[inline(never)]
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        utf8::check(Vec::decode(input)?)
    }
}

impl<T: Encode, const N: usize> Encode for [T; N] {
    const SIZE: Option<usize> = times(T::SIZE, N);
    const MAX_SIZE: Option<usize> = times(T::MAX_SIZE, N);

    #[inline(always)]
    fn encode(&self, out: &mut impl Output) {
        T::encode_all(self, out);
    }
}

impl<T: Decode, const N: usize> Decode for [T; N] {
    #[inline(always)]
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        T::decode_array(input)
    }
}

impl<T: Encode> Encode for Option<T> {
    const SIZE: Option<usize> = None;
    const MAX_SIZE: Option<usize> = sum_of_sizes(&[Some(1), T::MAX_SIZE]);

    #[inline(always)]
    fn encode(&self, out: &mut impl Output) {
        match self {
            None => out.write(&[0]),
            Some(value) => {
                out.write(&[1]);
                value.encode(out);
            }
        }
    }
}

impl<T: Decode> Decode for Option<T> {
    #[inline(always)]
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        if bool::decode(input)? { T::decode(input).map(Some) } else { Ok(None) }
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    const SIZE: Option<usize> = T::SIZE;
    const MAX_SIZE: Option<usize> = T::MAX_SIZE;

    #[inline(always)]
    fn encode(&self, out: &mut impl Output) {
        (**self).encode(out);
    }
}
