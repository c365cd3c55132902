//! A contract's interfaces read back as they were written, and an id is that of the methods alone.

use lockstep_abi::{
    Hash,
    schema::{
        Field, Method, MethodKind, Schema, SchemaError, Type,
        interfaces::{Interface, Interfaces, InterfacesError, MAX_INTERFACES, VERSION, id},
    },
};
use proptest::{collection::vec, prelude::*};

fn interfaces() -> impl Strategy<Value = Interfaces> {
    vec(("[a-zA-Z]{1,8}", any::<(u16, u16)>()), 0..6).prop_map(|parts| {
        let one = |(index, (name, (first, count))): (usize, (String, (u16, u16)))| Interface {
            name: format!("{name}{index}"),
            first,
            count,
        };
        Interfaces { version: VERSION, list: parts.into_iter().enumerate().map(one).collect() }
    })
}

proptest! {
    #[test]
    fn interfaces_read_back(interfaces in interfaces()) {
        prop_assert_eq!(Interfaces::decode(&interfaces.encode()), Ok(interfaces));
    }

    #[test]
    fn truncated_interfaces_are_refused(interfaces in interfaces(), cut in any::<prop::sample::Index>()) {
        let bytes = interfaces.encode();
        let cut = cut.index(bytes.len());
        let refused = Interfaces::decode(&bytes[..cut]).unwrap_err();
        prop_assert!(matches!(refused, InterfacesError::Form(SchemaError::Truncated { at }) if at <= cut), "{}", refused);
    }

    #[test]
    fn a_claim_of_methods_that_are_not_there_for_others_has_no_id(schema in crate::interface::schema(), claim in any::<(u16, u16)>()) {
        let interface = Interface { name: "I".into(), first: claim.0, count: claim.1 };
        let claimed = usize::from(claim.0)..usize::from(claim.0) + usize::from(claim.1);
        let there = schema.methods.get(claimed).is_some_and(|methods| methods.iter().all(|method| !method.private));
        prop_assert_eq!(interface.id(&schema).is_some(), there);
    }
}

#[test]
fn another_version_a_name_twice_and_bytes_left_over_are_refused() {
    let one = || Interface { name: "Fungible".into(), first: 0, count: 1 };
    let later = Interfaces { version: VERSION + 1, list: vec![] };
    let refused = SchemaError::Version { found: VERSION + 1, known: VERSION };
    assert_eq!(Interfaces::decode(&later.encode()), Err(refused.into()));

    let twice = Interfaces { version: VERSION, list: vec![one(), one()] };
    let refused = Interfaces::decode(&twice.encode()).unwrap_err();
    assert!(matches!(refused, InterfacesError::Form(SchemaError::DuplicateName { .. })), "{refused}");

    let mut longer = Interfaces { version: VERSION, list: vec![one()] }.encode();
    longer.push(0);
    let refused = Interfaces::decode(&longer).unwrap_err();
    assert!(matches!(refused, InterfacesError::Form(SchemaError::Trailing { left: 1, .. })), "{refused}");
}

/// A section of 64 KiB has room for thousands, each of all methods.
#[test]
fn more_interfaces_than_a_tool_looks_at_are_refused() {
    let decoded = |count: usize| {
        let one = |index| Interface { name: format!("I{index}"), first: 0, count: 1 };
        let interfaces = Interfaces { version: VERSION, list: (0..count).map(one).collect() };
        Interfaces::decode(&interfaces.encode()).map(|read| read.list.len())
    };
    assert_eq!(decoded(MAX_INTERFACES), Ok(MAX_INTERFACES));
    let refused = InterfacesError::TooMany { found: MAX_INTERFACES + 1, limit: MAX_INTERFACES };
    assert_eq!(decoded(MAX_INTERFACES + 1), Err(refused));
}

/// A method that all of an id's parts can be changed in.
fn method(name: &str) -> Method {
    Method {
        name: name.into(),
        docs: "Said.".into(),
        kind: MethodKind::Call,
        payable: false,
        reentrant: false,
        private: false,
        args: vec![Field { name: "to".into(), ty: Type::Address }],
        result: Type::Bool,
    }
}

#[test]
fn an_id_follows_from_what_callers_rely_on_and_from_nothing_else() {
    let ours = id(&[method("a"), method("b")]);
    assert_eq!(ours, id(&[method("b"), method("a")]), "the order");
    let free = Method { docs: String::new(), reentrant: true, ..method("a") };
    assert_eq!(ours, id(&[free, method("b")]), "what a contract is free in");

    let field = |name: &str, ty| vec![Field { name: name.into(), ty }];
    for other in [
        method("c"),
        Method { kind: MethodKind::View, ..method("a") },
        Method { payable: true, ..method("a") },
        Method { result: Type::U8, ..method("a") },
        Method { args: vec![], ..method("a") },
        Method { args: field("of", Type::Address), ..method("a") },
        Method { args: field("to", Type::Hash), ..method("a") },
    ] {
        assert_ne!(ours, id(&[other.clone(), method("b")]), "{other:?}");
    }
    assert_ne!(ours, id(&[method("a")]));
}

fn schema(methods: Vec<Method>) -> Schema {
    Schema {
        version: lockstep_abi::schema::VERSION,
        name: "C".into(),
        docs: String::new(),
        methods,
        events: vec![],
        errors: vec![],
    }
}

/// A contract whose `transfer` and the rest are private would be a token by its id, and nobody could call it.
#[test]
fn an_interface_with_a_private_method_has_no_id() {
    let private = |name| Method { private: true, ..method(name) };
    let schema = schema(vec![private("a"), method("b"), method("c"), private("d")]);
    for first in 0..4_u16 {
        for count in 0..=4 - first {
            let interface = Interface { name: "I".into(), first, count };
            let open = (first..first + count).all(|index| index == 1 || index == 2);
            assert_eq!(interface.id(&schema).is_some(), open, "{interface:?}");
        }
    }
}

/// Wallets and explorers know interfaces by these numbers: an id never changes.
#[test]
fn an_id_is_pinned() {
    let schema = schema(vec![method("other"), method("a"), method("b")]);
    let pinned: Hash = "70bf95b8620e45632926dd92ba71abb46b5ae81c1f74d975a5a7080740c7e072".parse().unwrap();
    assert_eq!(Interface { name: "I".into(), first: 1, count: 2 }.id(&schema), Some(pinned));
}
