//! What a transaction did.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    Address, Amount, Bytes, Gas, Halt, Hash, List,
    limits::{
        run::{MAX_EVENT_BYTES, MAX_EVENTS, MAX_RESULT_BYTES, MAX_TOPIC_BYTES, MAX_TOPICS},
        wire::MAX_ACTIONS,
    },
};

/// What a method handed back, in borsh.
pub type ReturnData = Bytes<{ MAX_RESULT_BYTES as usize }>;
/// An indexed part of an event.
pub type Topic = Bytes<{ MAX_TOPIC_BYTES as usize }>;
/// The indexed parts of an event; the first names it.
pub type Topics = List<Topic, { MAX_TOPICS as usize }>;

/// The parts of an event that are not indexed, in borsh.
pub type EventData = Bytes<{ MAX_EVENT_BYTES as usize }>;

/// The result of a transaction in a block. Equal, byte for byte, on every machine.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Receipt {
    /// The transaction.
    pub tx: Hash,
    /// Gas that was used, at most the transaction's limit.
    pub gas_used: Gas,
    /// What the sender paid for it.
    pub fee: Amount,
    /// Success, or why not.
    pub outcome: Outcome,
    /// What the contracts announced, in order. Empty after a halt.
    pub events: List<Event, { MAX_EVENTS as usize }>,
}

/// Whether the actions of a transaction took effect. They do so together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(tag = "status", rename_all = "snake_case"))]
pub enum Outcome {
    /// All took effect.
    Success {
        /// One result for each action, in order.
        results: List<ActionResult, MAX_ACTIONS>,
    },
    /// None took effect; the fee was paid.
    Halted {
        /// Which action stopped, counted from 0.
        action: u32,
        /// Why.
        halt: Halt,
    },
}

/// What an action gave.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum ActionResult {
    /// Nothing to report: transfer, set admin.
    Done,
    /// The hash of the code that was stored.
    Stored(Hash),
    /// The contract that was created.
    Created(Address),
    /// The result of the method: call, upgrade.
    Returned(ReturnData),
}

/// Something that a contract announced.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Event {
    /// Who announced it.
    pub contract: Address,
    /// The event's name and its searchable fields.
    pub topics: Topics,
    /// The other fields, in borsh.
    pub data: EventData,
}

impl Receipt {
    /// Whether the transaction took effect.
    #[must_use]
    pub fn is_success(&self) -> bool {
        match self.outcome {
            Outcome::Success { .. } => true,
            Outcome::Halted { .. } => false,
        }
    }
}
