//! What a person meets: messages, explained errors, events, and the limits of it all.

use lockstep_abi::{
    Address, Bytes, Event, List, StandardError,
    limits::run::MAX_INPUT_BYTES,
    schema::{
        ErrorDef, EventDef, EventField, Field, Method, MethodKind, Schema, Type, VERSION, Variant,
        field_topic,
        json::{
            JsonError, Problem, decode_event, decode_value, encode_args, encode_topic, encode_value, example,
            explain_error,
        },
    },
};
use serde_json::{Value, json};

fn field(name: &str, ty: Type) -> Field {
    Field { name: name.into(), ty }
}

fn method(args: Vec<Field>) -> Method {
    let (docs, kind) = (String::new(), MethodKind::Call);
    let (payable, reentrant, private) = (false, false, false);
    Method { name: "m".into(), docs, kind, payable, reentrant, private, args, result: Type::Unit }
}

fn transfer() -> Method {
    method(vec![field("to", Type::Address), field("amount", Type::U128)])
}

fn list(inner: Type) -> Type {
    Type::List(Box::new(inner))
}

fn order() -> Type {
    let variants = vec![
        Variant { name: "Open".into(), fields: vec![] },
        Variant { name: "Filled".into(), fields: vec![field("at", Type::U64)] },
    ];
    let status = Type::Enum { name: "Status".into(), variants };
    Type::Struct { name: "Order".into(), fields: vec![field("id", Type::U8), field("status", status)] }
}

fn complaint(method: &Method, json: Value) -> String {
    encode_args(method, &json).unwrap_err().to_string()
}

fn nobody() -> String {
    Address::default().to_string()
}

#[test]
fn a_misspelt_argument_is_answered_with_the_right_name_and_all_arguments() {
    assert_eq!(
        complaint(&transfer(), json!({ "to": nobody(), "ammount": "1" })),
        "unknown argument `ammount` (did you mean `amount`?); the arguments are: to: Address, amount: u128"
    );
    assert_eq!(
        complaint(&method(vec![]), json!({ "to": 1 })),
        "unknown argument `to`; there are no arguments"
    );
}

#[test]
fn a_missing_argument_is_answered_with_an_example() {
    assert_eq!(
        complaint(&transfer(), json!({ "to": nobody() })),
        "missing argument `amount`, such as \"1000\"; the arguments are: to: Address, amount: u128"
    );
}

#[test]
fn arguments_by_position_must_be_as_many() {
    assert_eq!(
        complaint(&transfer(), json!([nobody()])),
        "1 values for 2 arguments; the arguments are: to: Address, amount: u128"
    );
}

#[test]
fn arguments_that_are_neither_an_object_nor_a_list_are_answered_with_an_example() {
    let refused = complaint(&transfer(), json!("1"));
    let expected =
        "expected the arguments (to: Address, amount: u128) as an object or a list, such as {\"to\": \"ls1";
    assert!(refused.starts_with(expected), "{refused}");
    assert!(refused.ends_with("\"amount\": \"1000\"}; found the text \"1\""), "{refused}");
}

#[test]
fn no_arguments_may_be_written_in_three_ways() {
    for nothing in [json!({}), json!([]), Value::Null] {
        assert_eq!(encode_args(&method(vec![]), &nothing), Ok(vec![]));
    }
}

#[test]
fn an_error_says_where_what_and_what_instead() {
    let method = method(vec![field("orders", list(order()))]);
    assert_eq!(
        complaint(
            &method,
            json!({ "orders": [{ "id": 1, "status": "Open" }, { "id": 256, "status": "Open" }] })
        ),
        "orders[1].id: expected u8 (0 to 255), such as 7; found the number 256"
    );
    assert_eq!(
        complaint(&method, json!([[{ "id": 1, "status": "open" }]])),
        "orders[0].status: unknown variant `open` (did you mean `Open`?); \
         the variants are: Open, Filled { at: u64 }"
    );
    assert_eq!(
        complaint(&method, json!([[{ "id": 1, "status": { "Filled": { "at": -1 } } }]])),
        "orders[0].status.Filled.at: expected u64 (0 to 2^64-1, in quotes or whole), such as \"1000\"; \
         found the number -1"
    );
    let pairs = list(list(Type::Bool));
    let refused = encode_value(&pairs, &json!([[true], [true, 1]])).unwrap_err();
    assert_eq!(refused.path, "[1][1]");
    assert_eq!(refused.to_string(), "[1][1]: expected bool, such as true; found the number 1");
}

