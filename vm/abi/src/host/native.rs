//! Host functions for code that is not in the VM: how a contract's methods, compiled natively, ask for them.
//!
//! Rows of the table become numbers here, so that whoever asks and whoever answers need to know nothing of each other.
//! For tests of contracts; no chain runs native code.

use super::HostFunction;

/// Answers the host functions of one call.
pub trait Host {
    /// Answers `function`. Its arguments are [`Word`]s; offsets among them are those of `memory`, which it reads and
    /// writes as it would a contract's. So is the answer; 0 of a function without one.
    ///
    /// # Errors
    /// [`Over`] if the call ends here; every later question gets the same answer.
    fn answer(&mut self, function: HostFunction, arguments: &[u64], memory: &mut [u8]) -> Result<u64, Over>;
}

/// The call is over: it halted, and its host knows how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over;

/// A parameter or a result of a host function, as a number of 64 bits.
pub trait Word: Sized {
    /// Its bits, the upper ones 0.
    fn into_word(self) -> u64;
    /// What has these bits; the upper ones are not looked at.
    fn from_word(word: u64) -> Self;
}

impl Word for u32 {
    fn into_word(self) -> u64 {
        self.into()
    }

    fn from_word(word: u64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the upper bits are none of it")]
        let low = word as Self;
        low
    }
}

impl Word for u64 {
    fn into_word(self) -> u64 {
        self
    }

    fn from_word(word: u64) -> Self {
        word
    }
}

impl Word for i64 {
    fn into_word(self) -> u64 {
        self.cast_unsigned()
    }

    fn from_word(word: u64) -> Self {
        word.cast_signed()
    }
}

impl Word for () {
    fn into_word(self) -> u64 {
        0
    }

    fn from_word(_: u64) -> Self {}
}
