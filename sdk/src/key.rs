//! Keys of maps as bytes that sort as the values do.
//!
//! The encoding is not borsh, which is little-endian. It is prefix-free (no key's bytes begin another's),
//! so that the parts of a tuple and whole fields never run into each other, and it does not depend on
//! the contract: a tool that knows the schema can read a contract's storage.
//!
//! | type | bytes |
//! |---|---|
//! | `u8` to `u128`, [`Amount`], [`Height`], [`Time`] | big-endian |
//! | `i8` to `i128` | big-endian with the sign bit flipped |
//! | `bool` | 0 or 1 |
//! | [`Address`], [`Hash`], `[u8; N]` | as they are |
//! | `String`, `Vec<u8>` | the bytes, 0 as `1 1` and 1 as `1 2`, and a 0 at the end |
//! | `Option` | 0, or 1 and the value |
//! | tuples | their parts |
//!
//! A key and its field's prefix have at most 256 bytes together; a longer one traps. Each key has one form, so
//! that what a scan finds reads back as the key that was written.

use alloc::{string::String, vec::Vec};

use lockstep_abi::{Address, Amount, Hash, Height, Time};

use crate::{
    codec::{self, Decode, Input, Malformed, Output},
    schema::Describe,
};

/// A type that a map can be keyed by.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a map",
    label = "has no encoding that sorts",
    note = "keys are integers, `bool`, `Address`, `Hash`, `Time`, `[u8; N]`, `String`, `Vec<u8>`, and `Option`s and tuples of them"
)]
pub trait Key: Describe + Sized {
    /// Writes the key.
    fn encode_key(&self, out: &mut impl Output);

    /// Reads a key from the front of `input`.
    ///
    /// # Errors
    /// [`Malformed`] if there is none.
    fn decode_key(input: &mut Input<'_>) -> Result<Self, Malformed>;
}

/// What keys of the type `K` begin with: the first parts of a tuple, the first letters of a text.
///
/// ```
/// # use lockstep_sdk::KeyPrefix;
/// fn scanned<K, P: KeyPrefix<K> + ?Sized>(_: &P) {}
/// scanned::<(u8, u64), _>(&7_u8);
/// scanned::<(u8, u64, bool), _>(&(7_u8, 9_u64));
/// scanned::<String, _>("ali");
/// ```
#[diagnostic::on_unimplemented(
    message = "keys of the type `{K}` do not begin with a `{Self}`",
    label = "is not how these keys begin",
    note = "a tuple begins with its first parts: `(A, B, C)` with `A` or `(A, B)`; a `String` with a `str`, a `Vec<u8>` with a `[u8]`"
)]
pub trait KeyPrefix<K> {
    /// Writes what the keys begin with.
    fn encode_prefix(&self, out: &mut impl Output);
}

macro_rules! unsigned {
    ($($type:ty)+) => {$(
        impl Key for $type {
            #[inline(always)]
            fn encode_key(&self, out: &mut impl Output) {
                out.write(&self.to_be_bytes());
            }

            #[inline(always)]
            fn decode_key(input: &mut Input<'_>) -> Result<Self, Malformed> {
                input.array().map(Self::from_be_bytes)
            }
        }
    )+};
}

macro_rules! signed {
    ($($type:ty)+) => {$(
        impl Key for $type {
            #[inline(always)]
            fn encode_key(&self, out: &mut impl Output) {
                out.write(&(*self ^ Self::MIN).to_be_bytes());
            }

            #[inline(always)]
            fn decode_key(input: &mut Input<'_>) -> Result<Self, Malformed> {
                input.array().map(|bytes| Self::from_be_bytes(bytes) ^ Self::MIN)
            }
        }
    )+};
}

unsigned!(u8 u16 u32 u64 u128);
signed!(i8 i16 i32 i64 i128);

impl Key for bool {
    #[inline(always)]
    fn encode_key(&self, out: &mut impl Output) {
        out.write(&[u8::from(*self)]);
    }

    #[inline(always)]
    fn decode_key(input: &mut Input<'_>) -> Result<Self, Malformed> {
        // One byte has one order.
        Self::decode(input)
    }
}

/// Types whose keys are those of the one value inside them.
macro_rules! wrappers {
    ($($type:ident)+) => {$(
        impl Key for $type {
            #[inline(always)]
            fn encode_key(&self, out: &mut impl Output) {
                self.0.encode_key(out);
            }

            #[inline(always)]
            fn decode_key(input: &mut Input<'_>) -> Result<Self, Malformed> {
                Key::decode_key(input).map(Self)
            }
        }
    )+};
}

