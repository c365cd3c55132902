//! What a contract announced and how it refused, by the names of its schema.

use alloc::{
    format,
    string::{String, ToString},
};
use core::fmt::{self, Write};

use serde_json::{Map, Value, json};

use super::{
    JsonError, Problem,
    decode::{Decoder, decode_fields, object_of_one},
    example::{Cut, cut},
};
use crate::{
    Event, StandardError,
    limits::{module::MAX_SCHEMA_DEPTH, run::MAX_TOPIC_BYTES},
    schema::{ErrorDef, EventDef, EventField, Field, Schema, Type, Variant},
    text::Shown,
};

/// Characters of a line that explains an error.
const MAX_LINE: usize = 400;

/// A contract's error, for programs and for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// `{"code": 1, "name": "Insufficient", "fields": {"have": "5", "need": "7"}}`; for code 0
    /// `{"code": 0, "message": ".."}`. If the schema does not describe it: code and `"data"` in
    /// hexadecimal digits, with the name if that is known.
    pub json: Value,
    /// One line, such as `Insufficient { have: 5, need: 7 }`; at most 400 characters, and nothing in it
    /// disturbs a terminal.
    pub text: String,
}

/// An event as `{"name": "Transfer", "fields": {"from": "ls1...", ..}}`.
///
/// A searchable field that was too long for a topic is `{"blake3": ".."}`, all that is left of it. A field of
/// variable length whose topic has just the length of a hash is shown as a value if it can be read as one.
///
/// # Errors
/// [`JsonError`] if the schema has no such event, or another one with this name.
pub fn decode_event(schema: &Schema, event: &Event) -> Result<Value, JsonError> {
    let (name, topics) = match event.topics.split_first() {
        Some((name, topics)) => (&name[..], topics),
        None => (&[][..], &[][..]),
    };
    let definition = schema
        .event(name)
        .ok_or_else(|| Problem::UnknownEvent { name: Shown(&String::from_utf8_lossy(name)).to_string() })?;
    let expected = definition.fields.iter().filter(|field| field.topic).count();
    if topics.len() != expected {
        let with_name = |count: usize| count.saturating_add(1);
        let (expected, found) = (with_name(expected), with_name(topics.len()));
        return Err(Problem::TopicCount { expected, found }.into());
    }
    let topics = topics.iter().map(|topic| &topic[..]);
    let fields = decode_event_fields(definition, topics, &event.data)?;
    Ok(json!({ "name": definition.name, "fields": fields }))
}

fn decode_event_fields<'a>(
    definition: &EventDef,
    mut topics: impl Iterator<Item = &'a [u8]>,
    data: &[u8],
) -> Result<Map<String, Value>, JsonError> {
    let mut map = Map::new();
    let mut data = Decoder::new(data);
    for EventField { name, ty, topic } in &definition.fields {
        let value = match topic {
            true => decode_topic(ty, topics.next().unwrap_or_default()),
            false => data.value(ty, MAX_SCHEMA_DEPTH),
        };
        map.insert(name.clone(), value.map_err(|error| error.under(name))?);
    }
    data.finish()?;
    Ok(map)
}

fn decode_topic(ty: &Type, topic: &[u8]) -> Result<Value, JsonError> {
    match super::decode_value(ty, topic) {
        Err(_) if topic.len() == MAX_TOPIC_BYTES as usize => {
            Ok(object_of_one("blake3", hex::encode(topic).into()))
        }
        other => other,
    }
}

/// A contract's own error, by its name and fields. It always has an answer: what the schema does not
/// describe is shown as code and bytes.
#[must_use]
pub fn explain_error(schema: &Schema, code: u32, data: &[u8]) -> Explained {
    if code == 0 {
        return explain_message(data);
    }
    if let Some(error) = StandardError::from_parts(code, data) {
        return explain_standard(error);
    }
    let Some(error) = schema.error(code) else {
        let text = cut(MAX_LINE, |f| write!(f, "error {code} (not in the interface){}", Payload(data)));
        return Explained { json: json!({ "code": code, "data": hex::encode(data) }), text };
    };
    match decode_fields(&error.fields, data) {
        Ok(fields) => explain_fields(error, fields),
        Err(_) => {
            let what = "its data does not fit the interface";
            let text = cut(MAX_LINE, |f| write!(f, "{} ({what}){}", error.name, Payload(data)));
            Explained { json: json!({ "code": code, "name": error.name, "data": hex::encode(data) }), text }
        }
    }
}

