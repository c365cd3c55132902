//! Borsh to JSON.
//!
//! The bytes come from contracts and from strangers, and so does the schema: a byte may become an object
//! of ten thousand fields. So the JSON is limited too, not only the bytes.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use serde_json::{Map, Value};

use super::{JsonError, Problem, SOME, error::type_text, may_be_null};
use crate::{
    Address, Hash,
    limits::module::MAX_SCHEMA_DEPTH,
    schema::{Field, Method, Type, Variant, cursor::Cursor},
};

/// Bytes of JSON, estimated, that one value may become. A result of the largest size has 2 MiB of it as a
/// list of bytes.
const MAX_JSON_BYTES: usize = 8 << 20;
/// Bytes of JSON that any value is taken for, beside its text; about what it takes in memory.
const VALUE_JSON_BYTES: usize = 16;

/// The value of a type that `bytes` encode, all of them.
///
/// # Errors
/// [`JsonError`] with the path of the first part that the bytes do not fit, or [`Problem::TooMuchJson`]
/// over about 8 MiB.
pub fn decode_value(ty: &Type, bytes: &[u8]) -> Result<Value, JsonError> {
    let mut decoder = Decoder::new(bytes);
    let value = decoder.value(ty, MAX_SCHEMA_DEPTH)?;
    decoder.finish()?;
    Ok(value)
}

/// The arguments of a call, as an object by name.
///
/// # Errors
/// As for [`decode_value`].
pub fn decode_args(method: &Method, bytes: &[u8]) -> Result<Value, JsonError> {
    decode_fields(&method.args, bytes).map(Value::Object)
}

/// Fields one after the other, to the end of the bytes.
pub(super) fn decode_fields(fields: &[Field], bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    let mut decoder = Decoder::new(bytes);
    let map = decoder.fields(fields, MAX_SCHEMA_DEPTH)?;
    decoder.finish()?;
    Ok(map)
}

pub(super) struct Decoder<'a> {
    cursor: Cursor<'a>,
    /// Bytes of JSON that may still be made.
    budget: usize,
}

