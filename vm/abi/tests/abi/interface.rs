//! Arbitrary interfaces that obey the rules, and values of arbitrary types as JSON.

use lockstep_abi::schema::{
    ErrorDef, EventDef, EventField, Field, Method, MethodKind, Schema, Type, VERSION, Variant,
};
use proptest::{collection::vec, prelude::*};

fn text() -> impl Strategy<Value = String> {
    "[ -~\n\t]{0,20}"
}

fn name() -> impl Strategy<Value = String> {
    "[a-zäß][a-z0-9_]{0,8}"
}

/// Makes names differ: each gets its index.
fn numbered(names: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    names.into_iter().enumerate().map(|(index, name)| format!("{name}{index}"))
}

fn fields(ty: impl Strategy<Value = Type> + Clone) -> impl Strategy<Value = Vec<Field>> {
    vec((name(), ty), 0..4).prop_map(|parts| {
        let (names, types): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        numbered(names).zip(types).map(|(name, ty)| Field { name, ty }).collect()
    })
}

fn variants(ty: impl Strategy<Value = Type> + Clone) -> impl Strategy<Value = Vec<Variant>> {
    vec((name(), fields(ty)), 1..4).prop_map(|parts| {
        let (names, fields): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        numbered(names).zip(fields).map(|(name, fields)| Variant { name, fields }).collect()
    })
}

fn list_of(inner: Type) -> Type {
    let inner = if inner.takes_no_bytes() { Type::U8 } else { inner };
    Type::List(Box::new(inner))
}

/// Any type, up to five deep.
pub(crate) fn ty() -> impl Strategy<Value = Type> + Clone {
    let leaf = prop_oneof![prop::sample::select(Type::PLAIN), (0_u32..40).prop_map(Type::FixedBytes)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let inner = inner.boxed();
        prop_oneof![
            inner.clone().prop_map(|inner| Type::Option(Box::new(inner))),
            inner.clone().prop_map(list_of),
            vec(inner.clone(), 0..4).prop_map(Type::Tuple),
            (name(), fields(inner.clone())).prop_map(|(name, fields)| Type::Struct { name, fields }),
            (name(), variants(inner)).prop_map(|(name, variants)| Type::Enum { name, variants }),
        ]
    })
}

fn methods() -> impl Strategy<Value = Vec<Method>> {
    let kind = prop_oneof![Just(MethodKind::Call), Just(MethodKind::View)];
    let method =
        ("[A-Za-z0-9_]{1,60}", text(), kind, any::<bool>(), any::<(bool, bool)>(), fields(ty()), ty());
    vec(method, 0..4).prop_map(|parts| {
        let methods = parts.into_iter().enumerate();
        methods
            .map(|(index, (name, docs, kind, payable, (reentrant, private), args, result))| {
                let (name, kind) = (format!("{name}{index}"), [MethodKind::Init, kind][index.min(1)]);
                let payable = payable && kind != MethodKind::View;
                let private = private && reentrant && kind != MethodKind::Init;
                Method { name, docs, kind, payable, reentrant, private, args, result }
            })
            .collect()
    })
}

fn events() -> impl Strategy<Value = Vec<EventDef>> {
    vec((name(), text(), fields(ty()), 0_usize..4), 0..3).prop_map(|parts| {
        let events = parts.into_iter().enumerate();
        events
            .map(|(index, (name, docs, fields, topics))| EventDef {
                name: format!("{name}{index}"),
                docs,
                fields: fields
                    .into_iter()
                    .enumerate()
                    .map(|(index, Field { name, ty })| EventField { name, ty, topic: index < topics })
                    .collect(),
            })
            .collect()
    })
}

fn errors() -> impl Strategy<Value = Vec<ErrorDef>> {
    vec((1_u32..1000, name(), text(), fields(ty())), 0..3).prop_map(|parts| {
        let errors = parts.into_iter().zip(0_u32..);
        errors
            .map(|((code, name, docs, fields), index)| ErrorDef {
                code: code + 1000 * index,
                name: format!("{name}{index}"),
                docs,
                fields,
            })
            .collect()
    })
}

/// An interface that obeys every rule.
pub(crate) fn schema() -> impl Strategy<Value = Schema> {
    (name(), text(), methods(), events(), errors()).prop_map(|(name, docs, methods, events, errors)| Schema {
        version: VERSION,
        name,
        docs,
        methods,
        events,
        errors,
    })
}
