//! An example of a type in JSON, for help and for error messages.
//!
//! It is written into a text of limited length, and writing stops there: a type of a few bytes may ask for
//! four billion digits.

use alloc::string::String;
use core::fmt::{self, Write};

use super::{SOME, may_be_null};
use crate::{
    Address, Hash,
    schema::{Field, Method, Type},
};

/// Characters of an example for help.
const MAX_EXAMPLE: usize = 4096;

/// JSON that is a value of this type. It ends in `…` if the whole would have over 4096 characters.
#[must_use]
pub fn example(ty: &Type) -> String {
    example_up_to(ty, MAX_EXAMPLE)
}

/// JSON with which a method can be called: an object by argument name. It ends in `…` as [`example`] does.
#[must_use]
pub fn example_args(method: &Method) -> String {
    cut(MAX_EXAMPLE, |f| write_fields(&method.args, f))
}

pub(super) fn example_up_to(ty: &Type, limit: usize) -> String {
    cut(limit, |f| write_example(ty, f))
}

/// What `write` writes, up to `limit` characters; an ellipsis says that there is more.
pub(super) fn cut(limit: usize, write: impl FnOnce(&mut Cut) -> fmt::Result) -> String {
    let mut cut = Cut { text: String::new(), left: limit };
    if write(&mut cut).is_err() {
        cut.text.push('…');
    }
    cut.text
}

/// A text that refuses more than its limit, and so stops whoever writes.
pub(super) struct Cut {
    text: String,
    left: usize,
}

impl Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| self.write_char(c))
    }

    fn write_char(&mut self, c: char) -> fmt::Result {
        self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
        self.text.push(c);
        Ok(())
    }
}

fn write_example(ty: &Type, f: &mut Cut) -> fmt::Result {
    match ty {
        Type::Unit => f.write_str("null"),
        Type::Bool => f.write_str("true"),
        Type::U8 | Type::U16 | Type::U32 => f.write_str("7"),
        Type::I8 | Type::I16 | Type::I32 => f.write_str("-7"),
        Type::U64 | Type::U128 | Type::Amount => f.write_str("\"1000\""),
        Type::Time => f.write_str("\"1767225600000\""),
        Type::I64 | Type::I128 => f.write_str("\"-1000\""),
        Type::String => f.write_str("\"text\""),
        Type::Bytes => f.write_str("\"00ff\""),
        Type::FixedBytes(length) => {
            f.write_str("\"")?;
            (0..*length).try_for_each(|_| f.write_str("00"))?;
            f.write_str("\"")
        }
        Type::Address => write!(f, "\"{}\"", Address::default()),
        Type::Hash => write!(f, "\"{}\"", Hash::default()),
        Type::Option(inner) if may_be_null(inner) => {
            write!(f, "{{\"{SOME}\": ")?;
            write_example(inner, f)?;
            f.write_str("}")
        }
        Type::Option(inner) => write_example(inner, f),
        Type::List(inner) => write_list(core::slice::from_ref(&**inner), f),
        Type::Tuple(types) => write_list(types, f),
        Type::Struct { fields, .. } => write_fields(fields, f),
        Type::Enum { variants, .. } => match variants.first() {
            None => f.write_str("nothing: it has no variants"),
            Some(variant) if variant.fields.is_empty() => write!(f, "{:?}", variant.name),
            Some(variant) => {
                write!(f, "{{{:?}: ", variant.name)?;
                write_fields(&variant.fields, f)?;
                f.write_str("}")
            }
        },
    }
}

fn write_list(types: &[Type], f: &mut Cut) -> fmt::Result {
    f.write_str("[")?;
    for (index, ty) in types.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { ", " })?;
        write_example(ty, f)?;
    }
    f.write_str("]")
}

fn write_fields(fields: &[Field], f: &mut Cut) -> fmt::Result {
    f.write_str("{")?;
    for (index, field) in fields.iter().enumerate() {
        write!(f, "{}{:?}: ", if index == 0 { "" } else { ", " }, field.name)?;
        write_example(&field.ty, f)?;
    }
    f.write_str("}")
}
