//! What can be called, and by which rules: the interface schema matched with the exports.

use std::collections::BTreeMap;

use lockstep_abi::{
    MethodName,
    schema::{MethodKind, Schema, Type},
};

use super::{Rejection, Shape};

/// The rules of one method. They are kept by the VM, not by the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodRules {
    /// When it may be called, and whether it may write.
    pub kind: MethodKind,
    /// Whether it accepts value.
    pub payable: bool,
    /// Whether it may be called while its contract is on the stack.
    pub reentrant: bool,
    /// Whether only its contract may call it.
    pub private: bool,
}

/// A method of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method<'a> {
    /// The name of its export.
    pub name: &'a str,
    /// Its rules.
    pub rules: MethodRules,
    /// What it returns, if there is an interface that says so.
    pub result: Option<&'a Type>,
}

/// What can be called, and what is said of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interface {
    methods: BTreeMap<String, (MethodRules, Option<Type>)>,
    pub(crate) schema: Option<Schema>,
}

/// A module without a schema is all `call` methods that accept value: what hand-written Wasm gets.
const WITHOUT_SCHEMA: MethodRules =
    MethodRules { kind: MethodKind::Call, payable: true, reentrant: false, private: false };

impl Interface {
    /// The interface of a module of this shape.
    pub(crate) fn of(shape: &Shape) -> Result<Self, Rejection> {
        let Some(bytes) = &shape.schema else {
            let methods = shape.callable.iter().map(|name| (name.clone(), (WITHOUT_SCHEMA, None))).collect();
            return Ok(Self { methods, schema: None });
        };
        let schema = Schema::decode(bytes)?;
        let mut methods = BTreeMap::new();
        for method in &schema.methods {
            if !shape.callable.contains(&method.name) {
                return Err(Rejection::MissingMethod { name: method.name.clone() });
            }
            let rules = MethodRules {
                kind: method.kind,
                payable: method.payable,
                reentrant: method.reentrant,
                private: method.private,
            };
            methods.insert(method.name.clone(), (rules, Some(method.result.clone())));
        }
        Ok(Self { methods, schema: Some(schema) })
    }

    pub(crate) fn method(&self, name: &MethodName) -> Option<Method<'_>> {
        let (name, (rules, result)) = self.methods.get_key_value(name.as_str())?;
        Some(Method { name, rules: *rules, result: result.as_ref() })
    }

    pub(crate) fn has(&self, kind: MethodKind) -> bool {
        self.methods.values().any(|(rules, _)| rules.kind == kind)
    }
}
