//! What a contract's interface makes of names and JSON, and of the bytes that come back.

use lockstep_abi::{
    Event, Halt, MethodName, Shown,
    limits::module::MAX_SCHEMA_BYTES,
    schema::{
        Method, MethodKind, Schema,
        json::{JsonError, closest, decode_event, decode_value, encode_args, example_args, explain_error},
    },
    tx::{Input, Invocation},
};
use serde_json::{Value, json};

use super::ClientError;
use crate::rpc::ContractAnswer;

/// The interface of one contract, or the lack of one: code that was written without the SDK has none, its
/// exports take and give bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface(Option<Schema>);

/// What a method returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returned {
    /// A value of the interface. Without an interface: hexadecimal digits, or null if there is nothing.
    Value(Value),
    /// Hexadecimal digits of bytes that do not fit the interface: the contract does not keep to it.
    Undecodable(String),
}

impl Returned {
    /// For programs: an object with the `result`, and `"undecodable": true` if it is that.
    #[must_use]
    pub fn json(&self) -> Value {
        match self {
            Self::Value(value) => json!({ "result": value }),
            Self::Undecodable(digits) => json!({ "result": digits, "undecodable": true }),
        }
    }

    /// For people; nothing at all if there is no result.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Value(Value::Null) => None,
            Self::Value(value) => Some(plain(value)),
            Self::Undecodable(digits) => {
                Some(format!("{digits}\n  undecodable: this does not fit the contract's interface"))
            }
        }
    }
}

/// What is wrong with how a contract is used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InterfaceError {
    /// There is no such method.
    #[error("the contract has no method `{method}`{}; it has:{}", DidYouMean(close), Lines(methods))]
    UnknownMethod {
        /// What was asked for.
        method: String,
        /// The method that was probably meant.
        close: Option<String>,
        /// The signatures of what can be called.
        methods: Vec<String>,
    },
    /// The method is for another purpose.
    #[error("`{method}` is of the kind {kind} and cannot be called; these can:{}", Lines(methods))]
    WrongKind {
        /// The method.
        method: String,
        /// Its kind.
        kind: MethodKind,
        /// The signatures of what can be called.
        methods: Vec<String>,
    },
    /// The arguments do not fit.
    #[error("{error}\n  method   {signature}\n  example  '{example}'")]
    Arguments {
        /// What is wrong, and where.
        error: Box<JsonError>,
        /// The method's signature.
        signature: String,
        /// Arguments that fit.
        example: String,
    },
    /// The contract needs arguments to be created, and none were given.
    #[error("the contract is set up by `{signature}`; give its arguments, such as --init '{example}'")]
    InitNeeded {
        /// The method's signature.
        signature: String,
        /// Arguments that fit.
        example: String,
    },
    /// The code has no method for this.
    #[error("the code has no method of the kind {kind}, so it takes no arguments here")]
    NoSuchKind {
        /// The kind.
        kind: MethodKind,
    },
    /// Without an interface, arguments are bytes.
    #[error("the contract has no interface: give the arguments as bytes, such as '\"0x00ff\"', or none")]
    Bytes,
    /// Not even a possible name.
    #[error("`{method}` is not the name of a method: {why}")]
    Name {
        /// What was given.
        method: String,
        /// Why.
        why: lockstep_abi::TextError,
    },
}

struct DidYouMean<'a>(&'a Option<String>);

impl std::fmt::Display for DidYouMean<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(name) => write!(f, " (did you mean `{name}`?)"),
            None => Ok(()),
        }
    }
}

struct Lines<'a>(&'a [String]);

impl std::fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl InterfaceError {
    /// A stable name for programs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::UnknownMethod { .. } => "unknown_method",
            Self::WrongKind { .. } | Self::NoSuchKind { .. } => "wrong_method_kind",
            Self::Arguments { .. } | Self::InitNeeded { .. } | Self::Bytes => "bad_arguments",
            Self::Name { .. } => "bad_method_name",
        }
    }
}

impl Interface {
    /// An interface that is known already.
    #[must_use]
    pub fn new(schema: Option<&Schema>) -> Self {
        Self(schema.cloned())
    }

