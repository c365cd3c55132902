//! What a transaction came to, as a test wants to look at it.

use lockstep_abi::{Event, Gas, Halt, Receipt};
use lockstep_runtime::InvalidTx;
use lockstep_sdk::{
    codec::{self, Decode},
    error::ContractError,
};

/// A transaction that succeeded.
#[derive(Debug, Clone)]
pub struct Done {
    pub(crate) data: Vec<u8>,
    pub(crate) receipt: Receipt,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It never happened.
    Invalid(InvalidTx),
    /// It happened, halted, and was paid for.
    Halted(Halt),
}

impl Done {
    /// What the method returned.
    ///
    /// # Panics
    /// If it is not a `T`.
    #[must_use]
    pub fn value<T: Decode>(&self) -> T {
        codec::decode(&self.data).expect("the method returns a value of another type")
    }

    /// Gas of the whole transaction.
    #[must_use]
    pub const fn gas_used(&self) -> Gas {
        self.receipt.gas_used
    }

    /// What was announced, in order.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.receipt.events
    }

    /// The receipt.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

impl Failure {
    /// The contract's own error.
    ///
    /// # Panics
    /// If it is another failure, or no `E`.
    #[must_use]
    pub fn error<E: ContractError>(&self) -> E {
        match self {
            Self::Halted(Halt::Contract { code, data }) => {
                E::from_parts(*code, data).unwrap_or_else(|| panic!("the contract has no error {code}"))
            }
            other => panic!("not an error of the contract: {other}"),
        }
    }

    /// The halt.
    ///
    /// # Panics
    /// If the transaction never happened.
    #[must_use]
    pub fn halt(&self) -> &Halt {
        match self {
            Self::Halted(halt) => halt,
            Self::Invalid(invalid) => panic!("the transaction never happened: {invalid}"),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid(invalid) => invalid.fmt(f),
            Self::Halted(halt) => halt.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}
