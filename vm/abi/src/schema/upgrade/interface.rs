//! What callers of old code find when new code answers.

use alloc::{format, string::String, vec::Vec};

use super::difference::{Difference, Effect, difference, of_fields};
use crate::schema::{ErrorDef, EventDef, EventField, Field, Method, MethodKind, Schema};

/// A change of what a contract looks like from outside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(tag = "change", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum InterfaceChange {
    /// Only one of the two has an interface.
    #[error("the {which} code has no interface, so nothing is known of its methods", which = Which(*old))]
    Unknown {
        /// Whether that is the old code.
        old: bool,
    },
    /// A method that can no longer be called.
    #[error("method `{method}` is gone")]
    MethodGone {
        /// Its signature.
        method: String,
    },
    /// A method that is used in another way.
    #[error("method `{method}` was of the kind {old} and is of the kind {new}")]
    MethodKind {
        /// Its name.
        method: String,
        /// Its kind in the old code.
        old: MethodKind,
        /// Its kind in the new code.
        new: MethodKind,
    },
    /// A method that no longer accepts value.
    #[error("method `{method}` no longer accepts value")]
    NotPayable {
        /// Its name.
        method: String,
    },
    /// A method that now accepts value.
    #[error("method `{method}` accepts value now")]
    Payable {
        /// Its name.
        method: String,
    },
    /// A method that can no longer be called while the contract is on the stack.
    #[error("method `{method}` is no longer reentrant")]
    NotReentrant {
        /// Its name.
        method: String,
    },
    /// A method that can now be called while the contract is on the stack.
    #[error("method `{method}` is reentrant now")]
    Reentrant {
        /// Its name.
        method: String,
    },
    /// A method that refuses everybody but the contract itself now.
    #[error("method `{method}` is private now")]
    Private {
        /// Its name.
        method: String,
    },
    /// A method that no longer refuses others than the contract itself.
    #[error("method `{method}` is no longer private")]
    NotPrivate {
        /// Its name.
        method: String,
    },
    /// A method whose arguments are others.
    #[error("the arguments of `{method}` changed: {difference}")]
    Arguments {
        /// Its name.
        method: String,
        /// How.
        difference: Difference,
    },
    /// A method that returns something else.
    #[error("the result of `{method}` changed: {difference}")]
    Result {
        /// Its name.
        method: String,
        /// How.
        difference: Difference,
    },
    /// A new method.
    #[error("method `{method}` is new")]
    MethodAdded {
        /// Its signature.
        method: String,
    },
    /// An event that is no longer announced.
    #[error("event `{event}` is gone")]
    EventGone {
        /// Its signature.
        event: String,
    },
    /// An event with other fields.
    #[error("event `{event}` changed: {difference}")]
    EventChanged {
        /// Its name.
        event: String,
        /// How.
        difference: Difference,
    },
    /// A new event.
    #[error("event `{event}` is new")]
    EventAdded {
        /// Its signature.
        event: String,
    },
    /// An error that is no longer given.
    #[error("error {code} `{error}` is gone")]
    ErrorGone {
        /// Its code.
        code: u32,
        /// Its signature.
        error: String,
    },
    /// A code that means something else.
    #[error("error {code} was `{old}` and is `{new}`")]
    ErrorReused {
        /// The code.
        code: u32,
        /// What it means in the old code.
        old: String,
        /// What it means in the new code.
        new: String,
    },
    /// An error with other fields.
    #[error("error {code} `{error}` changed: {difference}")]
    ErrorChanged {
        /// Its code.
        code: u32,
        /// Its name.
        error: String,
        /// How.
        difference: Difference,
    },
    /// A new error.
    #[error("error {code} `{error}` is new")]
    ErrorAdded {
        /// Its code.
        code: u32,
        /// Its signature.
        error: String,
    },
}

struct Which(bool);

impl core::fmt::Display for Which {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(if self.0 { "old" } else { "new" })
    }
}

impl InterfaceChange {
    /// Whether somebody who calls, asks or listens as before finds something else than before.
    #[must_use]
    pub const fn is_noticed(&self) -> bool {
        match self {
            Self::Unknown { .. }
            | Self::MethodGone { .. }
            | Self::MethodKind { .. }
            | Self::NotPayable { .. }
            | Self::NotReentrant { .. }
            | Self::Private { .. }
            | Self::Result { .. }
            | Self::EventGone { .. }
            | Self::EventChanged { .. }
            | Self::ErrorGone { .. }
            | Self::ErrorReused { .. }
            | Self::ErrorChanged { .. } => true,
            // What was sent before still means the same.
            Self::Arguments { difference, .. } => !matches!(difference.effect, Effect::Extended),
            Self::Payable { .. }
            | Self::Reentrant { .. }
            | Self::NotPrivate { .. }
            | Self::MethodAdded { .. }
            | Self::EventAdded { .. }
            | Self::ErrorAdded { .. } => false,
        }
    }
}