fn explain_message(data: &[u8]) -> Explained {
    let message = String::from_utf8_lossy(data);
    let text = cut(MAX_LINE, |f| write!(f, "{}", Shown(&message)));
    Explained { json: json!({ "code": 0, "message": message }), text }
}

fn explain_standard(error: StandardError) -> Explained {
    let fields = match error {
        StandardError::CallHalted { halt } => json!({ "halt": halt }),
        StandardError::BadArguments | StandardError::WrongVersion => json!({}),
    };
    let text = format!("{} ({error})", error.name());
    Explained { json: json!({ "code": error.code(), "name": error.name(), "fields": fields }), text }
}

fn explain_fields(error: &ErrorDef, fields: Map<String, Value>) -> Explained {
    let text = cut(MAX_LINE, |f| write_fields(&error.name, &error.fields, &fields, f));
    Explained { json: json!({ "code": error.code, "name": error.name, "fields": fields }), text }
}

/// Bytes that nothing describes, after a description.
struct Payload<'a>(&'a [u8]);

impl fmt::Display for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        f.write_str(": 0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A decoded value in the notation of Rust, which has quotes around texts only.
fn write_value(ty: &Type, json: &Value, f: &mut Cut) -> fmt::Result {
    match (ty, json) {
        (Type::String, Value::String(text)) => write!(f, "\"{}\"", Shown(text)),
        (Type::Option(inner), Value::Object(map)) if super::may_be_null(inner) => {
            f.write_str("Some(")?;
            map.values().try_for_each(|value| write_value(inner, value, f))?;
            f.write_str(")")
        }
        (Type::Option(_), Value::Null) => f.write_str("None"),
        (Type::Option(inner), value) => {
            f.write_str("Some(")?;
            write_value(inner, value, f)?;
            f.write_str(")")
        }
        (Type::Unit, _) => f.write_str("()"),
        (Type::List(inner), Value::Array(values)) => {
            write_row("[", values.iter().map(|value| (&**inner, value)), "]", f)
        }
        (Type::Tuple(types), Value::Array(values)) => write_row("(", types.iter().zip(values), ")", f),
        (Type::Struct { name, fields }, Value::Object(map)) => write_fields(name, fields, map, f),
        (Type::Enum { variants, .. }, Value::Object(map)) => write_variant(variants, map, f),
        (_, Value::String(text)) => f.write_str(text),
        (_, value) => write!(f, "{value}"),
    }
}

fn write_row<'a>(
    open: &str,
    parts: impl Iterator<Item = (&'a Type, &'a Value)>,
    close: &str,
    f: &mut Cut,
) -> fmt::Result {
    f.write_str(open)?;
    for (index, (ty, value)) in parts.enumerate() {
        f.write_str(if index == 0 { "" } else { ", " })?;
        write_value(ty, value, f)?;
    }
    f.write_str(close)
}

fn write_variant(variants: &[Variant], map: &Map<String, Value>, f: &mut Cut) -> fmt::Result {
    map.iter().try_for_each(|(name, value)| {
        let variant = variants.iter().find(|variant| variant.name == *name);
        match (variant, value) {
            (Some(variant), Value::Object(fields)) => write_fields(name, &variant.fields, fields, f),
            _ => f.write_str(name),
        }
    })
}

fn write_fields(name: &str, fields: &[Field], map: &Map<String, Value>, f: &mut Cut) -> fmt::Result {
    f.write_str(name)?;
    // In the order of the definition, not of the map.
    for (index, field) in fields.iter().enumerate() {
        write!(f, "{}{}: ", if index == 0 { " { " } else { ", " }, field.name)?;
        write_value(&field.ty, map.get(&field.name).unwrap_or(&Value::Null), f)?;
    }
    f.write_str(if fields.is_empty() { "" } else { " }" })
}
