//! Short texts with an alphabet of their own: the names of methods and chains.

use alloc::string::String;
use core::{
    fmt::{self, Write},
    str::FromStr,
};

use borsh::{
    BorshDeserialize, BorshSerialize,
    io::{Error, ErrorKind, Read},
};

use crate::limits::wire::{MAX_CHAIN_ID_BYTES, MAX_METHOD_BYTES};

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Empty or too long.
    #[error("{found} bytes, it must have 1 to {limit}")]
    Length {
        /// Its length in bytes.
        found: usize,
        /// The most that is allowed.
        limit: usize,
    },
    /// A character that the alphabet lacks.
    #[error("the character {found:?} is not allowed")]
    Character {
        /// The first such character.
        found: char,
    },
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $limit:expr, $allowed:expr, $hint:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                let allowed: fn(char) -> bool = $allowed;
                if text.is_empty() || text.len() > $limit {
                    return Err(TextError::Length { found: text.len(), limit: $limit });
                }
                match text.chars().find(|c| !allowed(*c)) {
                    Some(found) => Err(TextError::Character { found }),
                    None => Ok(Self(text.into())),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl BorshDeserialize for $name {
            fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self, Error> {
                let bytes = crate::bounded::read_bytes(reader, $limit)?;
                let text = String::from_utf8(bytes)
                    .map_err(|_| Error::new(ErrorKind::InvalidData, "not UTF-8"))?;
                text.parse().map_err(|_| Error::new(ErrorKind::InvalidData, concat!("not ", $hint)))
            }
        }

        #[cfg(feature = "json")]
        crate::text::json_as_text!($name, $hint);
    };
}

name_type!(
    /// The name of a contract's method: ASCII letters, digits and underscores, as in a Rust identifier.
    MethodName,
    MAX_METHOD_BYTES,
    |c| c.is_ascii_alphanumeric() || c == '_',
    "a method's name of ASCII letters, digits and underscores"
);

name_type!(
    /// The name of a chain. It is signed, so that a transaction for one chain is worth nothing on another.
    ChainId,
    MAX_CHAIN_ID_BYTES,
    |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-',
    "a chain's name of lower-case letters, digits and hyphens"
);

/// Whether a character disturbs what is around it on a terminal or a page: a control character or one that
/// changes the direction of writing. A fixed list: schemas are refused by it.
#[must_use]
pub fn is_unshowable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A stranger's text for a line of one's own: characters that control a terminal, end the line or change the
/// direction of writing are escaped as in Rust, such as `\u{1b}`.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match is_unshowable(c) {
            true => write!(f, "{}", c.escape_default()),
            false => f.write_char(c),
        })
    }
}

/// Makes a type's JSON form the text that people see.
#[cfg(feature = "json")]
macro_rules! json_as_text {
    ($name:ident, $expected:literal) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse()
                            .map_err(|error| E::custom(alloc::format!("expected {}: {error}", $expected)))
                    }
                }

                deserializer.deserialize_str(Text)
            }
        }
    };
}
#[cfg(feature = "json")]
pub(crate) use json_as_text;
