//! What a schema must fulfil as a whole, beyond the form of its parts.

use alloc::collections::BTreeMap;

use super::{ErrorDef, EventDef, Method, MethodKind, Schema, SchemaError};
use crate::{FIRST_STANDARD_CODE, MethodName, limits::run::MAX_TOPICS};

/// Topics of an event beside its name.
const MAX_TOPIC_FIELDS: usize = MAX_TOPICS.saturating_sub(1) as usize;

/// # Errors
/// The first rule that does not hold: methods, then events, then errors.
pub(super) fn check(schema: &Schema) -> Result<(), SchemaError> {
    check_methods(&schema.methods)?;
    check_events(&schema.events)?;
    check_errors(&schema.errors)
}

fn check_methods(methods: &[Method]) -> Result<(), SchemaError> {
    let (mut init, mut upgrade) = (None, None);
    for (index, method) in methods.iter().enumerate() {
        method.name.parse::<MethodName>().map_err(|why| SchemaError::MethodName { method: index, why })?;
        if method.payable && method.kind == MethodKind::View {
            return Err(SchemaError::PayableView { method: index });
        }
        let by_itself = matches!(method.kind, MethodKind::Call | MethodKind::View) && method.reentrant;
        if method.private && !by_itself {
            return Err(SchemaError::PrivateToNobody { method: index });
        }
        let only = match method.kind {
            MethodKind::Init => &mut init,
            MethodKind::Upgrade => &mut upgrade,
            MethodKind::Call | MethodKind::View => continue,
        };
        if let Some(first) = only.replace(index) {
            return Err(SchemaError::DuplicateKind { kind: method.kind, first, second: index });
        }
    }
    Ok(())
}

fn check_events(events: &[EventDef]) -> Result<(), SchemaError> {
    for (index, event) in events.iter().enumerate() {
        let found = event.fields.iter().filter(|field| field.topic).count();
        if found > MAX_TOPIC_FIELDS {
            return Err(SchemaError::TooManyTopics { event: index, found, limit: MAX_TOPIC_FIELDS });
        }
    }
    Ok(())
}

fn check_errors(errors: &[ErrorDef]) -> Result<(), SchemaError> {
    let mut codes = BTreeMap::new();
    for (index, error) in errors.iter().enumerate() {
        if error.code == 0 || error.code >= FIRST_STANDARD_CODE {
            return Err(SchemaError::KeptErrorCode { error: index, code: error.code });
        }
        if let Some(first) = codes.insert(error.code, index) {
            return Err(SchemaError::DuplicateErrorCode { code: error.code, first, second: index });
        }
    }
    Ok(())
}
