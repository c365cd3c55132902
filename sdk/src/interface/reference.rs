//! What a reference made by `#[interface]` does: sends arguments, reads the answer.

use alloc::vec::Vec;

#[cfg(doc)]
use lockstep_abi::Halt;

use crate::{
    call::{CallError, Target, send},
    codec::{self, Encode, with_encoded},
    error::{ContractError, StandardError},
    host,
    method::Outcome,
};

/// Why a contract that was called by its interface gave no answer. What it did is dropped, the value came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefError<E> {
    /// It refused, with an error of the interface.
    Error(E),
    /// It refused, with an error that the method does not have in the interface.
    Other {
        /// The error's code, also that of a [`StandardError`]; 0 means that the payload is a message in UTF-8.
        code: u32,
        /// The error's fields in borsh.
        payload: Vec<u8>,
    },
    /// The VM stopped it: out of gas, a panic, no such contract or method.
    Halted {
        /// The code of the [`Halt`].
        code: u8,
    },
    /// It returned something else than the interface says. Unlike after all others, **what it did is not dropped**.
    BadAnswer,
}

/// What `try_..` returns for a method that returns `R`.
pub type Tried<R> = Result<<R as Outcome>::Value, RefError<<R as Outcome>::Error>>;

/// Calls a method that returns `R`.
///
/// # Errors
/// [`RefError`], whatever went wrong.
#[inline(always)]
pub fn try_call<R: Outcome>(target: &Target, method: &str, args: &impl Encode) -> Tried<R> {
    let answer = with_encoded(args, |args| send(target, method, args));
    match answer {
        Ok(answer) => codec::decode(&answer).map_err(|codec::Malformed| RefError::BadAnswer),
        Err(CallError::Failed { code, payload }) => Err(match R::Error::from_parts(code, &payload) {
            Some(error) => RefError::Error(error),
            None => RefError::Other { code, payload },
        }),
        Err(CallError::Halted { code }) => Err(RefError::Halted { code }),
    }
}

/// Calls a method that returns `R`. All that `R` has no place for ends the caller's call too.
#[inline(always)]
pub fn call<R: Outcome>(target: &Target, method: &str, args: &impl Encode) -> R {
    match try_call::<R>(target, method, args) {
        Ok(value) => R::from_value(value),
        Err(RefError::Error(error)) => R::from_error(error),
        Err(RefError::Other { .. }) => stop(CONTRACT),
        Err(RefError::Halted { code }) => stop(code),
        Err(RefError::BadAnswer) => stop(BAD_RESULT),
    }
}

/// The code of [`Halt::Contract`].
const CONTRACT: u8 = 25;
/// The code of [`Halt::BadResult`].
const BAD_RESULT: u8 = 26;

/// Ends the call, because another one ended with the halt of this code.
#[cold]
#[inline(never)]
fn stop(halt: u8) -> ! {
    host::fail(StandardError::CallHalted { halt }.code(), &[halt])
}

#[cfg(test)]
mod tests {
    use lockstep_abi::Halt;

    use super::*;

    #[test]
    fn the_codes_are_those_of_the_halts() {
        assert_eq!(CONTRACT, Halt::Contract { code: 1, data: Vec::new().try_into().unwrap() }.code());
        assert_eq!(BAD_RESULT, Halt::BadResult.code());
    }
}
