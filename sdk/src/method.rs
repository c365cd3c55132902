//! The frame around a method: arguments in, result or error out. Called by what `#[contract]` writes.

use core::{convert::Infallible, mem::ManuallyDrop};

use crate::{
    codec::{self, Data, Decode, scratch, with_encoded},
    error::{ContractError, fail},
    host,
    schema::{Describe, ErrorDef, Type},
};

/// What a method may return.
#[diagnostic::on_unimplemented(
    message = "a method cannot return `{Self}`",
    label = "is no result of a method",
    note = "a method returns nothing, a value of a type with `#[derive(Data)]`, or a `Result` of that and an `#[error]`"
)]
pub trait Outcome: Sized {
    /// What it is if all went well.
    type Value: Data;
    /// What it is otherwise.
    type Error: ContractError;
    /// What the interface says of the result.
    const RESULT: Type;
    /// What the interface says of the errors.
    const ERRORS: &'static [ErrorDef];

    /// Hands the result to the caller, or ends the call with the error.
    fn finish(self);

    /// What another contract returned.
    fn from_value(value: Self::Value) -> Self;

    /// What another contract stopped with.
    fn from_error(error: Self::Error) -> Self;
}

impl<T: Data> Outcome for T {
    type Value = T;
    type Error = Infallible;
    const RESULT: Type = <T as Describe>::TYPE;
    const ERRORS: &'static [ErrorDef] = &[];

    #[inline(always)]
    fn finish(self) {
        // Not dropped: the call is over, and the memory goes with it.
        let value = ManuallyDrop::new(self);
        if const { !matches!(T::SIZE, Some(0)) } {
            with_encoded(&*value, host::return_data);
        }
    }

    #[inline(always)]
    fn from_value(value: T) -> T {
        value
    }

    #[inline(always)]
    fn from_error(error: Infallible) -> T {
        match error {}
    }
}

impl<T: Data, E: ContractError> Outcome for Result<T, E> {
    type Value = T;
    type Error = E;
    const RESULT: Type = <T as Describe>::TYPE;
    const ERRORS: &'static [ErrorDef] = E::DEFS;

    #[inline]
    fn finish(self) {
        match self {
            Ok(value) => value.finish(),
            Err(error) => fail(&error),
        }
    }

    #[inline(always)]
    fn from_value(value: T) -> Self {
        Ok(value)
    }

    #[inline(always)]
    fn from_error(error: E) -> Self {
        Err(error)
    }
}

/// The arguments of the call; `T` is the tuple of their types. Ends the call if they are not a `T`.
#[must_use]
#[inline(always)]
pub fn arguments<T: Decode>() -> T {
    let mut scratch = scratch();
    let arguments = match T::SIZE {
        Some(size) if const { codec::is_short(T::SIZE) } => {
            read_exactly(&mut scratch, size);
            // SAFETY: the host has written `size` bytes, or the call is over.
            #[expect(unsafe_code, reason = "reads what the host has written")]
            let bytes = unsafe { host::filled(&scratch, size) };
            codec::decode(bytes)
        }
        // Not freed: it is as old as the call, and the memory goes with the call.
        _ => codec::decode(host::input().leak()),
    };
    match arguments {
        Ok(arguments) => arguments,
        Err(codec::Malformed) => bad_arguments(),
    }
}

#[cold]
#[inline(never)]
fn bad_arguments() -> ! {
    // Callers check arguments against the interface before they send them; so this is short.
    host::fail(0, b"bad arguments")
}

/// Fills the front of `out` with the input, or ends the call if it is not `size` bytes.
///
/// Input longer than all of `out` is a halt of the host's; callers check arguments before they send them.
#[inline(never)]
fn read_exactly(out: &mut host::Free, size: usize) {
    if host::input_read(out) != size {
        bad_arguments();
    }
}
