//! Random types, values of them as JSON, and JSON that is none.

use arbitrary::{Arbitrary, Result, Unstructured};
use lockstep_abi::{
    Address, Hash,
    schema::{Field, Type, Variant},
};
use serde_json::{Map, Number, Value};

/// Types inside each other; a schema may have 16.
const MAX_DEPTH: u32 = 5;
/// Parts of one type, and values of one list.
const MAX_PARTS: usize = 4;

/// A type and what may be a value of it.
#[derive(Debug)]
pub struct Typed {
    /// The type; it obeys the rules of a schema.
    pub ty: Type,
    /// A value of it, in the form that decoding gives.
    pub value: Value,
    /// JSON that is most likely no value of it.
    pub other: Value,
    /// Bytes that are most likely no value of it.
    pub bytes: Vec<u8>,
}

impl<'a> Arbitrary<'a> for Typed {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let ty = ty(u, MAX_DEPTH)?;
        let value = value(&ty, u)?;
        // Often almost right: the value with one part of it replaced.
        let mut other = if u.arbitrary()? { value.clone() } else { json(u, MAX_DEPTH)? };
        if let Some(part) = some_part(&mut other, u)? {
            *part = json(u, 2)?;
        }
        let length = u.len().min(200);
        Ok(Self { ty, value, other, bytes: u.bytes(length)?.to_vec() })
    }
}

fn ty(u: &mut Unstructured<'_>, depth: u32) -> Result<Type> {
    let Some(inside) = depth.checked_sub(1).filter(|_| !u.is_empty()) else {
        return Ok(u.choose(Type::PLAIN)?.clone());
    };
    Ok(match u.int_in_range(0..=9)? {
        0 => Type::FixedBytes(u.int_in_range(0..=40)?),
        1 | 2 => Type::Option(Box::new(ty(u, inside)?)),
        3 => match ty(u, inside)? {
            // A list of what takes no bytes is against the rules.
            element if element.takes_no_bytes() => Type::List(Box::new(Type::U8)),
            element => Type::List(Box::new(element)),
        },
        4 => Type::Tuple(several(u, 0, |u| ty(u, inside))?),
        5 => Type::Struct { name: name(u)?, fields: fields(u, inside)? },
        6 => {
            let variant =
                |u: &mut Unstructured<'_>| Ok(Variant { name: name(u)?, fields: fields(u, inside)? });
            let mut variants = several(u, 1, variant)?;
            numbered(variants.iter_mut().map(|variant| &mut variant.name));
            Type::Enum { name: name(u)?, variants }
        }
        _ => u.choose(Type::PLAIN)?.clone(),
    })
}

/// Arguments, or what a struct or a variant has.
pub(crate) fn fields(u: &mut Unstructured<'_>, depth: u32) -> Result<Vec<Field>> {
    let mut fields = several(u, 0, |u| Ok(Field { name: name(u)?, ty: ty(u, depth)? }))?;
    numbered(fields.iter_mut().map(|field| &mut field.name));
    Ok(fields)
}

fn name(u: &mut Unstructured<'_>) -> Result<String> {
    const NAMES: [&str; 8] = ["amount", "to", "some", "dueAt", "due_at", "größe", "\"quoted\"", "a.b[0]"];
    Ok((*u.choose(&NAMES)?).into())
}

/// Makes the names of one list differ.
fn numbered<'n>(names: impl Iterator<Item = &'n mut String>) {
    names.enumerate().skip(1).for_each(|(at, name)| name.push_str(&at.to_string()));
}

fn several<'a, T>(
    u: &mut Unstructured<'a>,
    least: usize,
    mut one: impl FnMut(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = u.int_in_range(least..=MAX_PARTS)?;
    (0..count).map(|_| one(u)).collect()
}

