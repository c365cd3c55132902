//! What a transaction came to, as a test wants to look at it.

use lockstep_abi::{Address, Amount, Gas, Halt, Receipt, limits::run::MAX_TOPIC_BYTES};
use lockstep_runtime::InvalidTx;
use lockstep_sdk::{
    codec::{self, Decode},
    error::ContractError,
    event::{self, Event},
};

use crate::Refusal;

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
    /// The contract refused, by an error of its own. It was paid for.
    Refused(Refusal),
    /// The VM stopped it. It was paid for.
    Halted(Halt),
}

impl Done {
    /// What the method returned; of several actions, what the last one did.
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

    /// What the sender paid for the gas.
    #[must_use]
    pub const fn fee(&self) -> Amount {
        self.receipt.fee
    }

    /// The events called `E`, in order, whichever contracts announced them. All of them are in the
    /// [`receipt`](Self::receipt).
    ///
    /// # Panics
    /// If one has other fields, or a topic that does not read back: that of a field with more than 32 bytes is its
    /// hash. Then ask whether it [`announces`](Self::announces) what you expect.
    #[must_use]
    pub fn events<E: Event>(&self) -> Vec<E> {
        self.announced(|_| true)
    }

    /// The events called `E` of one contract, in order.
    ///
    /// # Panics
    /// As [`events`](Self::events).
    #[must_use]
    pub fn events_of<E: Event>(&self, contract: Address) -> Vec<E> {
        self.announced(|from| from == contract)
    }

    /// Whether this very event is among those of the transaction; also if its topics do not read back.
    #[must_use]
    pub fn announces(&self, event: &impl Event) -> bool {
        let (topics, data) = event::parts(event);
        let mut events = self.receipt.events.iter();
        events.any(|event| *event.data == *data && event.topics.iter().map(|topic| &**topic).eq(&topics))
    }

    fn announced<E: Event>(&self, is_asked_for: impl Fn(Address) -> bool) -> Vec<E> {
        let name = E::DEF.name;
        let first = name.as_bytes().get(..MAX_TOPIC_BYTES as usize).unwrap_or(name.as_bytes());
        let mut found = Vec::new();
        for event in self.receipt.events.iter().filter(|event| is_asked_for(event.contract)) {
            let topics: Vec<&[u8]> = event.topics.iter().map(|topic| &**topic).collect();
            if topics.first() == Some(&first) {
                let event = E::from_parts(&topics, &event.data);
                found
                    .push(event.unwrap_or_else(|| panic!("this `{name}` does not read back: {topics:02x?}")));
            }
        }
        found
    }

    /// The receipt.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

impl Failure {
    /// The contract's own error: its `enum Error`, or a component's that it takes in.
    ///
    /// # Panics
    /// If it is another failure, or no `E`.
    #[must_use]
    #[track_caller]
    pub fn error<E: ContractError>(&self) -> E {
        match self {
            Self::Refused(refusal) => {
                refusal.error().unwrap_or_else(|| panic!("an error of another enum: {refusal}"))
            }
            Self::Invalid(_) | Self::Halted(_) => panic!("not an error of the contract: {self}"),
        }
    }

    /// The message with which a contract stopped that has no code for it.
    ///
    /// # Panics
    /// If it is another failure.
    #[must_use]
    #[track_caller]
    pub fn message(&self) -> &str {
        match self {
            Self::Refused(refusal) => {
                refusal.message().unwrap_or_else(|| panic!("an error, not a message: {refusal}"))
            }
            Self::Invalid(_) | Self::Halted(_) => panic!("not a message of the contract: {self}"),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid(invalid) => invalid.fmt(f),
            Self::Refused(refusal) => write!(f, "the contract refused: {refusal}"),
            Self::Halted(halt) => halt.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}
