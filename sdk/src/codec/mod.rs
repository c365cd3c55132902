//! Values as bytes, in the format of borsh, with as little code as it takes.
//!
//! The `borsh` crate would double a small contract. Every type here encodes to the same bytes as it does
//! (a property test compares them); each value has one form, and decoding refuses all others.
//!
//! Nearly all functions here are inlined whatever the size costs: of a value whose size is known, nothing is left
//! then but a few loads and stores, while optimising for size keeps each as a call (measured on the token:
//! 18.0 kB with calls, 10.7 kB inlined; 8.8 kB when the long ones are calls again).
//!
//! Keys of storage are not written in this form, since it is little-endian and does not sort: see
//! [`Key`](crate::Key).

mod collection;
mod io;
mod primitive;
mod scratch;
mod tuple;
mod utf8;

use alloc::vec::Vec;

pub use io::{Input, Output};
pub(crate) use scratch::{Cursor, SCRATCH_BYTES, Scratch, allocate, copy, is_short, scratch, with_encoded};
pub(crate) use utf8::check as text;

/// The bytes are not a value of the type: truncated, out of range, or with bytes left over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// A value that can be written. Derived with [`Data`](macro@crate::Data).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument, a result or a stored value",
    label = "has no encoding",
    note = "put `#[derive(Data)]` on its definition"
)]
pub trait Encode {
    /// The number of bytes, if all values of the type have the same.
    const SIZE: Option<usize>;
    /// The number of bytes of the longest value, if there is one.
    const MAX_SIZE: Option<usize> = Self::SIZE;

    /// Writes the value.
    fn encode(&self, out: &mut impl Output);

    /// Writes values one after the other. Bytes do it in one step.
    #[doc(hidden)]
    #[inline(always)]
    fn encode_all(values: &[Self], out: &mut impl Output)
    where
        Self: Sized,
    {
        for value in values {
            value.encode(out);
        }
    }
}

/// A value that can be read. Derived with [`Data`](macro@crate::Data).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument, a result or a stored value",
    label = "cannot be decoded",
    note = "put `#[derive(Data)]` on its definition; arguments are owned: `String`, not `&str`"
)]
pub trait Decode: Encode + Sized {
    /// Reads a value from the front of `input`.
    ///
    /// # Errors
    /// [`Malformed`] if there is none.
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed>;

    /// Reads `count` values, at most one for each byte that is left. Bytes do it in one step.
    #[doc(hidden)]
    #[inline(always)]
    fn decode_vec(count: usize, input: &mut Input<'_>) -> Result<Vec<Self>, Malformed> {
        // `count` is the sender's claim; it is at most the number of bytes that were sent.
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(Self::decode(input)?);
        }
        Ok(values)
    }

    /// Reads `N` values. Bytes do it in one step.
    #[doc(hidden)]
    #[inline(always)]
    fn decode_array<const N: usize>(input: &mut Input<'_>) -> Result<[Self; N], Malformed> {
        let values: [Result<Self, Malformed>; N] = core::array::from_fn(|_| Self::decode(input));
        if values.iter().any(Result::is_err) {
            return Err(Malformed);
        }
        Ok(values.map(|value| match value {
            Ok(value) => value,
            Err(Malformed) => crate::host::trap("checked above"),
        }))
    }
}

/// What arguments, results, stored values and fields of events and errors are made of.
///
/// Not implemented by hand: `#[derive(Data)]` gives its three parts.
pub trait Data: Encode + Decode + crate::schema::Describe {}

impl<T: Encode + Decode + crate::schema::Describe> Data for T {}

/// The bytes of a value.
#[must_use]
pub fn encode<T: Encode + ?Sized>(value: &T) -> Vec<u8> {
    scratch::encode(value)
}

/// The value that `bytes` encode; all of them.
///
/// # Errors
/// [`Malformed`] if they do not, or if bytes are left over.
#[inline(always)]
pub fn decode<T: Decode>(bytes: &[u8]) -> Result<T, Malformed> {
    let mut input = Input::new(bytes);
    let value = T::decode(&mut input)?;
    if input.is_empty() { Ok(value) } else { Err(Malformed) }
}

/// The largest size, if each has one.
#[doc(hidden)]
#[must_use]
pub const fn max_of_sizes(sizes: &[Option<usize>]) -> Option<usize> {
    let mut max = 0;
    let mut at = 0;
    while at < sizes.len() {
        match sizes[at] {
            Some(size) if size > max => max = size,
            Some(_) => {}
            None => return None,
        }
        at += 1;
    }
    Some(max)
}

/// The size of values one after the other, if each has one.
#[doc(hidden)]
#[must_use]
pub const fn sum_of_sizes(sizes: &[Option<usize>]) -> Option<usize> {
    let mut sum = 0;
    let mut at = 0;
    while at < sizes.len() {
        match sizes[at] {
            Some(size) => sum += size,
            None => return None,
        }
        at += 1;
    }
    Some(sum)
}
