//! A switch that stops a contract, or a part of it.

use lockstep_abi::Address;
use lockstep_sdk_macros::{error, event, storage};

use crate::{env, event::Event, storage::Cell};

/// A switch. Methods that it stops begin with `self.pause.check()?`.
///
/// It does not know who may turn it: check that before, with an [`Ownable`](super::Ownable) or an
/// [`AccessControl`](super::AccessControl).
#[storage(events(Paused, Unpaused))]
#[derive(Debug)]
pub struct Pausable {
    is_paused: Cell<bool>,
}

/// The contract was stopped.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// Who did it.
    #[topic]
    pub by: Address,
}

/// The contract goes on.
#[event]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpaused {
    /// Who did it.
    #[topic]
    pub by: Address,
}

/// Why the switch refuses.
#[error]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The contract is paused.
    IsPaused = 1_011,
    /// The contract is not paused.
    NotPaused = 1_012,
}

impl Pausable {
    /// Whether the contract is paused.
    #[must_use]
    #[inline(always)]
    pub fn is_paused(&self) -> bool {
        self.is_paused.get()
    }

    /// Goes on only if the contract is not paused.
    ///
    /// # Errors
    /// [`Error::IsPaused`].
    #[inline(always)]
    pub fn check(&self) -> Result<(), Error> {
        if self.is_paused() { Err(Error::IsPaused) } else { Ok(()) }
    }

    /// Stops the contract.
    ///
    /// # Errors
    /// [`Error::IsPaused`] if it is stopped already.
    pub fn pause(&mut self) -> Result<(), Error> {
        self.check()?;
        self.is_paused.set(true);
        Paused { by: env::caller() }.emit();
        Ok(())
    }

    /// Lets the contract go on.
    ///
    /// # Errors
    /// [`Error::NotPaused`] if it was not stopped.
    pub fn unpause(&mut self) -> Result<(), Error> {
        if !self.is_paused() {
            return Err(Error::NotPaused);
        }
        self.is_paused.remove();
        Unpaused { by: env::caller() }.emit();
        Ok(())
    }
}
