//! Why JSON is not a value of a type, or bytes are not: where, what is expected, and what is there.

use alloc::{
    format,
    string::{String, ToString},
};
use core::fmt::{self, Write};

use serde_json::Value;

use super::example::{cut, example_up_to};
use crate::{
    schema::{Field, Type, Variant, signature::Listed},
    text::Shown,
};

/// Characters of a type, an example or a stranger's value in a message; the rest is cut off.
const MAX_SHOWN: usize = 160;

/// Why a value could not be written or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// Where, such as `to` or `items[3].amount`; empty for the value as a whole.
    pub path: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// An argument of a method.
    Argument,
    /// A field of a struct, a variant, an event or an error.
    Field,
    /// A variant of an enum.
    Variant,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Another kind of JSON, or out of range.
    #[error("expected {expected}, such as {example}; found {found}")]
    Mismatch {
        /// The type, with its range.
        expected: String,
        /// A value of that type, in JSON.
        example: String,
        /// What is there.
        found: String,
    },
    /// A name that does not exist.
    #[error("unknown {part} `{name}`{}; {}", DidYouMean(close), Known { part: *part, known })]
    Unknown {
        /// What the name should belong to.
        part: Part,
        /// The name.
        name: String,
        /// The name that was probably meant.
        close: Option<String>,
        /// All names, with types.
        known: String,
    },
    /// A name that must be there and is not.
    #[error("missing {part} `{name}`, such as {example}; {}", Known { part: *part, known })]
    Missing {
        /// What the name belongs to.
        part: Part,
        /// The name.
        name: String,
        /// A value of its type, in JSON.
        example: String,
        /// All names, with types.
        known: String,
    },
    /// Arguments by position, but not as many as the method has.
    #[error("{found} values for {expected} arguments; {}", Known { part: Part::Argument, known })]
    Count {
        /// How many are expected.
        expected: usize,
        /// How many are there.
        found: usize,
        /// All names, with types.
        known: String,
    },
    /// The encoding is longer than a call may carry.
    #[error("the value encodes to more than {limit} bytes")]
    TooLong {
        /// The most that is allowed.
        limit: usize,
    },
    /// The JSON is too large to be worth showing.
    #[error("the value is more than {limit} bytes of JSON")]
    TooMuchJson {
        /// The most that is made.
        limit: usize,
    },
    /// The bytes end too early.
    #[error("the bytes end where {expected} is expected")]
    Truncated {
        /// The type.
        expected: String,
    },
    /// Bytes are left over.
    #[error("{left} bytes are left over")]
    Trailing {
        /// How many.
        left: usize,
    },
    /// A byte that no value of the type has there.
    #[error("{expected} cannot have the byte {found}")]
    Byte {
        /// The type.
        expected: String,
        /// The byte.
        found: u8,
    },
    /// A text that is not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// The contract has no event with this name.
    #[error("the interface has no event `{name}`")]
    UnknownEvent {
        /// The first topic, as a text.
        name: String,
    },
    /// An event with more or fewer topics than it has searchable fields.
    #[error("{found} topics, the event has {expected}")]
    TopicCount {
        /// How many are expected, the name included.
        expected: usize,
        /// How many are there.
        found: usize,
    },
    /// The type itself is nested too deep; a decoded schema has none.
    #[error("the type is nested deeper than {limit}")]
    TooDeep {
        /// The most that is allowed.
        limit: u32,
    },
    /// The type itself is a list of values without bytes; a decoded schema has none.
    #[error("a list of values that take no bytes")]
    ListOfNothing,
    /// The type itself has more variants than a byte can number; a decoded schema has none.
    #[error("the type has more than 256 variants")]
    TooManyVariants,
}

// No `source`: the message holds the problem already, and a chain would print it twice.
impl core::error::Error for JsonError {}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.is_empty() {
            true => write!(f, "{}", self.problem),
            false => write!(f, "{}: {}", self.path, self.problem),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Argument => "argument",
            Self::Field => "field",
            Self::Variant => "variant",
        })
    }
}

impl From<Problem> for JsonError {
    fn from(problem: Problem) -> Self {
        Self { path: String::new(), problem }
    }
}

