//! Errors that every contract has beside its own: those of the frame that the SDK puts around methods.
//!
//! Their codes are above all that an author may choose, so that none needs a text in the Wasm.

use core::{fmt, slice};

/// The first of the codes that are kept for these; all above it are, too.
pub const FIRST_STANDARD_CODE: u32 = 0xFFFF_FF00;

const BAD_ARGUMENTS: u32 = FIRST_STANDARD_CODE + 1;
const WRONG_VERSION: u32 = FIRST_STANDARD_CODE + 2;
const CALL_HALTED: u32 = FIRST_STANDARD_CODE + 3;

/// An error that every contract has. Codes and payloads are stable: they are in receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StandardError {
    /// The arguments are not those that the method takes.
    BadArguments,
    /// The storage has neither the version that this code migrates from, nor the one after it.
    WrongVersion,
    /// A call of another contract ended in a way that the caller has no error for.
    CallHalted {
        /// The [`code`](crate::Halt::code) of that call's end.
        halt: u8,
    },
}

impl StandardError {
    /// The error's code.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::BadArguments => BAD_ARGUMENTS,
            Self::WrongVersion => WRONG_VERSION,
            Self::CallHalted { .. } => CALL_HALTED,
        }
    }

    /// The error's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadArguments => "BadArguments",
            Self::WrongVersion => "WrongVersion",
            Self::CallHalted { .. } => "CallHalted",
        }
    }

    /// What travels with the code.
    #[must_use]
    pub const fn bytes(&self) -> &[u8] {
        match self {
            Self::BadArguments | Self::WrongVersion => &[],
            Self::CallHalted { halt } => slice::from_ref(halt),
        }
    }

    /// The error with this code and payload, if there is one.
    #[must_use]
    pub const fn from_parts(code: u32, payload: &[u8]) -> Option<Self> {
        match (code, payload) {
            (BAD_ARGUMENTS, []) => Some(Self::BadArguments),
            (WRONG_VERSION, []) => Some(Self::WrongVersion),
            (CALL_HALTED, [halt]) => Some(Self::CallHalted { halt: *halt }),
            _ => None,
        }
    }
}

impl fmt::Display for StandardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadArguments => f.write_str("the arguments are not those that the method takes"),
            Self::WrongVersion => f.write_str("the code does not migrate from the version of the storage"),
            Self::CallHalted { halt } => write!(f, "a call of another contract ended with halt {halt}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kept_for_ever_and_read_back() {
        let errors = [
            (StandardError::BadArguments, &[][..], 0xFFFF_FF01),
            (StandardError::WrongVersion, &[], 0xFFFF_FF02),
            (StandardError::CallHalted { halt: 4 }, &[4], 0xFFFF_FF03),
        ];
        for (error, payload, code) in errors {
            assert_eq!((error.code(), error.bytes()), (code, payload), "{error}");
            assert_eq!(StandardError::from_parts(code, payload), Some(error));
            assert_eq!(StandardError::from_parts(code, b"longer"), None);
        }
        assert_eq!(StandardError::from_parts(1, &[]), None);
    }
}
