//! The constant tree against the types that the chain reads.

use alloc::{borrow::ToOwned, boxed::Box, string::String as Text, vec, vec::Vec};

use lockstep_abi::{codec, schema as abi};

use super::{
    Describe, ErrorDef, EventDef, EventField, Field, Method, MethodKind, Schema, Type, Variant, encode, size,
};

const NOTE: [ErrorDef; 2] = [
    ErrorDef { code: 1, name: "Full", docs: "No room.", fields: &[] },
    ErrorDef { code: 70_000, name: "Low", docs: "", fields: &[Field { name: "have", ty: Type::U128 }] },
];

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
            args: &[],
            result: Type::Unit,
        },
        Method {
            name: "all",
            docs: "Every type once.",
            kind: MethodKind::View,
            payable: false,
            reentrant: true,
            args: &[
                Field { name: "a", ty: <(bool, u8, u16, u32, u64, u128)>::TYPE },
                Field { name: "b", ty: <(i8, i16, i32, i64, i128)>::TYPE },
                Field { name: "c", ty: <([u8; 7], Vec<u8>, Text, Vec<Text>)>::TYPE },
                Field {
                    name: "d",
                    ty: <(lockstep_abi::Address, lockstep_abi::Hash, Option<lockstep_abi::Amount>)>::TYPE,
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
    events: &[EventDef {
        name: "Sent",
        docs: "Something left.",
        fields: &[
            EventField { name: "to", ty: Type::Address, topic: true },
            EventField { name: "amount", ty: Type::U128, topic: false },
        ],
    }],
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
                args: vec![],
                result: Unit,
            },
            abi::Method {
                name: "all".to_owned(),
                docs: "Every type once.".to_owned(),
                kind: abi::MethodKind::View,
                payable: false,
                reentrant: true,
                args: vec![
                    field("a", Tuple(vec![Bool, U8, U16, U32, U64, U128])),
                    field("b", Tuple(vec![I8, I16, I32, I64, I128])),
                    field("c", Tuple(vec![FixedBytes(7), Bytes, String, List(Box::new(String))])),
                    field("d", Tuple(vec![Address, Hash, Option(Box::new(Amount))])),
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
        events: vec![abi::EventDef {
            name: "Sent".to_owned(),
            docs: "Something left.".to_owned(),
            fields: vec![
                abi::EventField { name: "to".to_owned(), ty: Address, topic: true },
                abi::EventField { name: "amount".to_owned(), ty: U128, topic: false },
            ],
        }],
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
    assert_eq!(BYTES.to_vec(), codec::encode(&everything()));
}

#[test]
#[should_panic = "share a code"]
fn two_different_errors_with_one_code_do_not_compile() {
    const OTHER: [ErrorDef; 1] = [ErrorDef { code: 1, name: "Empty", docs: "", fields: &[] }];
    let clash = Schema { errors: &[&NOTE, &OTHER], ..EVERYTHING };
    let _ = size(&clash);
}