impl JsonError {
    /// The same, seen from the value that holds it under `name`.
    pub(super) fn under(mut self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{name}{dot}{}", self.path);
        self
    }

    /// The same, seen from the list that holds it at `index`.
    pub(super) fn at(self, index: usize) -> Self {
        self.under(&format!("[{index}]"))
    }
}

/// What `json` is instead of a `ty`.
pub(super) fn mismatch(ty: &Type, json: &Value) -> JsonError {
    mismatch_with(expectation(ty), example_up_to(ty, MAX_SHOWN), json)
}

/// The same with other words.
pub(super) fn mismatch_with(expected: String, example: String, json: &Value) -> JsonError {
    Problem::Mismatch { expected, example, found: found(json) }.into()
}

/// `ty` in a message.
pub(super) fn type_text(ty: &Type) -> String {
    cut(MAX_SHOWN, |f| write!(f, "{ty}"))
}

/// A stranger's name in a message.
pub(super) fn name_text(name: &str) -> String {
    cut(MAX_SHOWN, |f| write!(f, "{}", Shown(name)))
}

/// Fields with their types in a message.
pub(super) fn known_fields(fields: &[Field]) -> String {
    // Not cut: it is the answer to the question what the names are.
    Listed(fields).to_string()
}

/// Variants with their fields in a message.
pub(super) fn known_variants(variants: &[Variant]) -> String {
    Listed(variants).to_string()
}

fn expectation(ty: &Type) -> String {
    let range = match ty {
        Type::U8 => " (0 to 255)",
        Type::U16 => " (0 to 65535)",
        Type::U32 => " (0 to 4294967295)",
        Type::U64 => " (0 to 2^64-1, in quotes or whole)",
        Type::U128 | Type::Amount => " (0 to 2^128-1, in quotes if over 2^64-1)",
        Type::Time => " (milliseconds since 1970, 0 to 2^64-1, in quotes or whole)",
        Type::I8 => " (-128 to 127)",
        Type::I16 => " (-32768 to 32767)",
        Type::I32 => " (-2147483648 to 2147483647)",
        Type::I64 => " (-2^63 to 2^63-1, in quotes or whole)",
        Type::I128 => " (-2^127 to 2^127-1, in quotes if longer than 64 bits)",
        Type::Bytes => " (hexadecimal digits)",
        Type::FixedBytes(length) => return format!("{ty} ({} hexadecimal digits)", u64::from(*length) << 1),
        Type::Hash => " (64 hexadecimal digits)",
        Type::Enum { variants, .. } => {
            return cut(MAX_SHOWN, |f| write!(f, "{ty} (one of {})", Listed(variants)));
        }
        Type::Struct { fields, .. } => {
            return cut(MAX_SHOWN, |f| write!(f, "{ty} (an object with {})", Listed(fields)));
        }
        Type::Tuple(types) => return format!("{} (a list of {})", type_text(ty), types.len()),
        Type::List(_) => " (a list)",
        Type::Unit => " (null)",
        Type::Bool | Type::String | Type::Address | Type::Option(_) => "",
    };
    format!("{}{range}", type_text(ty))
}

fn found(json: &Value) -> String {
    match json {
        Value::Null => "null".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => cut(MAX_SHOWN, |f| write!(f, "the number {number}")),
        Value::String(text) => cut(MAX_SHOWN, |f| write!(f, "the text {text:?}")),
        Value::Array(values) => format!("a list of {}", values.len()),
        Value::Object(map) => match map.keys().next() {
            None => "an empty object".into(),
            Some(key) => cut(MAX_SHOWN, |f| write!(f, "an object with {key:?}")),
        },
    }
}

struct DidYouMean<'a>(&'a Option<String>);

impl fmt::Display for DidYouMean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, " (did you mean `{name}`?)"),
            None => Ok(()),
        }
    }
}

struct Known<'a> {
    part: Part,
    known: &'a str,
}

impl fmt::Display for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known {
            "" => write!(f, "there are no {}s", self.part),
            known => write!(f, "the {}s are: {known}", self.part),
        }
    }
}
