//! The constant tree against the types that the chain reads.

use alloc::{borrow::ToOwned, boxed::Box, string::String as Text, vec, vec::Vec};

use lockstep_abi::schema as abi;

use super::{
    Describe, ErrorDef, EventDef, EventField, Field, Method, MethodKind, Part, Schema, Shape, Type, Variant,
    check_places, encode, encode_layout, layout_size, size,
};

const NOTE: [ErrorDef; 2] = [
    ErrorDef { code: 1, name: "Full", docs: "No room.", fields: &[] },
    ErrorDef { code: 70_000, name: "Low", docs: "", fields: &[Field { name: "have", ty: Type::U128 }] },
];

const SENT: EventDef = EventDef {
    name: "Sent",
    docs: "Something left.",
    fields: &[
        EventField { name: "to", ty: Type::Address, topic: true },
        EventField { name: "amount", ty: Type::U128, topic: false },
    ],
};

/// A part that the contract has twice, with an event of its own.
const PART: Shape = Shape::Parts { parts: &[], events: &[EventDef { name: "Part", docs: "", fields: &[] }] };

const EVERYTHING: Schema = Schema {
    name: "Everything",
    docs: "Grüße.",
    methods: &[
        Method {
            name: "new",
            docs: "",
            kind: MethodKind::Init,
            payable: true,
            reentrant: false,
            private: false,
            args: &[],
            result: Type::Unit,
        },
        Method {
            name: "all",
            docs: "Every type once.",
            kind: MethodKind::View,
            payable: false,
            reentrant: true,
            private: true,
            args: &[
                Field { name: "a", ty: <(bool, u8, u16, u32, u64, u128)>::TYPE },
                Field { name: "b", ty: <(i8, i16, i32, i64, i128)>::TYPE },
                Field { name: "c", ty: <([u8; 7], Vec<u8>, Text, Vec<Text>)>::TYPE },
                Field {
                    name: "d",
                    ty: <(
                        lockstep_abi::Address,
                        lockstep_abi::Hash,
                        Option<lockstep_abi::Amount>,
                        lockstep_abi::Time,
                    )>::TYPE,
                },
                Field {
                    name: "e",
                    ty: Type::Struct { name: "S", fields: &[Field { name: "x", ty: Type::U8 }] },
                },
                Field {
                    name: "f",
                    ty: Type::Enum {
                        name: "E",
                        variants: &[
                            Variant { name: "A", fields: &[] },
                            Variant { name: "B", fields: &[Field { name: "0", ty: Type::Bool }] },
                        ],
                    },
                },
                Field { name: "g", ty: <[u16; 2]>::TYPE },
            ],
            result: <()>::TYPE,
        },
    ],
    events: &[SENT],
    stored: Shape::Parts {
        parts: &[
            Part { name: "a", shape: PART },
            Part { name: "b", shape: Shape::Cell(Type::U8) },
            Part { name: "c", shape: PART },
        ],
        events: &[SENT],
    },
    errors: &[&NOTE, &[], &NOTE],
};

fn everything() -> abi::Schema {
    use abi::Type::*;
    let field = |name: &str, ty| abi::Field { name: name.to_owned(), ty };
    abi::Schema {
        version: abi::VERSION,
        name: "Everything".to_owned(),
        docs: "Grüße.".to_owned(),
        methods: vec![
            abi::Method {
                name: "new".to_owned(),
                docs: "".to_owned(),
                kind: abi::MethodKind::Init,
                payable: true,
                reentrant: false,
                private: false,
                args: vec![],
                result: Unit,
            },
            abi::Method {
                name: "all".to_owned(),
                docs: "Every type once.".to_owned(),
                kind: abi::MethodKind::View,
                payable: false,
                reentrant: true,
                private: true,
                args: vec![
                    field("a", Tuple(vec![Bool, U8, U16, U32, U64, U128])),
                    field("b", Tuple(vec![I8, I16, I32, I64, I128])),
                    field("c", Tuple(vec![FixedBytes(7), Bytes, String, List(Box::new(String))])),
                    field("d", Tuple(vec![Address, Hash, Option(Box::new(Amount)), Time])),
                    field("e", Struct { name: "S".to_owned(), fields: vec![field("x", U8)] }),
                    field(
                        "f",
                        Enum {
                            name: "E".to_owned(),
                            variants: vec![
                                abi::Variant { name: "A".to_owned(), fields: vec![] },
                                abi::Variant { name: "B".to_owned(), fields: vec![field("0", Bool)] },
                            ],
                        },
                    ),
                    field("g", Tuple(vec![U16, U16])),
                ],
                result: Unit,
            },
        ],
        events: vec![
            abi::EventDef {
                name: "Sent".to_owned(),
                docs: "Something left.".to_owned(),
                fields: vec![
                    abi::EventField { name: "to".to_owned(), ty: Address, topic: true },
                    abi::EventField { name: "amount".to_owned(), ty: U128, topic: false },
                ],
            },
            abi::EventDef { name: "Part".to_owned(), docs: "".to_owned(), fields: vec![] },
        ],
        errors: vec![
            abi::ErrorDef { code: 1, name: "Full".to_owned(), docs: "No room.".to_owned(), fields: vec![] },
            abi::ErrorDef {
                code: 70_000,
                name: "Low".to_owned(),
                docs: "".to_owned(),
                fields: vec![field("have", U128)],
            },
        ],
    }
}