/// The changes: those that callers notice first, each kind in the order of the interface.
pub(super) fn changes(old: Option<&Schema>, new: Option<&Schema>) -> Vec<InterfaceChange> {
    let (old, new) = match (old, new) {
        (None, None) => return Vec::new(),
        (None, Some(_)) => return Vec::from([InterfaceChange::Unknown { old: true }]),
        (Some(_), None) => return Vec::from([InterfaceChange::Unknown { old: false }]),
        (Some(old), Some(new)) => (old, new),
    };
    let mut changes = Vec::new();
    of_methods(old, new, &mut changes);
    of_events(old, new, &mut changes);
    of_errors(old, new, &mut changes);
    // Stable, so the order of the interface stays.
    changes.sort_by_key(|change| !change.is_noticed());
    changes
}

/// `init` and `upgrade` run once, for an admin who reads the new code; nobody else can call them.
const fn is_callable(method: &Method) -> bool {
    matches!(method.kind, MethodKind::Call | MethodKind::View)
}

fn of_methods(old: &Schema, new: &Schema, changes: &mut Vec<InterfaceChange>) {
    for method in old.methods.iter().filter(|method| is_callable(method)) {
        match new.method(&method.name).filter(|method| is_callable(method)) {
            None => changes.push(InterfaceChange::MethodGone { method: method.signature() }),
            Some(new) => of_method(method, new, changes),
        }
    }
    for method in new.methods.iter().filter(|method| is_callable(method)) {
        if !old.method(&method.name).is_some_and(is_callable) {
            changes.push(InterfaceChange::MethodAdded { method: method.signature() });
        }
    }
}

fn of_method(old: &Method, new: &Method, changes: &mut Vec<InterfaceChange>) {
    let method = || old.name.clone();
    if old.kind != new.kind {
        changes.push(InterfaceChange::MethodKind { method: method(), old: old.kind, new: new.kind });
    }
    match (old.payable, new.payable) {
        (true, false) => changes.push(InterfaceChange::NotPayable { method: method() }),
        (false, true) => changes.push(InterfaceChange::Payable { method: method() }),
        _ => {}
    }
    match (old.reentrant, new.reentrant) {
        (true, false) => changes.push(InterfaceChange::NotReentrant { method: method() }),
        (false, true) => changes.push(InterfaceChange::Reentrant { method: method() }),
        _ => {}
    }
    match (old.private, new.private) {
        (true, false) => changes.push(InterfaceChange::NotPrivate { method: method() }),
        (false, true) => changes.push(InterfaceChange::Private { method: method() }),
        _ => {}
    }
    if let Some(difference) = of_fields(&old.args, &new.args) {
        changes.push(InterfaceChange::Arguments { method: method(), difference });
    }
    if let Some(difference) = difference(&old.result, &new.result) {
        changes.push(InterfaceChange::Result { method: method(), difference });
    }
}

fn of_events(old: &Schema, new: &Schema, changes: &mut Vec<InterfaceChange>) {
    let find = |schema: &Schema, name: &str| schema.events.iter().position(|event| event.name == name);
    for event in &old.events {
        match find(new, &event.name).and_then(|at| new.events.get(at)) {
            None => changes.push(InterfaceChange::EventGone { event: event.signature() }),
            Some(new) => {
                if let Some(difference) = of_event(event, new) {
                    changes.push(InterfaceChange::EventChanged { event: event.name.clone(), difference });
                }
            }
        }
    }
    for event in new.events.iter().filter(|event| find(old, &event.name).is_none()) {
        changes.push(InterfaceChange::EventAdded { event: event.signature() });
    }
}

fn of_event(old: &EventDef, new: &EventDef) -> Option<Difference> {
    let field = |field: &EventField| Field { name: field.name.clone(), ty: field.ty.clone() };
    let fields = |event: &EventDef| event.fields.iter().map(field).collect::<Vec<_>>();
    // A topic is elsewhere than the data, whatever its type.
    let moved = old.fields.iter().zip(&new.fields).find(|(old, new)| old.topic != new.topic);
    of_fields(&fields(old), &fields(new)).or_else(|| {
        let (old, new) = moved?;
        let path = old.name.clone();
        Some(Difference { path, old: format!("{old}"), new: format!("{new}"), effect: Effect::Misread })
    })
}

fn of_errors(old: &Schema, new: &Schema, changes: &mut Vec<InterfaceChange>) {
    for error in &old.errors {
        let code = error.code;
        match new.error(code) {
            None => changes.push(InterfaceChange::ErrorGone { code, error: error.signature() }),
            Some(new) if new.name != error.name => {
                let signatures = |error: &ErrorDef| error.signature();
                let (old, new) = (signatures(error), signatures(new));
                changes.push(InterfaceChange::ErrorReused { code, old, new });
            }
            Some(new) => {
                if let Some(difference) = of_fields(&error.fields, &new.fields) {
                    let error = error.name.clone();
                    changes.push(InterfaceChange::ErrorChanged { code, error, difference });
                }
            }
        }
    }
    for error in new.errors.iter().filter(|error| old.error(error.code).is_none()) {
        changes.push(InterfaceChange::ErrorAdded { code: error.code, error: error.signature() });
    }
}