wrappers!(Address Hash Amount Height Time);

impl<const N: usize> Key for [u8; N] {
    #[inline(always)]
    fn encode_key(&self, out: &mut impl Output) {
        out.write(self);
    }

    #[inline(always)]
    fn decode_key(input: &mut Input<'_>) -> Result<Self, Malformed> {
        input.array()
    }
}

impl Key for Vec<u8> {
    #[inline(always)]
    fn encode_key(&self, out: &mut impl Output) {
        encode_bytes(self, out);
    }

    #[inline(always)]
    fn decode_key(input: &mut Input<'_>) -> Result<Self, Malformed> {
        decode_bytes(input)
    }
}

impl Key for String {
    #[inline(always)]
    fn encode_key(&self, out: &mut impl Output) {
        encode_bytes(self.as_bytes(), out);
    }

    #[inline(always)]
    fn decode_key(input: &mut Input<'_>) -> Result<Self, Malformed> {
        codec::text(decode_bytes(input)?)
    }
}

impl<K: Key> Key for Option<K> {
    #[inline(always)]
    fn encode_key(&self, out: &mut impl Output) {
        match self {
            None => out.write(&[0]),
            Some(key) => {
                out.write(&[1]);
                key.encode_key(out);
            }
        }
    }

    #[inline(always)]
    fn decode_key(input: &mut Input<'_>) -> Result<Self, Malformed> {
        if bool::decode(input)? { K::decode_key(input).map(Some) } else { Ok(None) }
    }
}

macro_rules! tuples {
    ($(($($name:ident),+))+) => {$(
        impl<$($name: Key),+> Key for ($($name,)+) {
            #[inline(always)]
            #[allow(non_snake_case, reason = "one name for a type and its value")]
            fn encode_key(&self, out: &mut impl Output) {
                let ($($name,)+) = self;
                $($name.encode_key(out);)+
            }

            #[inline(always)]
            fn decode_key(input: &mut Input<'_>) -> Result<Self, Malformed> {
                Ok(($($name::decode_key(input)?,)+))
            }
        }
    )+};
}

tuples! { (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) }

/// Tuples of which some parts are left out at the end.
macro_rules! prefixes {
    ($(($($name:ident),+) of ($($all:ident),+))+) => {$(
        impl<$($all: Key),+> KeyPrefix<($($all,)+)> for ($($name,)+) {
            #[inline(always)]
            fn encode_prefix(&self, out: &mut impl Output) {
                self.encode_key(out);
            }
        }
    )+};
}

prefixes! {
    (A, B) of (A, B, C)
    (A, B) of (A, B, C, D)
    (A, B, C) of (A, B, C, D)
}

/// The first part alone needs no tuple around it.
macro_rules! first_parts {
    ($(($first:ident $(, $rest:ident)+))+) => {$(
        impl<$first: Key $(, $rest: Key)+> KeyPrefix<($first, $($rest,)+)> for $first {
            #[inline(always)]
            fn encode_prefix(&self, out: &mut impl Output) {
                self.encode_key(out);
            }
        }
    )+};
}

first_parts! { (A, B) (A, B, C) (A, B, C, D) }

impl KeyPrefix<Vec<u8>> for [u8] {
    #[inline(always)]
    fn encode_prefix(&self, out: &mut impl Output) {
        escape(self, out);
    }
}

impl KeyPrefix<String> for str {
    #[inline(always)]
    fn encode_prefix(&self, out: &mut impl Output) {
        escape(self.as_bytes(), out);
    }
}

fn encode_bytes(bytes: &[u8], out: &mut impl Output) {
    escape(bytes, out);
    // Less than all that may stand in its place, so that a text sorts before its continuations.
    out.write(&[0]);
}

fn escape(bytes: &[u8], out: &mut impl Output) {
    for byte in bytes {
        match byte {
            0 => out.write(&[1, 1]),
            1 => out.write(&[1, 2]),
            byte => out.write(&[*byte]),
        }
    }
}

fn decode_bytes(input: &mut Input<'_>) -> Result<Vec<u8>, Malformed> {
    let mut bytes = Vec::new();
    loop {
        match u8::decode(input)? {
            0 => return Ok(bytes),
            1 => match u8::decode(input)? {
                1 => bytes.push(0),
                2 => bytes.push(1),
                _ => return Err(Malformed),
            },
            byte => bytes.push(byte),
        }
    }
}