    /// The interface in a node's answer.
    ///
    /// # Errors
    /// [`ClientError::Answer`] if it is not one.
    pub fn of(answer: &ContractAnswer) -> Result<Self, ClientError> {
        let Some(digits) = &answer.schema_bytes else { return Ok(Self(None)) };
        let malformed = |what: String| ClientError::Answer { what: format!("an interface: {what}") };
        if digits.len() > 2 * MAX_SCHEMA_BYTES {
            return Err(malformed("it is too long".into()));
        }
        let bytes = hex::decode(digits).map_err(|error| malformed(error.to_string()))?;
        Schema::decode(&bytes).map(|schema| Self(Some(schema))).map_err(|error| malformed(error.to_string()))
    }

    /// The schema, if there is one.
    #[must_use]
    pub const fn schema(&self) -> Option<&Schema> {
        self.0.as_ref()
    }

    /// The signatures of what can be called.
    #[must_use]
    pub fn callable(&self) -> Vec<String> {
        let methods = self.0.iter().flat_map(|schema| &schema.methods);
        methods.filter(|method| is_callable(method.kind)).map(Method::signature).collect()
    }

    /// A call of a method by name, with JSON arguments.
    ///
    /// # Errors
    /// [`InterfaceError`].
    pub fn call(&self, method: &str, args: &Value) -> Result<Invocation, InterfaceError> {
        let name: MethodName =
            method.parse().map_err(|why| InterfaceError::Name { method: method.into(), why })?;
        let Some(schema) = &self.0 else {
            return Ok(Invocation { method: name, args: raw(args)? });
        };
        let Some(found) = schema.method(method) else {
            let callable = schema.methods.iter().filter(|method| is_callable(method.kind));
            let close = closest(method, callable.map(|method| method.name.as_str()));
            let (method, methods) = (method.into(), self.callable());
            return Err(InterfaceError::UnknownMethod { method, close, methods });
        };
        if !is_callable(found.kind) {
            let (method, kind) = (method.into(), found.kind);
            return Err(InterfaceError::WrongKind { method, kind, methods: self.callable() });
        }
        Ok(Invocation { method: name, args: encode(found, args)? })
    }

    /// The call that sets up (`Init`) or migrates (`Upgrade`) a contract; `None` if its code has no method
    /// for that.
    ///
    /// # Errors
    /// [`InterfaceError`], also if arguments were given that nothing takes.
    pub fn special(&self, kind: MethodKind, args: &Value) -> Result<Option<Invocation>, InterfaceError> {
        let schema = self.0.as_ref();
        let found = schema.and_then(|schema| schema.methods.iter().find(|method| method.kind == kind));
        let Some(found) = found else {
            return if args.is_null() { Ok(None) } else { Err(InterfaceError::NoSuchKind { kind }) };
        };
        if args.is_null() && !found.args.is_empty() {
            let (signature, example) = (found.signature(), example_args(found));
            return Err(InterfaceError::InitNeeded { signature, example });
        }
        let method =
            found.name.parse().map_err(|why| InterfaceError::Name { method: found.name.clone(), why })?;
        Ok(Some(Invocation { method, args: encode(found, args)? }))
    }

    /// What a method returned.
    #[must_use]
    pub fn result(&self, method: &str, bytes: &[u8]) -> Returned {
        let found = self.0.as_ref().and_then(|schema| schema.method(method));
        match found.map(|method| decode_value(&method.result, bytes)) {
            Some(Ok(value)) => Returned::Value(value),
            Some(Err(_)) => Returned::Undecodable(hex::encode(bytes)),
            None if bytes.is_empty() => Returned::Value(Value::Null),
            None => Returned::Value(hex::encode(bytes).into()),
        }
    }

    /// What a contract announced: for programs and for people, such as `Transfer { from: ls1.., amount: 5 }`.
    #[must_use]
    pub fn event(&self, event: &Event) -> (Value, String) {
        match self.0.as_ref().map(|schema| (schema, decode_event(schema, event))) {
            Some((schema, Ok(value))) => {
                let text = event_text(schema, &value);
                (value, text)
            }
            Some((_, Err(_))) | None => {
                let value = json!({ "topics": event.topics, "data": event.data });
                let text = value.to_string();
                (value, text)
            }
        }
    }

