//! A contract's interface: what its methods, events and errors are called and made of.
//!
//! It travels in the module's custom section [`SECTION`], so that a command line, a web page or another
//! language can call any contract by names. It is borsh with lengths of two bytes (`encode.rs`). The engine reads the kinds of the methods from it: they are
//! rules, not hints.

use alloc::{boxed::Box, string::String, vec::Vec};

use crate::{limits::run::MAX_TOPIC_BYTES, receipt::Topic};

pub mod build;
mod cursor;
mod decode;
mod description;
mod encode;
mod error;
mod fits;
pub mod interfaces;
#[cfg(feature = "json")]
pub mod json;
pub mod layout;
mod rules;
pub mod section;
mod signature;
pub mod upgrade;

pub use description::{Description, DescriptionError};
pub use error::SchemaError;

/// The name of the custom section.
pub const SECTION: &str = "lockstep.schema";
/// The version that this crate writes and reads.
pub const VERSION: u16 = 2;

/// The interface of one contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Schema {
    /// The format's version.
    pub version: u16,
    /// The contract's name.
    pub name: String,
    /// Its documentation.
    pub docs: String,
    /// What can be called.
    pub methods: Vec<Method>,
    /// What it announces.
    pub events: Vec<EventDef>,
    /// How it refuses.
    pub errors: Vec<ErrorDef>,
}

/// How a method may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[repr(u8)]
pub enum MethodKind {
    /// Once, when the contract is created.
    Init = 0,
    /// By a transaction or another contract.
    Call = 1,
    /// By anybody, also without a transaction; it cannot write.
    View = 2,
    /// When the code is replaced by this one.
    Upgrade = 3,
}

/// A method.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Method {
    /// The name of the export.
    pub name: String,
    /// Its documentation.
    pub docs: String,
    /// How it may be used.
    pub kind: MethodKind,
    /// Whether it accepts value.
    pub payable: bool,
    /// Whether it may be called while the contract is on the stack.
    pub reentrant: bool,
    /// Whether the contract itself alone may call it.
    pub private: bool,
    /// Its arguments, in order.
    pub args: Vec<Field>,
    /// What it returns; errors are not part of it.
    pub result: Type,
}

/// A name and a type: an argument or a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Field {
    /// The name.
    pub name: String,
    /// The type.
    pub ty: Type,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct EventDef {
    /// Its name; the first topic, cut to the length of a topic.
    pub name: String,
    /// Its documentation.
    pub docs: String,
    /// Its fields, in order.
    pub fields: Vec<EventField>,
}

/// A field of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct EventField {
    /// The name.
    pub name: String,
    /// The type.
    pub ty: Type,
    /// Whether it is searchable: a topic instead of a part of the data. A topic longer than the limit is
    /// replaced by its BLAKE3 hash.
    pub topic: bool,
}

/// An error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct ErrorDef {
    /// Its code; never 0.
    pub code: u32,
    /// Its name.
    pub name: String,
    /// What it means, for people.
    pub docs: String,
    /// Its fields, in order; the payload.
    pub fields: Vec<Field>,
}

/// The type of a value; each has one borsh form and one JSON form.
///
/// The discriminants are part of the format.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[repr(u8)]
pub enum Type {
    /// Nothing.
    Unit = 0,
    /// A boolean.
    Bool = 1,
    /// An unsigned integer of 8 bits.
    U8 = 2,
    /// An unsigned integer of 16 bits.
    U16 = 3,
    /// An unsigned integer of 32 bits.
    U32 = 4,
    /// An unsigned integer of 64 bits; a decimal string in JSON.
    U64 = 5,
    /// An unsigned integer of 128 bits; a decimal string in JSON.
    U128 = 6,
    /// A signed integer of 8 bits.
    I8 = 7,
    /// A signed integer of 16 bits.
    I16 = 8,
    /// A signed integer of 32 bits.
    I32 = 9,
    /// A signed integer of 64 bits; a decimal string in JSON.
    I64 = 10,
    /// A signed integer of 128 bits; a decimal string in JSON.
    I128 = 11,
    /// A text.
    String = 12,
    /// Bytes; hexadecimal digits in JSON.
    Bytes = 13,
    /// Bytes of a fixed number; hexadecimal digits in JSON.
    FixedBytes(u32) = 14,
    /// An address; `ls1...` in JSON.
    Address = 15,
    /// A hash; hexadecimal digits in JSON.
    Hash = 16,
    /// An amount of the chain's currency; a decimal string in JSON.
    Amount = 17,
    /// A value or nothing; `null` in JSON.
    Option(Box<Type>) = 18,
    /// A list.
    List(Box<Type>) = 19,
    /// Values of several types.
    Tuple(Vec<Type>) = 20,
    /// Named fields.
    Struct {
        /// The type's name.
        name: String,
        /// Its fields, in order.
        fields: Vec<Field>,
    } = 21,
    /// One of several variants, numbered from 0 in order.
    Enum {
        /// The type's name.
        name: String,
        /// Its variants.
        variants: Vec<Variant>,
    } = 22,
    /// A time in milliseconds since 1970; a decimal string of them in JSON.
    Time = 23,
}