fn value(ty: &Type, u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match ty {
        Type::Unit => Value::Null,
        Type::Bool => u.arbitrary::<bool>()?.into(),
        Type::U8 => u.arbitrary::<u8>()?.into(),
        Type::U16 => u.arbitrary::<u16>()?.into(),
        Type::U32 => u.arbitrary::<u32>()?.into(),
        Type::I8 => u.arbitrary::<i8>()?.into(),
        Type::I16 => u.arbitrary::<i16>()?.into(),
        Type::I32 => u.arbitrary::<i32>()?.into(),
        Type::U64 | Type::Time => u.arbitrary::<u64>()?.to_string().into(),
        Type::I64 => u.arbitrary::<i64>()?.to_string().into(),
        Type::U128 | Type::Amount => u.arbitrary::<u128>()?.to_string().into(),
        Type::I128 => u.arbitrary::<i128>()?.to_string().into(),
        Type::String => u.arbitrary::<String>()?.into(),
        Type::Bytes => {
            let length = u.int_in_range(0..=40)?;
            hex(u, length)?
        }
        Type::FixedBytes(length) => hex(u, *length as usize)?,
        Type::Address => Address(u.arbitrary()?).to_string().into(),
        Type::Hash => Hash(u.arbitrary()?).to_string().into(),
        Type::Option(inner) => match (u.arbitrary()?, &**inner) {
            (false, _) => Value::Null,
            (true, Type::Unit | Type::Option(_)) => object([("some".into(), value(inner, u)?)]),
            (true, _) => value(inner, u)?,
        },
        Type::List(inner) => Value::Array(several(u, 0, |u| value(inner, u))?),
        Type::Tuple(types) => types.iter().map(|ty| value(ty, u)).collect::<Result<_>>().map(Value::Array)?,
        Type::Struct { fields, .. } => values(fields, u)?,
        Type::Enum { variants, .. } => {
            let Variant { name, fields } = u.choose(variants)?;
            if fields.is_empty() { name.clone().into() } else { object([(name.clone(), values(fields, u)?)]) }
        }
    })
}

/// Values of all fields, by name.
pub(crate) fn values(fields: &[Field], u: &mut Unstructured<'_>) -> Result<Value> {
    let entry = |field: &Field| Ok((field.name.clone(), value(&field.ty, u)?));
    fields.iter().map(entry).collect::<Result<Map<_, _>>>().map(Value::Object)
}

fn object(entries: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(entries.into_iter().collect())
}

fn hex(u: &mut Unstructured<'_>, length: usize) -> Result<Value> {
    let mut bytes = vec![0; length];
    u.fill_buffer(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into())
}

/// Any JSON.
fn json(u: &mut Unstructured<'_>, depth: u32) -> Result<Value> {
    let inside = depth.saturating_sub(1);
    Ok(match u.int_in_range(0..=if depth == 0 { 6 } else { 9 })? {
        0 => Value::Null,
        1 => u.arbitrary::<bool>()?.into(),
        2 => u.arbitrary::<i64>()?.into(),
        3 => u.arbitrary::<u64>()?.into(),
        4 => Number::from_f64(u.arbitrary()?).map_or(Value::Null, Value::Number),
        5 => u.arbitrary::<String>()?.into(),
        // Texts that begin like what is read from texts.
        6 => {
            const BEGINNINGS: [&str; 8] =
                ["", "0x", "-", "+", "0", "ls1", "340282366920938463463374607431768211455", "00ff"];
            let (beginning, rest) = (u.choose(&BEGINNINGS)?, u.arbitrary::<String>()?);
            format!("{beginning}{rest}").into()
        }
        7 => Value::Array(several(u, 0, |u| json(u, inside))?),
        _ => object(several(u, 0, |u| Ok((name(u)?, json(u, inside)?)))?),
    })
}

/// A part of a value, found by going down at random; sometimes none.
fn some_part<'v>(value: &'v mut Value, u: &mut Unstructured<'_>) -> Result<Option<&'v mut Value>> {
    let mut part = value;
    loop {
        let count = match &*part {
            Value::Array(values) => values.len(),
            Value::Object(map) => map.len(),
            _ => 0,
        };
        if count == 0 || u.is_empty() || u.ratio(1, 3)? {
            return Ok(u.arbitrary::<bool>()?.then_some(part));
        }
        let at = u.choose_index(count)?;
        let inside = match part {
            Value::Array(values) => values.get_mut(at),
            Value::Object(map) => map.values_mut().nth(at),
            _ => None,
        };
        let Some(inside) = inside else { return Ok(None) };
        part = inside;
    }
}
