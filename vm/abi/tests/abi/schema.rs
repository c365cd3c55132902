//! A schema reads back as it was written, and what breaks a rule is refused with the rule.

use lockstep_abi::{
    FIRST_STANDARD_CODE, TextError,
    limits::module::{MAX_SCHEMA_BYTES, MAX_SCHEMA_DEPTH},
    schema::{
        ErrorDef, EventDef, EventField, Field, Method, MethodKind, Schema, SchemaError, Type, VERSION,
        Variant, field_topic,
    },
};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::interface;

proptest! {
    #[test]
    fn an_interface_reads_back(schema in interface::schema()) {
        prop_assert_eq!(Schema::decode(&schema.encode()), Ok(schema));
    }

    #[test]
    fn a_truncated_interface_is_refused(schema in interface::schema(), cut in any::<Index>()) {
        let bytes = schema.encode();
        let cut = cut.index(bytes.len());
        let refused = Schema::decode(&bytes[..cut]).unwrap_err();
        let truncated = matches!(refused, SchemaError::Truncated { at } if at <= cut);
        prop_assert!(truncated, "{}", refused);
    }

    #[test]
    fn trailing_bytes_are_refused(schema in interface::schema(), tail in vec(any::<u8>(), 1..9)) {
        let mut bytes = schema.encode();
        let (at, left) = (bytes.len(), tail.len());
        bytes.extend(tail);
        prop_assert_eq!(Schema::decode(&bytes), Err(SchemaError::Trailing { at, left }));
    }

    #[test]
    fn a_changed_byte_is_refused_or_reads_as_what_it_is(
        schema in interface::schema(), at in any::<Index>(), byte in any::<u8>()
    ) {
        let mut bytes = schema.encode();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(schema) = Schema::decode(&bytes) {
            prop_assert_eq!(schema.encode(), bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        let with_version = [&VERSION.to_le_bytes()[..], &bytes].concat();
        for bytes in [bytes, with_version] {
            if let Ok(schema) = Schema::decode(&bytes) {
                prop_assert_eq!(schema.encode(), bytes);
            }
        }
    }
}

fn empty() -> Schema {
    let (methods, events, errors) = (Vec::new(), Vec::new(), Vec::new());
    Schema { version: VERSION, name: "token".into(), docs: String::new(), methods, events, errors }
}

fn method(name: &str, kind: MethodKind) -> Method {
    let (payable, reentrant, private) = (false, false, false);
    Method {
        name: name.into(),
        docs: String::new(),
        kind,
        payable,
        reentrant,
        private,
        args: vec![],
        result: Type::Unit,
    }
}

fn field(name: &str, ty: Type) -> Field {
    Field { name: name.into(), ty }
}

fn error(code: u32, name: &str) -> ErrorDef {
    ErrorDef { code, name: name.into(), docs: String::new(), fields: vec![] }
}

fn refusal(schema: &Schema) -> SchemaError {
    Schema::decode(&schema.encode()).unwrap_err()
}

/// A schema whose one method returns `result`.
fn returning(result: Type) -> Schema {
    Schema { methods: vec![Method { result, ..method("get", MethodKind::View) }], ..empty() }
}

fn nested(depth: u32) -> Type {
    (1..depth).fold(Type::U8, |inner, _| Type::Option(Box::new(inner)))
}

#[test]
fn a_read_only_method_takes_no_value() {
    let payable = Method { payable: true, ..method("look", MethodKind::View) };
    let schema = Schema { methods: vec![method("get", MethodKind::View), payable], ..empty() };
    assert_eq!(refusal(&schema), SchemaError::PayableView { method: 1 });
}

#[test]
fn types_nest_to_the_limit_and_no_deeper() {
    assert!(Schema::decode(&returning(nested(MAX_SCHEMA_DEPTH)).encode()).is_ok());
    let refused = refusal(&returning(nested(MAX_SCHEMA_DEPTH + 1)));
    let at = returning(nested(MAX_SCHEMA_DEPTH + 1)).encode().len() - 1 - 4;
    assert_eq!(refused, SchemaError::TooDeep { limit: MAX_SCHEMA_DEPTH, at });
}

#[test]
fn every_way_to_nest_counts() {
    let wraps: [fn(Type) -> Type; 5] = [
        |inner| Type::Option(Box::new(inner)),
        |inner| Type::List(Box::new(inner)),
        |inner| Type::Tuple(vec![inner]),
        |inner| Type::Struct { name: "S".into(), fields: vec![field("f", inner)] },
        |inner| {
            let variant = Variant { name: "V".into(), fields: vec![field("f", inner)] };
            Type::Enum { name: "E".into(), variants: vec![variant] }
        },
    ];
    for wrap in wraps {
        let deep = (1..MAX_SCHEMA_DEPTH).fold(Type::U8, |inner, _| wrap(inner));
        assert!(Schema::decode(&returning(deep.clone()).encode()).is_ok());
        let refused = refusal(&returning(wrap(deep)));
        assert!(matches!(refused, SchemaError::TooDeep { .. }), "{refused}");
    }
}

/// A decoder that recurses as deep as the bytes say overflows the native stack here.
#[test]
fn sixty_thousand_nested_options_are_refused() {
    let mut bytes = returning(Type::Unit).encode();
    let tail = bytes.split_off(bytes.len() - 5);
    bytes.extend(vec![18; 60_000]);
    bytes.extend(tail);
    let refused = Schema::decode(&bytes).unwrap_err();
    assert!(matches!(refused, SchemaError::TooDeep { limit: MAX_SCHEMA_DEPTH, .. }), "{refused}");
}

#[test]
fn a_schema_over_its_limit_is_refused_before_it_is_read() {
    let found = MAX_SCHEMA_BYTES + 1;
    let refused = Schema::decode(&vec![0; found]);
    assert_eq!(refused, Err(SchemaError::TooLong { found, limit: MAX_SCHEMA_BYTES }));
}

#[test]
fn an_unknown_version_is_refused() {
    let refused = refusal(&Schema { version: 1, ..empty() });
    assert_eq!(refused, SchemaError::Version { found: 1, known: VERSION });
}

#[test]
fn unknown_kinds_types_and_flags_are_refused() {
    // ... kind, payable, reentrant and private, no arguments (2 bytes), result, no events, no errors (4 bytes)
    let bytes = returning(Type::Unit).encode();
    let changed = |back: usize, byte: u8| {
        let mut bytes = bytes.clone();
        let at = bytes.len() - back;
        bytes[at] = byte;
        (Schema::decode(&bytes).unwrap_err(), at)
    };
    let (refused, at) = changed(10, 4);
    assert_eq!(refused, SchemaError::UnknownKind { found: 4, at });
    let (refused, at) = changed(9, 2);
    assert_eq!(refused, SchemaError::NotAFlag { found: 2, at });
    let (refused, at) = changed(8, 4);
    assert_eq!(refused, SchemaError::NotTwoFlags { found: 4, at });
    let (refused, at) = changed(5, 24);
    assert_eq!(refused, SchemaError::UnknownType { found: 24, at });
}

#[test]
fn a_method_that_cannot_be_called_by_its_name_is_refused() {
    let schema = Schema { methods: vec![method("get it", MethodKind::View)], ..empty() };
    let why = TextError::Character { found: ' ' };
    assert_eq!(refusal(&schema), SchemaError::MethodName { method: 0, why });
}

#[test]
fn names_that_occur_twice_in_one_list_are_refused() {
    let twice = || vec![field("a", Type::U8), field("a", Type::U8)];
    let event = |name: String| EventDef { name, docs: String::new(), fields: vec![] };
    let variant = || Variant { name: "V".into(), fields: vec![] };
    let same_topic = ["x", "y"].map(|end| event("n".repeat(32) + end)).to_vec();
    let of_methods = ["get", "get"].map(|name| method(name, MethodKind::View)).to_vec();
    for schema in [
        Schema { methods: of_methods, ..empty() },
        Schema { methods: vec![Method { args: twice(), ..method("m", MethodKind::Call) }], ..empty() },
        returning(Type::Struct { name: "S".into(), fields: twice() }),
        returning(Type::Enum { name: "E".into(), variants: vec![variant(), variant()] }),
        Schema { events: same_topic, ..empty() },
        Schema { errors: vec![error(1, "E"), error(2, "E")], ..empty() },
        Schema { errors: vec![ErrorDef { fields: twice(), ..error(1, "E") }], ..empty() },
    ] {
        let refused = refusal(&schema);
        assert!(matches!(refused, SchemaError::DuplicateName { .. }), "{refused}");
    }
}

#[test]
fn there_is_one_init_and_one_upgrade_at_most() {
    for kind in [MethodKind::Init, MethodKind::Upgrade] {
        let methods = vec![method("a", kind), method("b", MethodKind::Call), method("c", kind)];
        let refused = refusal(&Schema { methods, ..empty() });
        assert_eq!(refused, SchemaError::DuplicateKind { kind, first: 0, second: 2 });
    }
}

#[test]
fn a_private_method_can_be_called_by_its_contract() {
    let private = |kind, reentrant| Method { private: true, reentrant, ..method("a", kind) };
    for method in [
        private(MethodKind::Init, true),
        private(MethodKind::Upgrade, true),
        private(MethodKind::Call, false),
    ] {
        let refused = refusal(&Schema { methods: vec![method], ..empty() });
        assert_eq!(refused, SchemaError::PrivateToNobody { method: 0 });
    }
    let schema = Schema { methods: vec![private(MethodKind::View, true)], ..empty() };
    assert_eq!(Schema::decode(&schema.encode()), Ok(schema));
}

#[test]
fn error_codes_are_not_kept_for_others_and_not_shared() {
    for code in [0, FIRST_STANDARD_CODE, u32::MAX] {
        let schema = Schema { errors: vec![error(7, "A"), error(code, "B")], ..empty() };
        assert_eq!(refusal(&schema), SchemaError::KeptErrorCode { error: 1, code });
    }
    let last = Schema { errors: vec![error(FIRST_STANDARD_CODE - 1, "A")], ..empty() };
    assert_eq!(Schema::decode(&last.encode()), Ok(last));
    let schema = Schema { errors: vec![error(7, "A"), error(8, "B"), error(7, "C")], ..empty() };
    assert_eq!(refusal(&schema), SchemaError::DuplicateErrorCode { code: 7, first: 0, second: 2 });
}

#[test]
fn an_event_has_at_most_three_topics_beside_its_name() {
    let event = |name: &str, topics: usize| {
        let field =
            |index: usize| EventField { name: format!("f{index}"), ty: Type::U8, topic: index < topics };
        EventDef { name: name.into(), docs: String::new(), fields: (0..5).map(field).collect() }
    };
    assert!(Schema::decode(&Schema { events: vec![event("E", 3)], ..empty() }.encode()).is_ok());
    let refused = refusal(&Schema { events: vec![event("E", 3), event("F", 4)], ..empty() });
    assert_eq!(refused, SchemaError::TooManyTopics { event: 1, found: 4, limit: 3 });
}

#[test]
fn a_list_of_values_without_bytes_is_refused() {
    for inner in [
        Type::Unit,
        Type::FixedBytes(0),
        Type::Tuple(vec![Type::Unit]),
        Type::Struct { name: "S".into(), fields: vec![field("a", Type::Unit)] },
    ] {
        let refused = refusal(&returning(Type::List(Box::new(inner))));
        assert!(matches!(refused, SchemaError::ListOfNothing { .. }), "{refused}");
    }
}

#[test]
fn an_enum_has_as_many_variants_as_a_byte_can_number() {
    let with = |count: usize| {
        let variants = (0..count).map(|index| Variant { name: format!("V{index}"), fields: vec![] });
        returning(Type::Enum { name: "E".into(), variants: variants.collect() })
    };
    assert!(Schema::decode(&with(256).encode()).is_ok());
    let refused = refusal(&with(257));
    assert!(matches!(refused, SchemaError::TooManyVariants { found: 257, limit: 256, .. }), "{refused}");
}

#[test]
fn texts_that_would_disturb_a_terminal_are_refused() {
    for bad in ["\u{1b}[2J", "a\rb", "\u{202e}abc", "\u{0}"] {
        for schema in [Schema { name: bad.into(), ..empty() }, Schema { docs: bad.into(), ..empty() }] {
            let refused = refusal(&schema);
            assert!(matches!(refused, SchemaError::Unshowable { .. }), "{refused}");
        }
    }
    let schema = Schema { docs: "lines\n\tand tabs, ünïcödé".into(), ..empty() };
    assert_eq!(Schema::decode(&schema.encode()), Ok(schema));
    let refused = refusal(&Schema { name: "a\nb".into(), ..empty() });
    assert_eq!(refused, SchemaError::Unshowable { found: '\n', at: 2 });
}

#[test]
fn names_are_neither_empty_nor_endless() {
    let refused = refusal(&Schema { name: String::new(), ..empty() });
    assert_eq!(refused, SchemaError::NameLength { found: 0, limit: 128, at: 2 });
    let refused = refusal(&Schema { name: "n".repeat(129), ..empty() });
    assert_eq!(refused, SchemaError::NameLength { found: 129, limit: 128, at: 2 });
}

#[test]
fn signatures_are_in_rusts_notation() {
    let transfer = Method {
        args: vec![field("to", Type::Address), field("amount", Type::U128)],
        result: Type::Bool,
        ..method("transfer", MethodKind::Call)
    };
    assert_eq!(transfer.signature(), "transfer(to: Address, amount: u128) -> bool");
    assert_eq!(method("pause", MethodKind::Call).signature(), "pause()");
    let ty = Type::List(Box::new(Type::Tuple(vec![Type::Option(Box::new(Type::FixedBytes(4)))])));
    assert_eq!(ty.to_string(), "Vec<(Option<[u8; 4]>,)>");

    let insufficient = ErrorDef { fields: vec![field("have", Type::Amount)], ..error(1, "Insufficient") };
    assert_eq!(insufficient.signature(), "Insufficient { have: Amount }");
    assert_eq!(error(2, "Paused").signature(), "Paused");
    let fields = vec![EventField { name: "from".into(), ty: Type::Address, topic: true }];
    let sent = EventDef { name: "Sent".into(), docs: String::new(), fields };
    assert_eq!(sent.signature(), "Sent { from: Address (topic) }");
}

#[test]
fn a_long_event_name_and_a_long_topic_are_cut_to_a_topic() {
    let event = EventDef { name: "n".repeat(40), docs: String::new(), fields: vec![] };
    assert_eq!(event.topic(), [b'n'; 32]);
    assert_eq!(&field_topic(&[1; 32])[..], [1; 32]);
    assert_eq!(&field_topic(&[1; 33])[..], blake3::hash(&[1; 33]).as_bytes());
}
