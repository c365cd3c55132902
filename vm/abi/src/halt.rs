//! Why a transaction that happened, failed, and was paid for.

use core::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Bytes, StandardError, limits::run::MAX_ERROR_BYTES, text::Shown};

/// The payload of a contract's own error.
pub type ErrorData = Bytes<{ MAX_ERROR_BYTES as usize }>;

/// A contract's own error as people see it.
struct Refusal<'a> {
    code: u32,
    data: &'a [u8],
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(error) = StandardError::from_parts(self.code, self.data) {
            return write!(f, "the contract refused: {error}");
        }
        match (self.code, str::from_utf8(self.data)) {
            (0, Ok(message)) => write!(f, "the contract refused: {}", Shown(message)),
            _ => write!(f, "the contract refused with code {}", self.code),
        }
    }
}

/// Why a call stopped early. Part of the receipt, so part of consensus: codes are stable, and no text of
/// the engine or the operating system is in here.
///
/// What the machine itself did wrong (disk, compiler, bug) is never a `Halt`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[borsh(use_discriminant = true)]
#[repr(u8)]
#[non_exhaustive]
pub enum Halt {
    /// The gas limit was reached. All of it is charged.
    #[error("out of gas")]
    OutOfGas = 1,
    /// Calls inside contracts were nested deeper than the shared stack.
    #[error("stack overflow: calls are nested too deep")]
    StackOverflow = 2,
    /// More contracts on the stack than allowed.
    #[error("too many contracts call each other")]
    CallDepth = 3,
    /// The contract ran into `unreachable`: a panic without a message.
    #[error("the contract panicked (`unreachable`)")]
    Unreachable = 4,
    /// A load, store or bulk operation outside the contract's memory.
    #[error("memory access out of bounds")]
    MemoryOutOfBounds = 5,
    /// A table access out of bounds.
    #[error("table access out of bounds")]
    TableOutOfBounds = 6,
    /// An indirect call to an empty table entry.
    #[error("indirect call to an empty table entry")]
    IndirectCallToNull = 7,
    /// An indirect call to a function of another type.
    #[error("indirect call with the wrong type")]
    IndirectCallType = 8,
    /// A quotient that does not fit.
    #[error("integer overflow")]
    IntegerOverflow = 9,
    /// Division by zero.
    #[error("division by zero")]
    DivisionByZero = 10,
    /// A host function was given a range outside the contract's memory.
    #[error("a host function was given memory out of bounds")]
    HostMemory = 11,
    /// A host function was given more than its limit, or a value that means nothing.
    #[error("a host function was given a bad argument")]
    HostArgument = 12,
    /// A `view` method tried to change something.
    #[error("a read-only call tried to write")]
    WriteInView = 13,
    /// No contract at that address.
    #[error("no contract at this address")]
    NoContract = 14,
    /// The contract has no such method.
    #[error("the contract has no such method")]
    UnknownMethod = 15,
    /// The method exists but not for this use: `init` after creation, a call of `upgrade`. Or one of these is missing: code
    /// that has such a method is not created or put in place without a run of it.
    #[error("this method cannot be used in this way")]
    WrongMethodKind = 16,
    /// Value was sent to a method that does not take any.
    #[error("this method does not accept value")]
    NotPayable = 17,
    /// The contract is on the stack already and the method is not `#[reentrant]`.
    #[error("the contract is already running and this method is not reentrant")]
    Reentrancy = 18,
    /// The sender has less than it wants to send.
    #[error("the balance is too small")]
    InsufficientBalance = 19,
    /// No stored code has this hash.
    #[error("no code with this hash is stored")]
    NoCode = 20,
    /// A contract lives at the address already.
    #[error("a contract exists at this address already")]
    AlreadyExists = 21,
    /// Only the contract's admin may do this.
    #[error("only the contract's admin may do this")]
    NotAdmin = 22,
    /// The code is valid, but the pinned compiler refuses it.
    #[error("the code cannot be compiled")]
    NotCompilable = 23,
    /// More events, or more event data, than a receipt holds.
    #[error("too many events")]
    TooManyEvents = 24,
    /// The contract's own error.
    #[error("{}", Refusal { code: *code, data })]
    Contract {
        /// The contract's code; 0 means that `data` is a message in UTF-8, from
        /// [`FIRST_STANDARD_CODE`](crate::FIRST_STANDARD_CODE) on it is a [`StandardError`].
        code: u32,
        /// The error's fields in borsh, described by the contract's schema.
        data: ErrorData,
    } = 25,
    /// The method returned something that its interface does not describe.
    #[error("the method returned something that does not fit the contract's interface")]
    BadResult = 26,
    /// The method is `#[private]`, and another than the contract itself called it.
    #[error("only the contract itself may call this method")]
    Private = 27,
}

impl Halt {
    /// The stable number in a receipt.
    #[must_use]
    pub fn code(&self) -> u8 {
        crate::codec::encode(self).first().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::{string::ToString, vec};

    use super::*;
    use crate::codec;

    /// A second list on purpose: these numbers are in receipts for ever. A new halt gets a new number.
    fn pinned(halt: &Halt) -> u8 {
        match halt {
            Halt::OutOfGas => 1,
            Halt::StackOverflow => 2,
            Halt::CallDepth => 3,
            Halt::Unreachable => 4,
            Halt::MemoryOutOfBounds => 5,
            Halt::TableOutOfBounds => 6,
            Halt::IndirectCallToNull => 7,
            Halt::IndirectCallType => 8,
            Halt::IntegerOverflow => 9,
            Halt::DivisionByZero => 10,
            Halt::HostMemory => 11,
            Halt::HostArgument => 12,
            Halt::WriteInView => 13,
            Halt::NoContract => 14,
            Halt::UnknownMethod => 15,
            Halt::WrongMethodKind => 16,
            Halt::NotPayable => 17,
            Halt::Reentrancy => 18,
            Halt::InsufficientBalance => 19,
            Halt::NoCode => 20,
            Halt::AlreadyExists => 21,
            Halt::NotAdmin => 22,
            Halt::NotCompilable => 23,
            Halt::TooManyEvents => 24,
            Halt::Contract { .. } => 25,
            Halt::BadResult => 26,
            Halt::Private => 27,
        }
    }

    #[test]
    fn every_halt_has_its_number_for_ever_and_no_other_number_is_one() {
        for code in 0..=u8::MAX {
            // Enough for the one halt that carries something: code 0 and no data.
            let bytes = if code == 25 { vec![code, 0, 0, 0, 0, 0, 0, 0, 0] } else { vec![code] };
            match codec::decode::<Halt>(&bytes, bytes.len()) {
                Ok(halt) => assert_eq!((halt.code(), pinned(&halt)), (code, code), "{halt:?}"),
                Err(_) => assert!(!(1..=27).contains(&code), "{code} is no halt"),
            }
        }
    }

    #[test]
    fn a_contracts_message_is_shown_and_cannot_disturb_a_terminal() {
        let halt = |code, data: &[u8]| Halt::Contract { code, data: data.to_vec().try_into().unwrap() };
        assert_eq!(halt(0, b"paused\x1b[2J").to_string(), "the contract refused: paused\\u{1b}[2J");
        assert_eq!(halt(0, &[0xff]).to_string(), "the contract refused with code 0");
        assert_eq!(halt(7, b"paused").to_string(), "the contract refused with code 7");
    }
}
