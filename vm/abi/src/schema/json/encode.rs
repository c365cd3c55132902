//! JSON to borsh.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{num::TryFromIntError, str::FromStr};

use serde_json::{Map, Value};

use super::{
    JsonError, Part, Problem, SOME,
    error::{known_fields, known_variants, mismatch, mismatch_with, name_text},
    example::{example_args, example_up_to},
    may_be_null,
    suggest::closest,
};
use crate::{
    Address, Amount, Hash, Time,
    limits::{module::MAX_SCHEMA_DEPTH, run::MAX_INPUT_BYTES},
    receipt::Topic,
    schema::{Field, Method, Type, Variant, field_topic, signature::Listed},
};

/// Bytes of one encoded value: as much as a call carries.
const MAX_BYTES: usize = MAX_INPUT_BYTES as usize;
/// Characters of an example inside a message.
const MAX_SHOWN: usize = 80;

/// The arguments of a call: an object by argument name, or an array by position. `null` stands for none.
///
/// # Errors
/// [`JsonError`] with the path of the first argument that does not fit, is missing or unknown, or
/// [`Problem::TooLong`] over [`MAX_INPUT_BYTES`] bytes.
pub fn encode_args(method: &Method, json: &Value) -> Result<Vec<u8>, JsonError> {
    let mut encoder = Encoder { bytes: Vec::new() };
    match json {
        Value::Null if method.args.is_empty() => {}
        Value::Object(map) => encoder.fields(Part::Argument, &method.args, map, MAX_SCHEMA_DEPTH)?,
        Value::Array(values) => encoder.positions(&method.args, values)?,
        _ => {
            let expected = format!("the arguments ({}) as an object or a list", Listed(&method.args));
            return Err(mismatch_with(expected, example_args(method), json));
        }
    }
    Ok(encoder.bytes)
}

/// A value of a type.
///
/// # Errors
/// As for [`encode_args`].
pub fn encode_value(ty: &Type, json: &Value) -> Result<Vec<u8>, JsonError> {
    let mut encoder = Encoder { bytes: Vec::new() };
    encoder.value(ty, json, MAX_SCHEMA_DEPTH)?;
    Ok(encoder.bytes)
}

/// The topic under which events with this value in a searchable field of this type are found.
///
/// # Errors
/// As for [`encode_args`].
pub fn encode_topic(ty: &Type, json: &Value) -> Result<Topic, JsonError> {
    encode_value(ty, json).map(|bytes| field_topic(&bytes))
}

struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    fn value(&mut self, ty: &Type, json: &Value, depth: u32) -> Result<(), JsonError> {
        let depth = depth.checked_sub(1).ok_or(Problem::TooDeep { limit: MAX_SCHEMA_DEPTH })?;
        let wrong = || mismatch(ty, json);
        match ty {
            Type::Unit => json.as_null().ok_or_else(wrong),
            Type::Bool => self.push(&[json.as_bool().ok_or_else(wrong)?.into()]),
            Type::U8 => self.push(&integer::<u8>(json).ok_or_else(wrong)?.to_le_bytes()),
            Type::U16 => self.push(&integer::<u16>(json).ok_or_else(wrong)?.to_le_bytes()),
            Type::U32 => self.push(&integer::<u32>(json).ok_or_else(wrong)?.to_le_bytes()),
            Type::U64 => self.push(&integer::<u64>(json).ok_or_else(wrong)?.to_le_bytes()),
            Type::U128 => self.push(&integer::<u128>(json).ok_or_else(wrong)?.to_le_bytes()),
            Type::I8 => self.push(&integer::<i8>(json).ok_or_else(wrong)?.to_le_bytes()),
            Type::I16 => self.push(&integer::<i16>(json).ok_or_else(wrong)?.to_le_bytes()),
            Type::I32 => self.push(&integer::<i32>(json).ok_or_else(wrong)?.to_le_bytes()),
            Type::I64 => self.push(&integer::<i64>(json).ok_or_else(wrong)?.to_le_bytes()),
            Type::I128 => self.push(&integer::<i128>(json).ok_or_else(wrong)?.to_le_bytes()),
            Type::Amount => {
                let Amount(amount) = integer::<u128>(json).map(Amount).ok_or_else(wrong)?;
                self.push(&amount.to_le_bytes())
            }
            Type::Time => {
                let Time(ms) = integer::<u64>(json).map(Time).ok_or_else(wrong)?;
                self.push(&ms.to_le_bytes())
            }
            Type::String => {
                let text = json.as_str().ok_or_else(wrong)?;
                self.length(text.len())?;
                self.push(text.as_bytes())
            }
            Type::Bytes => {
                let bytes = hex_bytes(json).ok_or_else(wrong)?;
                self.length(bytes.len())?;
                self.push(&bytes)
            }
            Type::FixedBytes(length) => {
                let bytes = hex_bytes(json).ok_or_else(wrong)?;
                match u32::try_from(bytes.len()) {
                    Ok(found) if found == *length => self.push(&bytes),
                    _ => Err(wrong()),
                }
            }
            Type::Address => self.push(&text::<Address>(json).ok_or_else(wrong)?.0),
            Type::Hash => self.push(&text::<Hash>(json).ok_or_else(wrong)?.0),
            Type::Option(inner) => self.option(ty, inner, json, depth),
            Type::List(inner) => self.list(inner, json.as_array().ok_or_else(wrong)?, depth),
            Type::Tuple(types) => {
                let values = json.as_array().filter(|values| values.len() == types.len());
                self.tuple(types, values.ok_or_else(wrong)?, depth)
            }
            Type::Struct { fields, .. } => {
                self.fields(Part::Field, fields, json.as_object().ok_or_else(wrong)?, depth)
            }
            Type::Enum { variants, .. } => self.variant(ty, variants, json, depth),
        }
    }

    fn option(&mut self, ty: &Type, inner: &Type, json: &Value, depth: u32) -> Result<(), JsonError> {
        if json.is_null() {
            return self.push(&[0]);
        }
        self.push(&[1])?;
        if !may_be_null(inner) {
            return self.value(inner, json, depth);
        }
        match json.as_object().and_then(only) {
            Some((SOME, value)) => self.value(inner, value, depth).map_err(|error| error.under(SOME)),
            _ => Err(mismatch(ty, json)),
        }
    }

    fn list(&mut self, inner: &Type, values: &[Value], depth: u32) -> Result<(), JsonError> {
        self.length(values.len())?;
        for (index, value) in values.iter().enumerate() {
            let before = self.bytes.len();
            self.value(inner, value, depth).map_err(|error| error.at(index))?;
            if self.bytes.len() == before {
                return Err(Problem::ListOfNothing.into());
            }
        }
        Ok(())
    }

    fn tuple(&mut self, types: &[Type], values: &[Value], depth: u32) -> Result<(), JsonError> {
        for (index, (ty, value)) in types.iter().zip(values).enumerate() {
            self.value(ty, value, depth).map_err(|error| error.at(index))?;
        }
        Ok(())
    }

    fn positions(&mut self, args: &[Field], values: &[Value]) -> Result<(), JsonError> {
        if args.len() != values.len() {
            let (expected, found) = (args.len(), values.len());
            return Err(Problem::Count { expected, found, known: known_fields(args) }.into());
        }
        for (arg, value) in args.iter().zip(values) {
            self.value(&arg.ty, value, MAX_SCHEMA_DEPTH).map_err(|error| error.under(&arg.name))?;
        }
        Ok(())
    }

    fn fields(
        &mut self,
        part: Part,
        fields: &[Field],
        map: &Map<String, Value>,
        depth: u32,
    ) -> Result<(), JsonError> {
        // Unknown names first: a typo is both an unknown and a missing name, and the former says more. They
        // are looked for only if there are some: it takes fields times names.
        let present = fields.iter().filter(|field| map.contains_key(&field.name)).count();
        let unknown = |name: &&String| fields.iter().all(|field| field.name != **name);
        if present != map.len()
            && let Some(name) = map.keys().find(unknown)
        {
            let close = closest(name, fields.iter().map(|field| field.name.as_str()));
            let known = known_fields(fields);
            return Err(Problem::Unknown { part, name: name_text(name), close, known }.into());
        }
        for field in fields {
            let value = map.get(&field.name).ok_or_else(|| Problem::Missing {
                part,
                name: field.name.clone(),
                example: example_up_to(&field.ty, MAX_SHOWN),
                known: known_fields(fields),
            })?;
            self.value(&field.ty, value, depth).map_err(|error| error.under(&field.name))?;
        }
        Ok(())
    }

    fn variant(
        &mut self,
        ty: &Type,
        variants: &[Variant],
        json: &Value,
        depth: u32,
    ) -> Result<(), JsonError> {
        let empty = Value::Object(Map::new());
        let (name, value) = match json {
            Value::String(name) => (name.as_str(), &empty),
            Value::Object(map) => only(map).ok_or_else(|| mismatch(ty, json))?,
            _ => return Err(mismatch(ty, json)),
        };
        let Some((index, variant)) = variants.iter().enumerate().find(|(_, variant)| variant.name == name)
        else {
            let close = closest(name, variants.iter().map(|variant| variant.name.as_str()));
            let known = known_variants(variants);
            return Err(Problem::Unknown { part: Part::Variant, name: name_text(name), close, known }.into());
        };
        self.push(&[u8::try_from(index).map_err(|_| Problem::TooManyVariants)?])?;
        let map = value.as_object().ok_or_else(|| {
            let expected = format!("the fields of {}", variant);
            mismatch_with(expected, example_up_to(ty, MAX_SHOWN), value).under(name)
        })?;
        self.fields(Part::Field, &variant.fields, map, depth).map_err(|error| error.under(name))
    }

    fn length(&mut self, length: usize) -> Result<(), JsonError> {
        let too_long = |_: TryFromIntError| Problem::TooLong { limit: MAX_BYTES };
        self.push(&u32::try_from(length).map_err(too_long)?.to_le_bytes())
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), JsonError> {
        if self.bytes.len().saturating_add(bytes.len()) > MAX_BYTES {
            return Err(Problem::TooLong { limit: MAX_BYTES }.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

/// The entry of an object that has one.
fn only(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((name, value)), None) => Some((name, value)),
        _ => None,
    }
}

/// A whole number in range: a JSON number without a fraction, or the one decimal text of that number.
fn integer<T>(json: &Value) -> Option<T>
where
    T: TryFrom<u128> + TryFrom<i128> + FromStr + ToString,
{
    match json {
        // A number that serde_json keeps as a float is none: digits may be lost already.
        Value::Number(number) => match number.as_u128() {
            Some(number) => T::try_from(number).ok(),
            None => T::try_from(number.as_i128()?).ok(),
        },
        Value::String(text) => text.parse().ok().filter(|number: &T| number.to_string() == *text),
        _ => None,
    }
}

fn text<T: FromStr>(json: &Value) -> Option<T> {
    json.as_str()?.parse().ok()
}

fn hex_bytes(json: &Value) -> Option<Vec<u8>> {
    let text = json.as_str()?;
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()
}
