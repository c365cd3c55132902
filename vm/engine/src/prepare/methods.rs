//! What can be called, and by which rules: the interface schema matched with the exports.

use std::collections::BTreeMap;

use lockstep_abi::{
    MethodName,
    schema::{MethodKind, Schema},
};

use super::{Rejection, sections::Sections};

/// The rules of one method. They are kept by the VM, not by the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodRules {
    /// When it may be called, and whether it may write.
    pub kind: MethodKind,
    /// Whether it accepts value.
    pub payable: bool,
    /// Whether it may be called while its contract is on the stack.
    pub reentrant: bool,
}

/// A method of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method<'a> {
    /// The name of its export.
    pub name: &'a str,
    /// Its rules.
    pub rules: MethodRules,
}

/// The methods of a module, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Methods(BTreeMap<String, MethodRules>);

impl Methods {
    pub(crate) fn get(&self, name: &MethodName) -> Option<Method<'_>> {
        let (name, rules) = self.0.get_key_value(name.as_str())?;
        Some(Method { name, rules: *rules })
    }

    pub(crate) fn has(&self, kind: MethodKind) -> bool {
        self.0.values().any(|rules| rules.kind == kind)
    }
}

/// A module without a schema is all `call` methods that accept value: what hand-written Wasm gets.
const WITHOUT_SCHEMA: MethodRules = MethodRules { kind: MethodKind::Call, payable: true, reentrant: false };

pub(super) fn resolve(sections: &Sections) -> Result<(Methods, Option<Schema>), Rejection> {
    let Some(bytes) = sections.schema_bytes() else {
        let all = sections.callable().map(|name| (name.to_owned(), WITHOUT_SCHEMA));
        return Ok((Methods(all.collect()), None));
    };
    let schema = Schema::decode(bytes)?;
    let mut methods = BTreeMap::new();
    for method in &schema.methods {
        if !sections.is_callable(&method.name) {
            return Err(Rejection::MissingMethod { name: method.name.clone() });
        }
        let rules = MethodRules { kind: method.kind, payable: method.payable, reentrant: method.reentrant };
        methods.insert(method.name.clone(), rules);
    }
    Ok((Methods(methods), Some(schema)))
}
