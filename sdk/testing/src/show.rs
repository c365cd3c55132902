//! Values as an author writes them: `Deal { buyer: bob, amount: 5 }`, from their type and their bytes.
//!
//! For messages only; nothing reads it back. What is no value of its type is shown as hexadecimal digits.

use std::{collections::BTreeMap, fmt, fmt::Write};

use lockstep_abi::{
    Address,
    schema::{Field, Type},
};

/// What addresses are called; `ls1...` without a name.
pub(crate) type Names = BTreeMap<Address, String>;

/// A value of a type, or the values of several fields.
pub(crate) struct Shown<'a, T> {
    pub(crate) of: &'a T,
    pub(crate) bytes: &'a [u8],
    pub(crate) names: &'a Names,
}

impl fmt::Display for Shown<'_, Type> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, |writer| writer.value(self.of))
    }
}

/// Without brackets: `to: bob, amount: 5`.
impl fmt::Display for Shown<'_, Vec<Field>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, |writer| writer.fields(self.of))
    }
}

impl<T> Shown<'_, T> {
    /// Writes what `write` makes of all bytes, or the bytes.
    fn write(
        &self,
        f: &mut fmt::Formatter<'_>,
        write: impl FnOnce(&mut Writer<'_>) -> Option<()>,
    ) -> fmt::Result {
        let mut writer = Writer { bytes: self.bytes, names: self.names, text: String::new() };
        if write(&mut writer).is_some() && writer.bytes.is_empty() {
            return f.write_str(&writer.text);
        }
        write!(f, "0x{}", hex(self.bytes))
    }
}

struct Writer<'a> {
    bytes: &'a [u8],
    names: &'a Names,
    text: String,
}

/// The next bytes as a little-endian number.
macro_rules! number {
    ($writer:ident, $type:ty) => {{
        let number = <$type>::from_le_bytes($writer.array()?);
        $writer.put(format_args!("{number}"))
    }};
}

impl<'a> Writer<'a> {
    fn value(&mut self, ty: &Type) -> Option<()> {
        match ty {
            Type::Unit => self.put(format_args!("()")),
            Type::Bool => match self.array()? {
                [0] => self.put(format_args!("false")),
                [1] => self.put(format_args!("true")),
                _ => None,
            },
            Type::U8 => number!(self, u8),
            Type::U16 => number!(self, u16),
            Type::U32 => number!(self, u32),
            Type::U64 | Type::Time => number!(self, u64),
            Type::U128 | Type::Amount => number!(self, u128),
            Type::I8 => number!(self, i8),
            Type::I16 => number!(self, i16),
            Type::I32 => number!(self, i32),
            Type::I64 => number!(self, i64),
            Type::I128 => number!(self, i128),
            Type::String => {
                let length = self.length()?;
                let text = str::from_utf8(self.take(length)?).ok()?;
                self.put(format_args!("{text:?}"))
            }
            Type::Bytes => {
                let length = self.length()?;
                self.digits(length)
            }
            Type::FixedBytes(length) => self.digits(usize::try_from(*length).ok()?),
            Type::Hash => self.digits(32),
            Type::Address => {
                let address = Address(self.array()?);
                match self.names.get(&address) {
                    Some(name) => self.text.push_str(name),
                    None => self.put(format_args!("{address}"))?,
                }
                Some(())
            }
            Type::Option(inner) => match self.array()? {
                [0] => self.put(format_args!("None")),
                [1] => self.within("Some(", ")", |writer| writer.value(inner)),
                _ => None,
            },
            Type::List(inner) => {
                let length = self.length()?;
                self.within("[", "]", |writer| writer.listed(0..length, |writer, _| writer.value(inner)))
            }
            Type::Tuple(types) => {
                self.within("(", ")", |writer| writer.listed(types, |writer, ty| writer.value(ty)))
            }
            Type::Struct { name, fields } => self.named(name, fields),
            Type::Enum { variants, .. } => {
                let [number] = self.array()?;
                let variant = variants.get(usize::from(number))?;
                self.named(&variant.name, &variant.fields)
            }
        }
    }

    /// `Name { a: 1 }`, or the name alone.
    fn named(&mut self, name: &str, fields: &[Field]) -> Option<()> {
        self.text.push_str(name);
        if fields.is_empty() {
            return Some(());
        }
        self.within(" { ", " }", |writer| writer.fields(fields))
    }

    fn fields(&mut self, fields: &[Field]) -> Option<()> {
        self.listed(fields, |writer, field| {
            writer.put(format_args!("{}: ", field.name))?;
            writer.value(&field.ty)
        })
    }

    fn within(&mut self, open: &str, close: &str, write: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        self.text.push_str(open);
        write(self)?;
        self.text.push_str(close);
        Some(())
    }

    fn listed<T>(
        &mut self,
        parts: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Option<()>,
    ) -> Option<()> {
        for (index, part) in parts.into_iter().enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            write(self, part)?;
        }
        Some(())
    }

    fn digits(&mut self, length: usize) -> Option<()> {
        let bytes = self.take(length)?;
        self.put(format_args!("0x{}", hex(bytes)))
    }

    fn put(&mut self, text: fmt::Arguments<'_>) -> Option<()> {
        self.text.write_fmt(text).ok()
    }

    /// A claim until as many bytes have been read.
    fn length(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.array()?)).ok()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(*array)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing to a text does not fail.
        let _: fmt::Result = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use lockstep_sdk::codec;

    use super::*;

    fn shown(ty: Type, bytes: &[u8]) -> String {
        let names = Names::from([(Address([7; 32]), "bob".into())]);
        Shown { of: &ty, bytes, names: &names }.to_string()
    }

    fn field(name: &str, ty: Type) -> Field {
        Field { name: name.into(), ty }
    }

    #[test]
    fn a_value_reads_as_its_author_would_write_it() {
        let fields = vec![
            field("to", Type::Address),
            field("maybe", Type::Option(Box::new(Type::I16))),
            field("texts", Type::List(Box::new(Type::String))),
            field("pair", Type::Tuple(vec![Type::Bool, Type::Bytes])),
        ];
        let ty = Type::Struct { name: "Deal".into(), fields };
        let value = (Address([7; 32]), Some(-3_i16), ["a", "\n"].as_slice(), (true, vec![0xab_u8, 1]));
        assert_eq!(
            shown(ty, &codec::encode(&value)),
            r#"Deal { to: bob, maybe: Some(-3), texts: ["a", "\n"], pair: (true, 0xab01) }"#
        );
        assert!(shown(Type::Address, &[8; 32]).starts_with("ls1"));
    }

    #[test]
    fn bytes_that_are_no_such_value_are_shown_as_they_are() {
        assert_eq!(shown(Type::U16, &[1, 2, 3]), "0x010203");
        assert_eq!(shown(Type::Bool, &[2]), "0x02");
        assert_eq!(shown(Type::List(Box::new(Type::U64)), &[255; 4]), "0xffffffff");
        assert_eq!(shown(Type::Option(Box::new(Type::Bool)), &[1]), "0x01");
    }
}
