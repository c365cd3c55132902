//! How people see an interface: `transfer(to: Address, amount: u128) -> bool`.
//!
//! For help and for error messages only; nothing reads it back.

use alloc::{
    format,
    string::{String, ToString},
};
use core::fmt;

use super::{ErrorDef, EventDef, EventField, Field, Method, MethodKind, Type, Variant, layout::SlotKind};

impl Method {
    /// Name, arguments and result in Rust's notation; a result of nothing is left out.
    #[must_use]
    pub fn signature(&self) -> String {
        let arguments = Listed(&self.args);
        match self.result {
            Type::Unit => format!("{}({arguments})", self.name),
            ref result => format!("{}({arguments}) -> {result}", self.name),
        }
    }
}

impl EventDef {
    /// Name and fields; those that can be searched for are marked.
    #[must_use]
    pub fn signature(&self) -> String {
        with_fields(&self.name, &self.fields)
    }
}

impl ErrorDef {
    /// Name and fields.
    #[must_use]
    pub fn signature(&self) -> String {
        with_fields(&self.name, &self.fields)
    }
}

fn with_fields<T: fmt::Display>(name: &str, fields: &[T]) -> String {
    if fields.is_empty() { name.to_string() } else { format!("{name} {{ {} }}", Listed(fields)) }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.ty)
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&with_fields(&self.name, &self.fields))
    }
}

impl fmt::Display for EventField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}{}", self.name, self.ty, if self.topic { " (topic)" } else { "" })
    }
}

impl fmt::Display for MethodKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Init => "init",
            Self::Call => "call",
            Self::View => "view",
            Self::Upgrade => "upgrade",
        })
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unit => "()",
            Self::Bool => "bool",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::I128 => "i128",
            Self::String => "String",
            Self::Bytes => "Bytes",
            Self::FixedBytes(length) => return write!(f, "[u8; {length}]"),
            Self::Address => "Address",
            Self::Hash => "Hash",
            Self::Amount => "Amount",
            Self::Time => "Time",
            Self::Option(inner) => return write!(f, "Option<{inner}>"),
            Self::List(inner) => return write!(f, "Vec<{inner}>"),
            Self::Tuple(types) => {
                let comma = if types.len() == 1 { "," } else { "" };
                return write!(f, "({}{comma})", Listed(types));
            }
            Self::Struct { name, .. } | Self::Enum { name, .. } => name,
        })
    }
}

impl fmt::Display for SlotKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cell { value } => write!(f, "Cell<{value}>"),
            Self::Map { key, value } => write!(f, "Map<{key}, {value}>"),
            Self::OrdMap { key, value } => write!(f, "OrdMap<{key}, {value}>"),
            Self::Set { key } => write!(f, "Set<{key}>"),
            Self::Vector { value } => write!(f, "Vector<{value}>"),
            Self::Queue { value } => write!(f, "Queue<{value}>"),
        }
    }
}

/// With commas between.
pub(super) struct Listed<'a, T>(pub(super) &'a [T]);

impl<T: fmt::Display> fmt::Display for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            write!(f, "{}{part}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