#[test]
fn integers_are_read_as_numbers_and_as_texts_if_they_are_exact() {
    let max = encode_value(&Type::U64, &json!(u64::MAX));
    assert_eq!(max, Ok(vec![0xff; 8]));
    assert_eq!(encode_value(&Type::U64, &json!("18446744073709551615")), max);
    assert_eq!(encode_value(&Type::I8, &json!("-128")), Ok(vec![0x80]));
    assert_eq!(encode_value(&Type::I128, &json!(-1)), Ok(vec![0xff; 16]));
    for inexact in [
        json!(1.0),
        json!(1.5),
        json!(1e30),
        json!("1.0"),
        json!("01"),
        json!("+1"),
        json!("-0"),
        json!(" 1"),
    ] {
        assert!(encode_value(&Type::I128, &inexact).is_err(), "{inexact}");
        assert!(encode_value(&Type::Amount, &inexact).is_err(), "{inexact}");
    }
    // 2^64 as a JSON number is a float to serde_json; as a text it is exact.
    let large: Value = serde_json::from_str("18446744073709551616").unwrap();
    let refused = encode_value(&Type::U128, &large).unwrap_err().to_string();
    assert!(refused.contains("in quotes if over 2^64-1"), "{refused}");
    assert!(encode_value(&Type::U128, &json!("18446744073709551616")).is_ok());
}

/// A number of seconds fits as well, and so the message says what is counted.
#[test]
fn a_time_is_a_decimal_text_of_milliseconds() {
    let bytes = 1_767_225_600_000_u64.to_le_bytes();
    for json in [json!("1767225600000"), json!(1_767_225_600_000_u64)] {
        assert_eq!(encode_value(&Type::Time, &json), Ok(bytes.to_vec()));
    }
    assert_eq!(decode_value(&Type::Time, &bytes), Ok(json!("1767225600000")));
    for wrong in [json!("2026-01-01"), json!("-1"), json!(1.5), json!("18446744073709551616")] {
        let refused = encode_value(&Type::Time, &wrong).unwrap_err().to_string();
        assert!(
            refused.starts_with(
                "expected Time (milliseconds since 1970, 0 to 2^64-1, in quotes or whole), \
                 such as \"1767225600000\"; found "
            ),
            "{refused}"
        );
    }
}

#[test]
fn bytes_are_hexadecimal_digits_of_the_right_number() {
    let two = Type::FixedBytes(2);
    assert_eq!(encode_value(&two, &json!("00Ff")), Ok(vec![0, 0xff]));
    assert_eq!(encode_value(&two, &json!("0x00ff")), Ok(vec![0, 0xff]));
    for wrong in ["00", "00ff00", "00f", "zz00"] {
        let refused = encode_value(&two, &json!(wrong)).unwrap_err().to_string();
        assert!(
            refused.starts_with("expected [u8; 2] (4 hexadecimal digits), such as \"0000\""),
            "{refused}"
        );
    }
}

/// With plain `null` for every missing value, `None` and `Some(None)` would read as the same.
#[test]
fn an_option_of_an_option_says_which_one_is_missing() {
    let ty = Type::Option(Box::new(Type::Option(Box::new(Type::U8))));
    for (json, bytes) in
        [(json!(null), vec![0]), (json!({ "some": null }), vec![1, 0]), (json!({ "some": 5 }), vec![1, 1, 5])]
    {
        assert_eq!(encode_value(&ty, &json), Ok(bytes.clone()));
        assert_eq!(decode_value(&ty, &bytes), Ok(json));
    }
    let refused = encode_value(&ty, &json!(5)).unwrap_err().to_string();
    assert_eq!(refused, "expected Option<Option<u8>>, such as {\"some\": 7}; found the number 5");
}

