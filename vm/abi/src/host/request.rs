//! What a contract hands to `call` and `create`, and what they answer.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    Address, Amount, Gas, Hash, MethodName,
    tx::{Input, Invocation},
};

/// The answers of `call` and `create` that are not lengths.
pub mod status {
    /// The callee stopped with its own error; the buffer holds code and payload.
    pub const FAILED: i64 = -1;
    /// The callee halted otherwise; the buffer holds the halt's code.
    pub const HALTED: i64 = -2;
}

/// A call from one contract to another.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CallRequest {
    /// The contract to call.
    pub to: Address,
    /// The method.
    pub method: MethodName,
    /// Its arguments, in borsh.
    pub args: Input,
    /// What goes from the caller to the callee.
    pub value: Amount,
    /// The most gas for the callee, whose set-up included; all but a 64th of what is left is given at the most.
    pub gas_limit: Gas,
}

/// The creation of a contract by another.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CreateRequest {
    /// The hash of stored code.
    pub code: Hash,
    /// Tells apart the contracts of one creator.
    pub salt: [u8; 32],
    /// The `init` method to run, if there is one.
    pub init: Option<Invocation>,
    /// What goes from the creator to the contract.
    pub value: Amount,
    /// Who may change the code.
    pub admin: Option<Address>,
    /// The most gas for `init`, set-up included.
    pub gas_limit: Gas,
}
