//! Keys of maps as bytes that sort as the values do.
//!
//! The encoding is not borsh, which is little-endian. It is prefix-free (no key's bytes begin another's),
//! so that the parts of a tuple and whole fields never run into each other, and it does not depend on
//! the contract: a tool that knows the schema can read a contract's storage.
//!
//! | type | bytes |
//! |---|---|
//! | `u8` to `u128`, [`Amount`], [`Height`] | big-endian |
//! | `i8` to `i128` | big-endian with the sign bit flipped |
//! | `bool` | 0 or 1 |
//! | [`Address`], [`Hash`], `[u8; N]` | as they are |
//! | `String`, `Vec<u8>` | the bytes, 0 as `1 1` and 1 as `1 2`, and a 0 at the end |
//! | `Option` | 0, or 1 and the value |
//! | tuples | their parts |
//!
//! A key and its field's prefix have at most 256 bytes together; a longer one traps.

use alloc::{string::String, vec::Vec};

use lockstep_abi::{Address, Amount, Hash, Height};

use crate::{codec::Output, schema::Describe};

/// A type that a map can be keyed by.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a map",
    label = "has no encoding that sorts",
    note = "keys are integers, `bool`, `Address`, `Hash`, `[u8; N]`, `String`, `Vec<u8>`, and `Option`s and tuples of them"
)]
pub trait Key: Describe {
    /// Writes the key.
    fn encode_key(&self, out: &mut impl Output);
}

macro_rules! unsigned {
    ($($type:ty)+) => {$(
        impl Key for $type {
            #[inline(always)]
            fn encode_key(&self, out: &mut impl Output) {
                out.write(&self.to_be_bytes());
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
}

impl Key for Amount {
    #[inline(always)]
    fn encode_key(&self, out: &mut impl Output) {
        self.0.encode_key(out);
    }
}

impl Key for Height {
    #[inline(always)]
    fn encode_key(&self, out: &mut impl Output) {
        self.0.encode_key(out);
    }
}

impl Key for Address {
    #[inline(always)]
    fn encode_key(&self, out: &mut impl Output) {
        out.write(&self.0);
    }
}

impl Key for Hash {
    #[inline(always)]
    fn encode_key(&self, out: &mut impl Output) {
        out.write(&self.0);
    }
}

impl<const N: usize> Key for [u8; N] {
    #[inline(always)]
    fn encode_key(&self, out: &mut impl Output) {
        out.write(self);
    }
}

impl Key for Vec<u8> {
    #[inline(always)]
    fn encode_key(&self, out: &mut impl Output) {
        encode_bytes(self, out);
    }
}

impl Key for String {
    #[inline(always)]
    fn encode_key(&self, out: &mut impl Output) {
        encode_bytes(self.as_bytes(), out);
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
        }
    )+};
}

tuples! { (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) }

fn encode_bytes(bytes: &[u8], out: &mut impl Output) {
    for byte in bytes {
        match byte {
            0 => out.write(&[1, 1]),
            1 => out.write(&[1, 2]),
            byte => out.write(&[*byte]),
        }
    }
    // Less than all that may stand in its place, so that a text sorts before its continuations.
    out.write(&[0]);
}
