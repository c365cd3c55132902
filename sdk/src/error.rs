//! A contract's own errors: a code, and the fields in borsh.
//!
//! No text is in the Wasm for them but the interface's: a wallet makes the sentence from the schema.

use core::convert::Infallible;

use lockstep_abi::FIRST_STANDARD_CODE;
pub use lockstep_abi::StandardError;

use crate::{
    codec::{self, Cursor, Encode, Input, Malformed, Output},
    host,
    schema::ErrorDef,
};

/// A contract's errors. Implemented by `#[error]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error of a contract",
    label = "has no codes",
    note = "put `#[error]` on the enum and give each variant a code: `NotFound = 1`"
)]
pub trait ContractError: Sized {
    /// Its part of the interface.
    const DEFS: &'static [ErrorDef];
    /// The number of bytes of the longest payload, if there is one.
    #[doc(hidden)]
    const MAX_SIZE: Option<usize>;

    /// The error's code; never 0.
    #[must_use]
    fn code(&self) -> u32;

    /// Writes the error's fields.
    fn payload(&self, out: &mut impl Output);

    /// Ends the call with the error.
    #[doc(hidden)]
    #[inline(always)]
    fn end(&self) -> ! {
        end(self)
    }

    /// The error with this code and these fields, as [`CallError::Failed`](crate::call::CallError) has them.
    #[must_use]
    fn from_parts(code: u32, payload: &[u8]) -> Option<Self>;
}

/// No error: that of a method which does not return a `Result`.
#[diagnostic::do_not_recommend]
impl ContractError for Infallible {
    const DEFS: &'static [ErrorDef] = &[];
    const MAX_SIZE: Option<usize> = Some(0);

    #[inline(always)]
    fn code(&self) -> u32 {
        match *self {}
    }

    #[inline(always)]
    fn payload(&self, _: &mut impl Output) {
        match *self {}
    }

    #[inline(always)]
    fn from_parts(_: u32, _: &[u8]) -> Option<Self> {
        None
    }
}

/// What every contract can end with. It is in no interface; a wallet knows it.
#[diagnostic::do_not_recommend]
impl ContractError for StandardError {
    const DEFS: &'static [ErrorDef] = &[];
    const MAX_SIZE: Option<usize> = Some(1);

    #[inline(always)]
    fn code(&self) -> u32 {
        (*self).code()
    }

    #[inline(always)]
    fn payload(&self, out: &mut impl Output) {
        out.write(self.bytes());
    }

    #[inline(always)]
    fn from_parts(code: u32, payload: &[u8]) -> Option<Self> {
        Self::from_parts(code, payload)
    }
}

/// Ends the call with `error`. Its writes, events and transfers are dropped.
///
/// A method that returns a `Result` need not do this; it is for helpers without one. An error has at most 1 KiB.
#[inline(always)]
pub fn fail<E: ContractError>(error: &E) -> ! {
    error.end()
}

/// Not inlined: it is at the end of all methods that return such an error.
#[doc(hidden)]
#[inline(never)]
pub fn end<E: ContractError>(error: &E) -> ! {
    let code = error.code();
    let payload = Payload(error);
    // Two calls of the host instead of a shared one: what never returns is not inlined into a closure.
    if const { codec::is_short(E::MAX_SIZE) } {
        let mut scratch = codec::scratch();
        let mut cursor = Cursor::new(&mut scratch);
        payload.encode(&mut cursor);
        host::fail(code, cursor.written())
    } else {
        host::fail(code, &codec::encode(&payload))
    }
}

/// An error's fields, as one value.
struct Payload<'a, E>(&'a E);

impl<E: ContractError> Encode for Payload<'_, E> {
    const SIZE: Option<usize> = None;
    const MAX_SIZE: Option<usize> = E::MAX_SIZE;

    #[inline(always)]
    fn encode(&self, out: &mut impl Output) {
        self.0.payload(out);
    }
}

/// The errors of all `lists` in one; `N` is their [`count`](crate::schema::count).
///
/// # Panics
/// If two have one code.
#[doc(hidden)]
#[must_use]
pub const fn join<const N: usize>(lists: &[&[ErrorDef]]) -> [ErrorDef; N] {
    let mut joined = [ErrorDef { code: 0, name: "", docs: "", fields: &[] }; N];
    let mut length = 0;
    let mut list = 0;
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            let error = lists[list][at];
            assert!(error.code < FIRST_STANDARD_CODE, "the macro keeps codes that the chain keeps");
            let mut other = 0;
            while other < length {
                assert!(joined[other].code != error.code, "two errors of this enum share a code");
                other += 1;
            }
            joined[length] = error;
            length += 1;
            at += 1;
        }
        list += 1;
    }
    joined
}

/// What `read` makes of all of `payload`.
#[doc(hidden)]
pub fn read_payload<E>(
    payload: &[u8],
    read: impl FnOnce(&mut Input<'_>) -> Result<E, Malformed>,
) -> Option<E> {
    let mut input = Input::new(payload);
    let error = read(&mut input).ok()?;
    input.is_empty().then_some(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_errors_read_back() {
        let errors =
            [StandardError::BadArguments, StandardError::WrongVersion, StandardError::CallHalted { halt: 4 }];
        for error in errors {
            let payload = codec::encode(&Payload(&error));
            assert_eq!(<StandardError as ContractError>::from_parts(error.code(), &payload), Some(error));
        }
    }
}
