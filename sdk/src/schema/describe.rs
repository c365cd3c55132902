//! What each type looks like in the interface.

use alloc::{string::String, vec::Vec};

use lockstep_abi::{Address, Amount, Hash, Height, Time};

use super::Type;

/// A type that the interface can describe. Derived with [`Data`](macro@crate::Data).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument, a result or a stored value",
    label = "has no description",
    note = "put `#[derive(Data)]` on its definition; arguments are owned: `String`, not `&str`"
)]
pub trait Describe {
    /// The description.
    const TYPE: Type;
}

macro_rules! plain {
    ($($type:ty => $description:ident,)+) => {
        $(impl Describe for $type { const TYPE: Type = Type::$description; })+
    };
}

plain! {
    () => Unit,
    bool => Bool,
    u8 => U8,
    u16 => U16,
    u32 => U32,
    u64 => U64,
    u128 => U128,
    i8 => I8,
    i16 => I16,
    i32 => I32,
    i64 => I64,
    i128 => I128,
    String => String,
    Address => Address,
    Hash => Hash,
    Amount => Amount,
    Height => U64,
    Time => Time,
}

impl<T: Describe> Describe for Vec<T> {
    const TYPE: Type = match T::TYPE {
        Type::U8 => Type::Bytes,
        _ => Type::List(&T::TYPE),
    };
}

impl<T: Describe, const N: usize> Describe for [T; N] {
    // An array of other things than bytes is a tuple of equal parts: the interface has no word for it.
    const TYPE: Type = match T::TYPE {
        Type::U8 => Type::FixedBytes(N as u32),
        _ => Type::Tuple(&[T::TYPE; N]),
    };
}

impl<T: Describe> Describe for Option<T> {
    const TYPE: Type = Type::Option(&T::TYPE);
}

macro_rules! tuples {
    ($(($($name:ident),+))+) => {
        $(impl<$($name: Describe),+> Describe for ($($name,)+) {
            const TYPE: Type = Type::Tuple(&[$($name::TYPE),+]);
        })+
    };
}

tuples! {
    (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F)
    (A, B, C, D, E, F, G) (A, B, C, D, E, F, G, H)
}