    /// Why something halted: for programs and for people.
    #[must_use]
    pub fn halt(&self, halt: &Halt) -> (Value, String) {
        match (halt, &self.0) {
            (Halt::Contract { code, data }, Some(schema)) => {
                let explained = explain_error(schema, *code, data);
                (explained.json, format!("the contract refused: {}", explained.text))
            }
            (halt, _) => (json!(halt), halt.to_string()),
        }
    }
}

/// A decoded event with its fields in the order of the interface; the JSON has them by name.
fn event_text(schema: &Schema, event: &Value) -> String {
    let name = event.get("name").and_then(Value::as_str).unwrap_or_default();
    let definition = schema.events.iter().find(|event| event.name == name);
    let fields = definition.map(|event| event.fields.as_slice()).unwrap_or_default();
    let value =
        |name: &str| event.pointer("/fields").and_then(|fields| fields.get(name)).map_or("".into(), plain);
    let fields: Vec<String> =
        fields.iter().map(|field| format!("{}: {}", field.name, value(&field.name))).collect();
    if fields.is_empty() { name.into() } else { format!("{name} {{ {} }}", fields.join(", ")) }
}

/// A value for people: a text without its quotes, on one line, and nothing in it that disturbs a terminal.
#[must_use]
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => Shown(text).to_string(),
        other => Shown(&other.to_string()).to_string(),
    }
}

fn is_callable(kind: MethodKind) -> bool {
    match kind {
        MethodKind::Call | MethodKind::View => true,
        MethodKind::Init | MethodKind::Upgrade => false,
    }
}

fn encode(method: &Method, args: &Value) -> Result<Input, InterfaceError> {
    let none = Value::Object(serde_json::Map::new());
    // No arguments at all: what is missing is said by name.
    let args = if args.is_null() { &none } else { args };
    let bytes = encode_args(method, args).map_err(|error| InterfaceError::Arguments {
        error: Box::new(error),
        signature: method.signature(),
        example: example_args(method),
    })?;
    Ok(Input::try_from(bytes).expect("the encoder keeps to the limit of an input"))
}

fn raw(args: &Value) -> Result<Input, InterfaceError> {
    let empty = match args {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::String(_) | Value::Bool(_) | Value::Number(_) => false,
    };
    if empty {
        return Ok(Input::default());
    }
    let digits = args.as_str().and_then(|text| text.strip_prefix("0x")).ok_or(InterfaceError::Bytes)?;
    let bytes = hex::decode(digits).map_err(|_| InterfaceError::Bytes)?;
    Input::try_from(bytes).map_err(|_| InterfaceError::Bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_method_is_told_what_was_probably_meant() {
        let method = |name: &str, kind| Method {
            name: name.into(),
            docs: String::new(),
            kind,
            payable: false,
            reentrant: false,
            private: false,
            args: vec![],
            result: lockstep_abi::schema::Type::Unit,
        };
        let methods = vec![method("transfer", MethodKind::Call), method("setup", MethodKind::Init)];
        let version = lockstep_abi::schema::VERSION;
        let (name, docs) = ("A".into(), String::new());
        let schema = Schema { version, name, docs, methods, events: vec![], errors: vec![] };
        let said =
            |name: &str| Interface(Some(schema.clone())).call(name, &Value::Null).unwrap_err().to_string();
        assert!(said("tranfer").contains("(did you mean `transfer`?)"), "{}", said("tranfer"));
        // What cannot be called is not what was meant.
        assert!(!said("setupp").contains("did you mean"), "{}", said("setupp"));
    }

    #[test]
    fn a_contracts_text_stays_in_its_line_and_in_its_direction() {
        assert_eq!(plain(&json!("done\nerror: none")), "done\\nerror: none");
        assert_eq!(plain(&json!("\u{202e}evil\x1b[2J")), "\\u{202e}evil\\u{1b}[2J");
        assert_eq!(plain(&json!(["a\u{2066}\n", "b"])), r#"["a\u{2066}\n","b"]"#);
        assert_eq!(plain(&json!("Grüße")), "Grüße");
    }
}
