//! A command that failed: a name and details for programs, a sentence for people.

use std::{fmt, process::ExitCode};

use lockstep_node::{
    NodeError,
    chain::{AuditError, ChainError, ReplayError},
    client::{ClientError, interface::InterfaceError, key::KeyError, send::SendError},
};
use lockstep_runtime::Rejection;
use serde_json::{Value, json};

/// What is printed of an error. A command may make one itself when it knows more than the error does.
#[derive(Debug)]
pub(crate) struct Failure {
    name: String,
    text: String,
    /// What a program may want beside name and text.
    details: Value,
    exit: u8,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

impl Failure {
    pub(crate) fn new(name: &str, text: impl Into<String>, details: Value) -> Self {
        Self { name: name.into(), text: text.into(), details, exit: 1 }
    }

    /// A command that was typed wrongly.
    pub(crate) fn usage(text: &str) -> Self {
        Self { exit: 2, ..Self::new("usage", text, Value::Null) }
    }

    /// What `clap` says of the arguments, without what it says of every command.
    pub(crate) fn of_arguments(error: &clap::Error) -> Self {
        let text = error.to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let end = ["\nUsage:", "\nFor more information"].iter().filter_map(|hint| text.find(hint)).min();
        let (text, _) = text.split_at(end.unwrap_or(text.len()));
        Self::usage(text.trim_end())
    }

    pub(crate) fn bad_json(text: &str, error: &serde_json::Error) -> Self {
        let text = format!(
            "`{text}` is not JSON: {error}; arguments look like '{{\"amount\": \"5\"}}', in single quotes"
        );
        Self::new("bad_json", text, Value::Null)
    }

    /// What any error is to the one who typed the command.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        if let Some(Self { name, text, details, exit }) = error.downcast_ref() {
            return Self { name: name.clone(), text: text.clone(), details: details.clone(), exit: *exit };
        }
        let (name, details) = Self::name_of(error);
        Self::new(name, with_causes(error), details)
    }

    fn name_of(error: &anyhow::Error) -> (&str, Value) {
        if let Some(error) = error.downcast_ref::<ClientError>() {
            return of_client(error);
        }
        if let Some(error) = error.downcast_ref::<SendError>() {
            return match error {
                SendError::Client(error) => of_client(error),
                SendError::Halted { .. } => ("halted", Value::Null),
                SendError::Waiting { id, .. } => ("waiting", json!({ "id": id })),
                _ => ("error", Value::Null),
            };
        }
        if let Some(error) = error.downcast_ref::<InterfaceError>() {
            return (error.name(), Value::Null);
        }
        if let Some(error) = error.downcast_ref::<KeyError>() {
            return (error.name(), Value::Null);
        }
        if let Some(error) = error.downcast_ref::<ChainError>() {
            return (error.name(), Value::Null);
        }
        if let Some(error) = error.downcast_ref::<AuditError>() {
            return (error.name(), Value::Null);
        }
        if let Some(error) = error.downcast_ref::<ReplayError>() {
            return (error.name(), Value::Null);
        }
        if error.is::<Rejection>() {
            return ("code_refused", Value::Null);
        }
        if error.is::<NodeError>() {
            return ("node", Value::Null);
        }
        ("error", Value::Null)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn json(&self) -> Value {
        let mut object = json!({ "name": self.name, "message": self.text });
        if let (Some(object), Some(details)) = (object.as_object_mut(), self.details.as_object()) {
            object.extend(details.clone());
        }
        object
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit)
    }
}

/// An error and what it came from, each said once: some errors say what they came from themselves.
fn with_causes(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |text, cause| {
        if text.ends_with(&cause) {
            return text;
        }
        if text.is_empty() { cause } else { format!("{text}: {cause}") }
    })
}

fn of_client(error: &ClientError) -> (&str, Value) {
    let details = match error {
        ClientError::Refused { code, .. } => json!({ "code": code }),
        _ => Value::Null,
    };
    (error.name(), details)
}

#[cfg(test)]
mod tests {
    use anyhow::Context;
    use lockstep_abi::schema::SchemaError;

    use super::*;

    #[test]
    fn each_cause_is_said_once() {
        let error = Rejection::Schema(SchemaError::PrivateToNobody { method: 3 });
        let said = error.to_string();
        let failure = Failure::of(&Err::<(), _>(error).context("it cannot be deployed").unwrap_err());
        assert_eq!(failure.text, format!("it cannot be deployed: {said}"));
    }
}