impl<'a> Decoder<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(bytes), budget: MAX_JSON_BYTES }
    }

    pub(super) fn finish(self) -> Result<(), JsonError> {
        match self.cursor.left() {
            0 => Ok(()),
            left => Err(Problem::Trailing { left }.into()),
        }
    }

    /// A value of a type with at most `depth` types inside each other.
    pub(super) fn value(&mut self, ty: &Type, depth: u32) -> Result<Value, JsonError> {
        let depth = depth.checked_sub(1).ok_or(Problem::TooDeep { limit: MAX_SCHEMA_DEPTH })?;
        self.charge(VALUE_JSON_BYTES)?;
        Ok(match ty {
            Type::Unit => Value::Null,
            Type::Bool => match self.byte(ty)? {
                0 => Value::Bool(false),
                1 => Value::Bool(true),
                found => return Err(Problem::Byte { expected: type_text(ty), found }.into()),
            },
            Type::U8 => u8::from_le_bytes(self.array(ty)?).into(),
            Type::U16 => u16::from_le_bytes(self.array(ty)?).into(),
            Type::U32 => u32::from_le_bytes(self.array(ty)?).into(),
            Type::I8 => i8::from_le_bytes(self.array(ty)?).into(),
            Type::I16 => i16::from_le_bytes(self.array(ty)?).into(),
            Type::I32 => i32::from_le_bytes(self.array(ty)?).into(),
            Type::U64 | Type::Time => u64::from_le_bytes(self.array(ty)?).to_string().into(),
            Type::U128 | Type::Amount => u128::from_le_bytes(self.array(ty)?).to_string().into(),
            Type::I64 => i64::from_le_bytes(self.array(ty)?).to_string().into(),
            Type::I128 => i128::from_le_bytes(self.array(ty)?).to_string().into(),
            Type::String => self.text(ty)?.into(),
            Type::Bytes => {
                let length = self.length(ty)?;
                self.hex(ty, length)?.into()
            }
            Type::FixedBytes(length) => {
                let length = usize::try_from(*length).map_err(|_| truncated(ty))?;
                self.hex(ty, length)?.into()
            }
            Type::Address => Address(self.array(ty)?).to_string().into(),
            Type::Hash => Hash(self.array(ty)?).to_string().into(),
            Type::Option(inner) => self.option(ty, inner, depth)?,
            Type::List(inner) => self.list(ty, inner, depth)?,
            Type::Tuple(types) => self.tuple(types, depth)?,
            Type::Struct { fields, .. } => Value::Object(self.fields(fields, depth)?),
            Type::Enum { variants, .. } => self.variant(ty, variants, depth)?,
        })
    }

    fn option(&mut self, ty: &Type, inner: &Type, depth: u32) -> Result<Value, JsonError> {
        match self.byte(ty)? {
            0 => Ok(Value::Null),
            1 if may_be_null(inner) => {
                let value = self.value(inner, depth).map_err(|error| error.under(SOME))?;
                Ok(object_of_one(SOME, value))
            }
            1 => self.value(inner, depth),
            found => Err(Problem::Byte { expected: type_text(ty), found }.into()),
        }
    }

    fn list(&mut self, ty: &Type, inner: &Type, depth: u32) -> Result<Value, JsonError> {
        let length = self.length(ty)?;
        // Not `with_capacity(length)`: the length is a claim.
        let mut values = Vec::new();
        for index in 0..length {
            let before = self.cursor.at();
            values.push(self.value(inner, depth).map_err(|error| error.at(index))?);
            if self.cursor.at() == before {
                return Err(Problem::ListOfNothing.into());
            }
        }
        Ok(Value::Array(values))
    }

    fn tuple(&mut self, types: &[Type], depth: u32) -> Result<Value, JsonError> {
        let parts = types.iter().enumerate();
        parts
            .map(|(index, ty)| self.value(ty, depth).map_err(|error| error.at(index)))
            .collect::<Result<_, _>>()
            .map(Value::Array)
    }

    fn fields(&mut self, fields: &[Field], depth: u32) -> Result<Map<String, Value>, JsonError> {
        let mut map = Map::new();
        for field in fields {
            self.charge(field.name.len())?;
            let value = self.value(&field.ty, depth).map_err(|error| error.under(&field.name))?;
            map.insert(field.name.clone(), value);
        }
        Ok(map)
    }

    fn variant(&mut self, ty: &Type, variants: &[Variant], depth: u32) -> Result<Value, JsonError> {
        let found = self.byte(ty)?;
        let Some(variant) = variants.get(usize::from(found)) else {
            return Err(Problem::Byte { expected: type_text(ty), found }.into());
        };
        self.charge(variant.name.len())?;
        if variant.fields.is_empty() {
            return Ok(variant.name.clone().into());
        }
        let fields = self.fields(&variant.fields, depth).map_err(|error| error.under(&variant.name))?;
        Ok(object_of_one(&variant.name, Value::Object(fields)))
    }

    fn text(&mut self, ty: &Type) -> Result<String, JsonError> {
        let length = self.length(ty)?;
        let bytes = self.take(ty, length)?;
        self.charge(bytes.len())?;
        let text = str::from_utf8(bytes).map_err(|_| Problem::NotUtf8)?;
        Ok(text.into())
    }

    fn hex(&mut self, ty: &Type, length: usize) -> Result<String, JsonError> {
        let bytes = self.take(ty, length)?;
        self.charge(bytes.len().saturating_mul(2))?;
        Ok(hex::encode(bytes))
    }

    fn byte(&mut self, ty: &Type) -> Result<u8, JsonError> {
        self.cursor.byte().ok_or_else(|| truncated(ty))
    }

    fn array<const N: usize>(&mut self, ty: &Type) -> Result<[u8; N], JsonError> {
        self.cursor.array().ok_or_else(|| truncated(ty))
    }

    fn take(&mut self, ty: &Type, length: usize) -> Result<&'a [u8], JsonError> {
        self.cursor.take(length).ok_or_else(|| truncated(ty))
    }

    fn length(&mut self, ty: &Type) -> Result<usize, JsonError> {
        self.cursor.length().ok_or_else(|| truncated(ty))
    }

    fn charge(&mut self, bytes: usize) -> Result<(), JsonError> {
        let left = self.budget.checked_sub(bytes);
        self.budget = left.ok_or(Problem::TooMuchJson { limit: MAX_JSON_BYTES })?;
        Ok(())
    }
}

fn truncated(ty: &Type) -> JsonError {
    Problem::Truncated { expected: type_text(ty) }.into()
}

pub(super) fn object_of_one(name: &str, value: Value) -> Value {
    let mut map = Map::new();
    map.insert(name.into(), value);
    Value::Object(map)
}
