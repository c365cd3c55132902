//! A contract's own error, with what its interface says of it.

use std::{fmt, sync::Arc};

use lockstep_abi::{
    halt::ErrorData,
    schema::{ErrorDef, Schema},
};
use lockstep_sdk::error::{ContractError, StandardError};

use crate::show::{Names, Shown};

/// A contract's own error. It shows the name and the fields, if they are in the contract's interface.
#[derive(Clone)]
pub struct Refusal {
    code: u32,
    data: ErrorData,
    interface: Option<Arc<Schema>>,
}

impl Refusal {
    pub(crate) const fn new(code: u32, data: ErrorData, interface: Option<Arc<Schema>>) -> Self {
        Self { code, data, interface }
    }

    /// The error's code; 0 for a message.
    #[must_use]
    pub const fn code(&self) -> u32 {
        self.code
    }

    /// The error, if it is an `E`.
    #[must_use]
    pub fn error<E: ContractError>(&self) -> Option<E> {
        E::from_parts(self.code, &self.data)
    }

    /// The message, if it is one.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        if self.code == 0 { str::from_utf8(&self.data).ok() } else { None }
    }

    /// The error with names for addresses.
    pub(crate) fn shown(&self, names: &Names) -> String {
        if let Some(message) = self.message() {
            return format!("{message:?}");
        }
        if let Some(error) = self.error::<StandardError>() {
            return format!("{} ({error})", error.name());
        }
        match self.interface.as_ref().and_then(|interface| interface.error(self.code)) {
            Some(ErrorDef { name, fields, .. }) if fields.is_empty() => name.clone(),
            Some(ErrorDef { name, fields, .. }) => {
                format!("{name} {{ {} }}", Shown { of: fields, bytes: &self.data, names })
            }
            None => format!("error {} with {:02x?}", self.code, &*self.data),
        }
    }
}

/// The same error is equal, whichever contract it is of.
impl PartialEq for Refusal {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code && self.data == other.data
    }
}

impl Eq for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown(&Names::new()))
    }
}

/// As it is shown: `unwrap` on a [`Failure`](crate::Failure) says which error it was.
impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