fn token() -> Schema {
    let topic = |name: &str, ty| EventField { name: name.into(), ty, topic: true };
    let sent = EventDef {
        name: "Sent".into(),
        docs: String::new(),
        fields: vec![
            topic("from", Type::Address),
            EventField { name: "amount".into(), ty: Type::U128, topic: false },
            topic("memo", Type::String),
        ],
    };
    let insufficient = ErrorDef {
        code: 1,
        name: "Insufficient".into(),
        docs: String::new(),
        fields: vec![field("have", Type::Amount), field("need", Type::Amount)],
    };
    let note = Type::Option(Box::new(Type::String));
    let rejected = ErrorDef {
        code: 2,
        name: "Rejected".into(),
        docs: String::new(),
        fields: vec![field("order", order()), field("note", note)],
    };
    Schema {
        version: VERSION,
        name: "token".into(),
        docs: String::new(),
        methods: vec![],
        events: vec![sent],
        errors: vec![insufficient, rejected],
    }
}

fn event(topics: &[&[u8]], data: &[u8]) -> Event {
    let topics = topics.iter().map(|topic| Bytes::try_from(topic.to_vec()).unwrap()).collect::<Vec<_>>();
    Event {
        contract: Address::default(),
        topics: List::try_from(topics).unwrap(),
        data: Bytes::try_from(data.to_vec()).unwrap(),
    }
}

#[test]
fn an_event_is_shown_by_the_names_of_its_fields() {
    let from = encode_topic(&Type::Address, &json!(nobody())).unwrap();
    let memo = encode_topic(&Type::String, &json!("hi")).unwrap();
    let shown = decode_event(&token(), &event(&[b"Sent", &from, &memo], &5_u128.to_le_bytes()));
    let fields = json!({ "from": nobody(), "amount": "5", "memo": "hi" });
    assert_eq!(shown, Ok(json!({ "name": "Sent", "fields": fields })));
}

#[test]
fn a_field_that_is_too_long_for_a_topic_is_shown_as_its_hash() {
    let memo = json!("a memo that is longer than a topic can be");
    let encoding = encode_value(&Type::String, &memo).unwrap();
    let topic = encode_topic(&Type::String, &memo).unwrap();
    assert_eq!(topic, field_topic(&encoding));
    let shown = decode_event(&token(), &event(&[b"Sent", &[0; 32], &topic], &5_u128.to_le_bytes())).unwrap();
    assert_eq!(shown["fields"]["memo"], json!({ "blake3": blake3::hash(&encoding).to_string() }));
}

#[test]
fn an_event_that_the_interface_does_not_describe_is_refused() {
    let refused = |event: Event| decode_event(&token(), &event).unwrap_err().to_string();
    assert_eq!(refused(event(&[b"Other\x1b"], &[])), "the interface has no event `Other\\u{1b}`");
    assert_eq!(refused(event(&[], &[])), "the interface has no event ``");
    assert_eq!(refused(event(&[b"Sent"], &[])), "1 topics, the event has 3");
    assert_eq!(
        refused(event(&[b"Sent", &[0; 32], &[0; 4]], &[1])),
        "amount: the bytes end where u128 is expected"
    );
    assert_eq!(refused(event(&[b"Sent", &[0; 32], &[0; 4]], &[1; 17])), "1 bytes are left over");
    assert_eq!(
        refused(event(&[b"Sent", &[0; 31], &[0; 4]], &[1; 16])),
        "from: the bytes end where Address is expected"
    );
}

#[test]
fn a_contracts_error_is_one_line_for_people_and_json_for_programs() {
    let data = [5_u128.to_le_bytes(), 7_u128.to_le_bytes()].concat();
    let explained = explain_error(&token(), 1, &data);
    assert_eq!(explained.text, "Insufficient { have: 5, need: 7 }");
    let fields = json!({ "have": "5", "need": "7" });
    assert_eq!(explained.json, json!({ "code": 1, "name": "Insufficient", "fields": fields }));

    let json = json!([order_json(), "it's \u{1b}[31mred"]);
    let types = vec![order(), Type::Option(Box::new(Type::String))];
    let data = encode_value(&Type::Tuple(types), &json).unwrap();
    let text = explain_error(&token(), 2, &data).text;
    let expected =
        "Rejected { order: Order { id: 3, status: Filled { at: 9 } }, note: Some(\"it's \\u{1b}[31mred\") }";
    assert_eq!(text, expected);
}

fn order_json() -> Value {
    json!({ "id": 3, "status": { "Filled": { "at": "9" } } })
}

