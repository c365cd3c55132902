//! JSON and borsh carry the same values, for every type.

use lockstep_abi::schema::{
    Field, Method, MethodKind, Type, Variant,
    json::{decode_args, decode_value, encode_args, encode_value, example, example_args},
};
use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Map, Value, json};

use crate::{interface, value};

/// Any value of a type, in the form that decoding gives.
fn value_of(ty: &Type) -> BoxedStrategy<Value> {
    match ty {
        Type::Unit => Just(Value::Null).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::U8 => any::<u8>().prop_map(Value::from).boxed(),
        Type::U16 => any::<u16>().prop_map(Value::from).boxed(),
        Type::U32 => any::<u32>().prop_map(Value::from).boxed(),
        Type::U64 | Type::Time => any::<u64>().prop_map(|number| number.to_string().into()).boxed(),
        Type::U128 | Type::Amount => any::<u128>().prop_map(|number| number.to_string().into()).boxed(),
        Type::I8 => any::<i8>().prop_map(Value::from).boxed(),
        Type::I16 => any::<i16>().prop_map(Value::from).boxed(),
        Type::I32 => any::<i32>().prop_map(Value::from).boxed(),
        Type::I64 => any::<i64>().prop_map(|number| number.to_string().into()).boxed(),
        Type::I128 => any::<i128>().prop_map(|number| number.to_string().into()).boxed(),
        Type::String => any::<String>().prop_map(Value::from).boxed(),
        Type::Bytes => vec(any::<u8>(), 0..20).prop_map(|bytes| hex::encode(bytes).into()).boxed(),
        Type::FixedBytes(length) => {
            let length = usize::try_from(*length).unwrap();
            vec(any::<u8>(), length).prop_map(|bytes| hex::encode(bytes).into()).boxed()
        }
        Type::Address => value::address().prop_map(|address| address.to_string().into()).boxed(),
        Type::Hash => value::hash().prop_map(|hash| hash.to_string().into()).boxed(),
        Type::Option(inner) => {
            let wrap = matches!(**inner, Type::Unit | Type::Option(_));
            let some =
                value_of(inner).prop_map(move |value| if wrap { json!({ "some": value }) } else { value });
            prop_oneof![Just(Value::Null), some].boxed()
        }
        Type::List(inner) => vec(value_of(inner), 0..4).prop_map(Value::Array).boxed(),
        Type::Tuple(types) => types.iter().map(value_of).collect::<Vec<_>>().prop_map(Value::Array).boxed(),
        Type::Struct { fields, .. } => object_of(fields),
        Type::Enum { variants, .. } => {
            let variants: Vec<_> = variants.iter().map(variant_of).collect();
            proptest::strategy::Union::new(variants).boxed()
        }
    }
}

fn object_of(fields: &[Field]) -> BoxedStrategy<Value> {
    let names: Vec<_> = fields.iter().map(|field| field.name.clone()).collect();
    let values: Vec<_> = fields.iter().map(|field| value_of(&field.ty)).collect();
    values.prop_map(move |values| Value::Object(names.iter().cloned().zip(values).collect())).boxed()
}

fn variant_of(variant: &Variant) -> BoxedStrategy<Value> {
    let name = variant.name.clone();
    if variant.fields.is_empty() {
        return Just(name.into()).boxed();
    }
    object_of(&variant.fields)
        .prop_map(move |fields| Value::Object(Map::from_iter([(name.clone(), fields)])))
        .boxed()
}

fn typed_value() -> impl Strategy<Value = (Type, Value)> {
    interface::ty().prop_flat_map(|ty| (Just(ty.clone()), value_of(&ty)))
}

fn method(args: Vec<Field>) -> Method {
    Method {
        name: "m".into(),
        docs: String::new(),
        kind: MethodKind::Call,
        payable: false,
        reentrant: false,
        private: false,
        args,
        result: Type::Unit,
    }
}

proptest! {
    #[test]
    fn a_value_of_any_type_reads_back((ty, json) in typed_value()) {
        let bytes = encode_value(&ty, &json).unwrap();
        prop_assert_eq!(decode_value(&ty, &bytes), Ok(json));
        prop_assert_eq!(bytes.is_empty(), ty.takes_no_bytes());
        prop_assert!(ty.fits(&bytes));
    }

    #[test]
    fn bytes_fit_a_type_exactly_if_they_read_as_json(
        (ty, json) in typed_value(), at in any::<Index>(), byte in any::<u8>(), cut in any::<Index>()
    ) {
        let mut bytes = encode_value(&ty, &json).unwrap();
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        prop_assert_eq!(ty.fits(&bytes), decode_value(&ty, &bytes).is_ok());
        let cut = &bytes[..cut.index(bytes.len() + 1)];
        prop_assert_eq!(ty.fits(cut), decode_value(&ty, cut).is_ok());
    }

    #[test]
    fn truncated_and_trailing_bytes_are_refused((ty, json) in typed_value(), cut in any::<Index>()) {
        let bytes = encode_value(&ty, &json).unwrap();
        if !bytes.is_empty() {
            prop_assert!(decode_value(&ty, &bytes[..cut.index(bytes.len())]).is_err());
        }
        prop_assert!(decode_value(&ty, &[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn bytes_that_read_as_a_value_are_its_one_encoding(
        (ty, json) in typed_value(), at in any::<Index>(), byte in any::<u8>()
    ) {
        let mut bytes = encode_value(&ty, &json).unwrap();
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(json) = decode_value(&ty, &bytes) {
            prop_assert_eq!(encode_value(&ty, &json), Ok(bytes));
        }
    }

    #[test]
    fn arbitrary_bytes_and_arbitrary_json_never_panic(
        ty in interface::ty(), bytes in vec(any::<u8>(), 0..60), (_, other) in typed_value()
    ) {
        if let Ok(json) = decode_value(&ty, &bytes) {
            prop_assert_eq!(encode_value(&ty, &json), Ok(bytes));
        }
        if let Err(error) = encode_value(&ty, &other) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn arguments_read_back_by_name_and_by_position(
        (args, json) in vec(typed_value(), 0..4).prop_map(|values| {
            let named = values.into_iter().enumerate().map(|(index, (ty, json))| (format!("a{index}"), ty, json));
            named.map(|(name, ty, json)| (Field { name, ty }, json)).collect::<(Vec<_>, Vec<_>)>()
        })
    ) {
        let object: Map<_, _> = args.iter().map(|arg| arg.name.clone()).zip(json.iter().cloned()).collect();
        let method = method(args);
        let bytes = encode_args(&method, &Value::Array(json)).unwrap();
        prop_assert_eq!(encode_args(&method, &Value::Object(object.clone())), Ok(bytes.clone()));
        prop_assert_eq!(decode_args(&method, &bytes), Ok(Value::Object(object)));
    }

    #[test]
    fn the_example_of_a_type_is_a_value_of_it(ty in interface::ty()) {
        let json = example(&ty);
        prop_assume!(!json.ends_with('…'));
        let value: Value = serde_json::from_str(&json).unwrap();
        prop_assert!(encode_value(&ty, &value).is_ok(), "{}: {}", ty, json);
        let args = vec![Field { name: "a".into(), ty }];
        let json: Value = serde_json::from_str(&example_args(&method(args.clone()))).unwrap();
        prop_assert!(encode_args(&method(args), &json).is_ok());
    }
}