#[test]
fn the_compiler_encodes_an_interface_as_the_chain_does() {
    const SIZE: usize = size(&EVERYTHING);
    const BYTES: [u8; SIZE] = encode(&EVERYTHING);
    assert_eq!(BYTES.to_vec(), everything().encode());
}

#[test]
#[should_panic = "share a code"]
fn two_different_errors_with_one_code_do_not_compile() {
    const OTHER: [ErrorDef; 1] = [ErrorDef { code: 1, name: "Empty", docs: "", fields: &[] }];
    let clash = Schema { errors: &[&NOTE, &OTHER], ..EVERYTHING };
    let _ = size(&clash);
}

const fn parts(parts: &'static [Part]) -> Shape {
    Shape::Parts { parts, events: &[] }
}

const STORED: Shape = parts(&[
    Part { name: "count", shape: Shape::Cell(Type::U64) },
    Part { name: "map", shape: Shape::Map(Type::Address, Type::U128) },
    Part {
        name: "part",
        shape: parts(&[
            Part { name: "sorted", shape: Shape::OrdMap(Type::U8, Type::Bool) },
            Part {
                name: "deep",
                shape: parts(&[
                    Part { name: "set", shape: Shape::Set(Type::Hash) },
                    Part { name: "vector", shape: Shape::Vector(<(u8, Text)>::TYPE) },
                ]),
            },
        ]),
    },
    Part { name: "queue", shape: Shape::Queue(Type::Bytes) },
]);

#[test]
fn the_compiler_encodes_a_layout_as_tools_read_it() {
    use abi::layout::{Layout, Slot, SlotKind};
    const SIZE: usize = layout_size(&STORED, 1);
    const BYTES: [u8; SIZE] = encode_layout(&STORED, 1);
    const LATER_SIZE: usize = layout_size(&STORED, 70_000);
    const LATER: [u8; LATER_SIZE] = encode_layout(&STORED, 70_000);
    let slot = |path: &str, kind| Slot { path: path.to_owned(), kind };
    let pair = abi::Type::Tuple(vec![abi::Type::U8, abi::Type::String]);
    let slots = vec![
        slot("count", SlotKind::Cell { value: abi::Type::U64 }),
        slot("map", SlotKind::Map { key: abi::Type::Address, value: abi::Type::U128 }),
        slot("part.sorted", SlotKind::OrdMap { key: abi::Type::U8, value: abi::Type::Bool }),
        slot("part.deep.set", SlotKind::Set { key: abi::Type::Hash }),
        slot("part.deep.vector", SlotKind::Vector { value: pair }),
        slot("queue", SlotKind::Queue { value: abi::Type::Bytes }),
    ];
    assert_eq!(BYTES.to_vec(), Layout::new(1, slots.clone()).encode());
    assert_eq!(LATER.to_vec(), Layout::new(70_000, slots).encode());
}

#[test]
fn a_layout_without_a_collision_is_accepted() {
    check_places(&STORED);
}

#[test]
#[should_panic = "two fields would share their entries"]
fn a_field_whose_hash_is_that_of_a_parts_field_does_not_compile() {
    // A known collision of FNV-1a: both have the hash 0x5e4daa9d.
    const CLASH: Shape = parts(&[
        Part { name: "costarring", shape: Shape::Cell(Type::U8) },
        Part { name: "other", shape: parts(&[Part { name: "x", shape: Shape::Cell(Type::U8) }]) },
        Part { name: "liquid", shape: Shape::Cell(Type::U8) },
    ]);
    check_places(&CLASH);
}

#[test]
#[should_panic = "two events of this contract share a name"]
fn two_different_events_with_one_name_do_not_compile() {
    const OTHER: [EventDef; 1] = [EventDef { fields: &[], ..SENT }];
    let clash = Schema { stored: Shape::Parts { parts: &[], events: &OTHER }, ..EVERYTHING };
    let _ = size(&clash);
}