#[test]
fn a_message_is_shown_as_it_is_and_cannot_disturb_a_terminal() {
    let explained = explain_error(&token(), 0, b"no \x1b[2J way");
    assert_eq!(explained.text, "no \\u{1b}[2J way");
    assert_eq!(explained.json, json!({ "code": 0, "message": "no \u{1b}[2J way" }));
    let long = explain_error(&token(), 0, &[b'x'; 1024]).text;
    assert_eq!(long.chars().count(), 401);
}

#[test]
fn an_error_that_the_interface_does_not_describe_still_has_an_answer() {
    let standard = explain_error(&token(), StandardError::CallHalted { halt: 4 }.code(), &[4]);
    let json = json!({ "code": 0xFFFF_FF03_u32, "name": "CallHalted", "fields": { "halt": 4 } });
    assert_eq!(standard.json, json);
    assert_eq!(standard.text, "CallHalted (a call of another contract ended with halt 4)");

    let unknown = explain_error(&token(), 9, &[1, 2]);
    assert_eq!(unknown.text, "error 9 (not in the interface): 0x0102");
    assert_eq!(unknown.json, json!({ "code": 9, "data": "0102" }));
    let misfit = explain_error(&token(), 1, &[1]);
    assert_eq!(misfit.text, "Insufficient (its data does not fit the interface): 0x01");
    assert_eq!(misfit.json, json!({ "code": 1, "name": "Insufficient", "data": "01" }));
}

fn problem(result: Result<impl core::fmt::Debug, JsonError>) -> Problem {
    result.unwrap_err().problem
}

#[test]
fn a_value_longer_than_a_call_may_carry_is_refused() {
    let limit = MAX_INPUT_BYTES as usize;
    assert!(encode_value(&Type::String, &json!("x".repeat(limit - 4))).is_ok());
    let refused = encode_value(&Type::String, &json!("x".repeat(limit - 3)));
    assert_eq!(problem(refused), Problem::TooLong { limit });
}

#[test]
fn a_byte_that_no_value_has_is_refused() {
    let refused = |ty: &Type, bytes: &[u8]| problem(decode_value(ty, bytes)).to_string();
    assert_eq!(refused(&Type::Bool, &[2]), "bool cannot have the byte 2");
    assert_eq!(refused(&Type::Option(Box::new(Type::U8)), &[2, 0]), "Option<u8> cannot have the byte 2");
    assert_eq!(refused(&order(), &[0, 2]), "Status cannot have the byte 2");
    assert_eq!(refused(&Type::String, &[1, 0, 0, 0, 0xff]), "the text is not UTF-8");
}

/// A byte that becomes nine thousand fields: 128 KiB of them would be a billion values.
#[test]
fn a_few_bytes_that_would_become_a_lot_of_json_are_refused() {
    let fields = (0..9_000).map(|index| field(&format!("f{index}"), Type::Unit)).collect();
    let pair = Type::Tuple(vec![Type::U8, Type::Struct { name: "S".into(), fields }]);
    let bytes = [&(1_u32 << 16).to_le_bytes()[..], &vec![0; 1 << 16]].concat();
    assert_eq!(problem(decode_value(&list(pair), &bytes)), Problem::TooMuchJson { limit: 8 << 20 });
    // The largest honest result: 128 KiB as a list of bytes.
    let bytes = [&((128_u32 << 10) - 4).to_le_bytes()[..], &vec![0; (128 << 10) - 4]].concat();
    assert!(decode_value(&list(Type::U8), &bytes).is_ok());
}

/// Four bytes claim four billion values that take none.
#[test]
fn a_list_of_values_without_bytes_is_refused_in_both_directions() {
    assert_eq!(problem(decode_value(&list(Type::Unit), &[0xff; 4])), Problem::ListOfNothing);
    assert_eq!(problem(encode_value(&list(Type::Unit), &json!([null]))), Problem::ListOfNothing);
}

#[test]
fn a_type_that_is_nested_too_deep_is_refused_in_both_directions() {
    let deep = (0..16).fold(Type::U8, |inner, _| Type::Tuple(vec![inner]));
    let json = (0..16).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(problem(decode_value(&deep, &[1])), Problem::TooDeep { limit: 16 });
    assert_eq!(problem(encode_value(&deep, &json)), Problem::TooDeep { limit: 16 });
}

#[test]
fn the_example_of_an_endless_type_ends() {
    let endless = example(&Type::FixedBytes(u32::MAX));
    assert!(endless.ends_with('…'));
    assert_eq!(endless.chars().count(), 4097);
}
