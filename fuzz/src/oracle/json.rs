//! JSON and borsh by a schema: the same values, whatever the type, and no input that is too much.

use lockstep_abi::{
    Event,
    receipt::EventData,
    schema::{
        ErrorDef, EventDef, EventField, Field, Method, MethodKind, Schema, Type, VERSION,
        json::{
            JsonError, Problem, decode_args, decode_event, decode_value, encode_args, encode_topic,
            encode_value, example, example_args, explain_error,
        },
        upgrade::Upgrade,
    },
};
use serde_json::{Value, json};

use crate::Typed;

/// A value reads back from its bytes; JSON and bytes that are no value of the type are refused or have one form too.
///
/// # Panics
/// If not.
pub fn json(typed: &Typed) {
    let Typed { ty, value, other, bytes } = typed;
    let encoding = encode_value(ty, value).expect("a value of the type, and a short one");
    assert_eq!(decode_value(ty, &encoding).as_ref(), Ok(value), "{ty}");
    assert!(ty.fits(&encoding), "{ty}");
    assert_eq!(encoding.is_empty(), ty.takes_no_bytes(), "{ty}");

    let text: Value = serde_json::from_slice(bytes).unwrap_or_default();
    for other in [other, &text] {
        match encode_value(ty, other) {
            // Another form of a value, such as a number for a text.
            Ok(encoding) => {
                let value = decode_value(ty, &encoding).expect("what was encoded");
                assert_eq!(encode_value(ty, &value), Ok(encoding), "{ty}");
            }
            Err(error) => check_words(&error),
        }
    }
    match decode_value(ty, bytes) {
        Ok(value) => assert_eq!(encode_value(ty, &value).as_ref(), Ok(bytes), "{ty}"),
        Err(error) => check_words(&error),
    }
    assert_eq!(ty.fits(bytes), decode_value(ty, bytes).is_ok(), "{ty}");
    let example = example(ty);
    if !example.ends_with('…') {
        let value: Value = serde_json::from_str(&example).expect("an example is JSON");
        encode_value(ty, &value).expect("an example is a value");
    }
    in_an_interface(typed);
}

/// A message says something, and fits a screen or two: names and types are the schema's, values are cut.
fn check_words(error: &JsonError) {
    let words = error.to_string();
    assert!(!words.is_empty() && words.len() < 16_384, "{} bytes", words.len());
    assert!(!matches!(error.problem, Problem::TooDeep { .. } | Problem::TooManyVariants), "{words}");
}

/// The type as an argument, a field of an event and a field of an error.
fn in_an_interface(typed: &Typed) {
    let Typed { ty, value, other, bytes } = typed;
    let field = |name: &str| Field { name: name.into(), ty: ty.clone() };
    let event_field = |name: &str, topic| EventField { name: name.into(), ty: ty.clone(), topic };
    let method = Method {
        name: "m".into(),
        docs: String::new(),
        kind: MethodKind::Call,
        payable: false,
        reentrant: false,
        private: false,
        args: vec![field("a"), field("b")],
        result: Type::Unit,
    };
    let args = json!({ "a": value, "b": value });
    let encoded = encode_args(&method, &args).expect("values of the types");
    assert_eq!(encode_args(&method, &json!([value, value])).as_ref(), Ok(&encoded));
    assert_eq!(decode_args(&method, &encoded), Ok(args));
    for wrong in [other.clone(), json!({ "a": other, "b": value }), json!([other])] {
        if let Err(error) = encode_args(&method, &wrong) {
            check_words(&error);
        }
    }
    let _: String = example_args(&method);

    let schema = Schema {
        version: VERSION,
        name: "C".into(),
        docs: String::new(),
        methods: vec![method],
        events: vec![EventDef {
            name: "E".into(),
            docs: String::new(),
            fields: vec![event_field("topic", true), event_field("data", false)],
        }],
        errors: vec![ErrorDef { code: 1, name: "F".into(), docs: String::new(), fields: vec![field("a")] }],
    };
    assert_eq!(Schema::decode(&schema.encode()).as_ref(), Ok(&schema));
    assert_eq!(Upgrade::between(&described(&schema), &described(&schema)).interface, []);

    let topic = encode_topic(ty, value).expect("a value of the type");
    let data = encode_value(ty, value).expect("a value of the type");
    for data in [&data, bytes] {
        // Longer ones are in no receipt.
        if let Ok(data) = EventData::try_from(data.clone()) {
            let topics = vec![b"E".to_vec().try_into().expect("short"), topic.clone()];
            let topics = topics.try_into().expect("two");
            if let Ok(event) = decode_event(&schema, &Event { contract: Default::default(), topics, data }) {
                assert_eq!(event["name"], "E");
            }
        }
        let explained = explain_error(&schema, 1, data);
        assert!(explained.text.chars().count() <= 401, "{}", explained.text);
    }
}

fn described(schema: &Schema) -> lockstep_abi::schema::Description {
    lockstep_abi::schema::Description { schema: Some(schema.clone()), ..Default::default() }
}
