//! The frame around a method: arguments in, result or error out. Called by what `#[contract]` writes.

use core::{convert::Infallible, mem::ManuallyDrop};

use crate::{
    codec::{self, Data, Decode, Encode, scratch, with_encoded},
    error::{ContractError, StandardError, fail},
    host,
    schema::{Describe, ErrorDef, Type},
    storage::entry,
};

/// A method as the VM calls it. `extern`, since it is an export of the Wasm; natively it may unwind.
#[derive(Debug, Clone, Copy)]
pub struct Export {
    /// The name of the method.
    pub name: &'static str,
    /// Reads its arguments, runs it, hands over its result.
    pub run: extern "C-unwind" fn(),
}

/// A contract with all that can be called. Implemented by `#[contract]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a contract",
    label = "needs `#[contract]`",
    note = "put `#[contract]` on the `impl` with its methods"
)]
pub trait Contract {
    /// Its own methods, then those of each interface.
    const EXPORTS: &'static [&'static [Export]];
}

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

/// Where the version of the storage is. Shorter than a field's key, so that it is none of a field's; absent for 1.
const VERSION_KEY: &[u8] = b"v";

/// Says that a new contract's storage has this version.
#[inline(always)]
pub fn begin_with(version: u32) {
    if version > 1 {
        entry::set(VERSION_KEY, &version);
    }
}

/// Whether the storage has version `from`; it has the next one then. If it has the next one already, there is nothing to
/// do. Any other version ends the call.
#[must_use]
#[inline(never)]
pub fn migrates_from(from: u32) -> bool {
    let version = entry::get::<u32>(VERSION_KEY).unwrap_or(1);
    // Not an overflow: the macro has compared `from` with the largest number.
    let next = from + 1;
    if version == from {
        begin_with(next);
        return true;
    }
    if version != next {
        host::fail(StandardError::WrongVersion.code(), &[]);
    }
    false
}

/// Refuses results of a migration: none is there if there is nothing to do.
///
/// # Panics
/// If `R` is one.
pub const fn check_migration<R: Outcome>() {
    assert!(
        matches!(<R::Value as Encode>::SIZE, Some(0)),
        "`#[migrate]` returns nothing, or a `Result` of nothing"
    );
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
    host::fail(StandardError::BadArguments.code(), &[])
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