/// A variant of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Variant {
    /// The name.
    pub name: String,
    /// Its fields, in order; none for a bare name.
    pub fields: Vec<Field>,
}

impl Schema {
    /// The method with this name.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.name == name)
    }

    /// The error with this code.
    #[must_use]
    pub fn error(&self, code: u32) -> Option<&ErrorDef> {
        self.errors.iter().find(|error| error.code == code)
    }

    /// The event whose first topic this is.
    #[must_use]
    pub fn event(&self, topic: &[u8]) -> Option<&EventDef> {
        self.events.iter().find(|event| event.topic() == topic)
    }

    /// The custom section's bytes. [`Schema::decode`] refuses them if the schema breaks a rule.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode::Writer::default().schema(self)
    }
}

impl EventDef {
    /// The first topic of such an event: its name, cut to the bytes of a topic.
    #[must_use]
    pub fn topic(&self) -> &[u8] {
        let name = self.name.as_bytes();
        name.get(..MAX_TOPIC_BYTES as usize).unwrap_or(name)
    }
}

/// Makes the list of the plain types. A type that is named neither there nor among the others does not compile.
macro_rules! plain_types {
    ($($plain:ident)+; others: $($other:pat),+ $(,)?) => {
        impl Type {
            /// The types that are told by their name alone: of no length, with no types inside. For those who draw types.
            pub const PLAIN: &'static [Self] = &[$(Self::$plain),+];
        }

        const _: fn(&Type) = |ty| match ty {
            $(Type::$plain)|+ | $($other)|+ => {}
        };
    };
}

plain_types! {
    Unit Bool U8 U16 U32 U64 U128 I8 I16 I32 I64 I128 String Bytes Address Hash Amount Time;
    others: Type::FixedBytes(_), Type::Option(_), Type::List(_), Type::Tuple(_), Type::Struct { .. },
        Type::Enum { .. },
}

impl Type {
    /// Whether every value of this type encodes to no bytes at all, as `()` does.
    #[must_use]
    pub fn takes_no_bytes(&self) -> bool {
        match self {
            Self::Unit | Self::FixedBytes(0) => true,
            Self::Tuple(types) => types.iter().all(Self::takes_no_bytes),
            Self::Struct { fields, .. } => fields.iter().all(|field| field.ty.takes_no_bytes()),
            Self::Bool
            | Self::U8
            | Self::U16
            | Self::U32
            | Self::U64
            | Self::U128
            | Self::I8
            | Self::I16
            | Self::I32
            | Self::I64
            | Self::I128
            | Self::String
            | Self::Bytes
            | Self::FixedBytes(_)
            | Self::Address
            | Self::Hash
            | Self::Amount
            | Self::Time
            | Self::Option(_)
            | Self::List(_)
            | Self::Enum { .. } => false,
        }
    }
}

/// The topic of a searchable field whose value encodes to `encoding`: the encoding itself, or its plain
/// BLAKE3 hash if it is longer than a topic.
#[must_use]
pub fn field_topic(encoding: &[u8]) -> Topic {
    match Topic::try_from(Vec::from(encoding)) {
        Ok(topic) => topic,
        Err(_) => Topic::from(*blake3::hash(encoding).as_bytes()),
    }
}
