//! Values described by a schema, from and to JSON.
//!
//! This is what lets a command line, a web page or another language call any contract by names. Nothing
//! here is part of consensus: a node may show values as it likes, the bytes decide.
//!
//! | type | JSON | also read |
//! |---|---|---|
//! | `()` | `null` | |
//! | `bool` | `true`, `false` | |
//! | `u8` to `u32`, `i8` to `i32` | a number | a decimal string |
//! | `u64`, `u128`, `i64`, `i128`, `Amount` | a decimal string | a whole number |
//! | `Time` | a decimal string of milliseconds since 1970 | a whole number |
//! | `String` | a string | |
//! | `Bytes`, `[u8; N]` | hexadecimal digits | the same after `0x` |
//! | `Hash` | 64 hexadecimal digits | the same after `0x` |
//! | `Address` | `"ls1..."` | |
//! | `Option<T>` | `null`, or the value of `T` | |
//! | `Option<T>` if `T` itself may be `null` | `null`, or `{"some": value}` | |
//! | `Vec<T>`, tuples | an array | |
//! | struct | an object, by field name | |
//! | variant without fields | `"Name"` | `{"Name": {}}` |
//! | variant with fields | `{"Name": {..}}`, by field name | |
//!
//! Start at [`encode_args`] for calling a method, [`decode_value`] for its result, [`decode_event`] and
//! [`explain_error`] for what came back.

mod decode;
mod encode;
mod error;
mod example;
mod explain;
mod suggest;

pub use decode::{decode_args, decode_value};
pub use encode::{encode_args, encode_topic, encode_value};
pub use error::{JsonError, Part, Problem};
pub use example::{example, example_args};
pub use explain::{Explained, decode_event, explain_error};
pub use suggest::closest;

use super::Type;

/// The key of a value inside an `Option` whose `null` would not say how deep it is.
const SOME: &str = "some";

/// Whether a value of this type may be `null`, so that an option of it must say which one is missing.
const fn may_be_null(ty: &Type) -> bool {
    matches!(ty, Type::Unit | Type::Option(_))
}
