//! What the chain itself keeps in the state: the values under the keys of accounts and contracts.
//!
//! Here and not with the code that writes them (`lockstep-runtime`), so that a light client can read what it
//! has proved. Stable: the records are hashed into the state root.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Address, Amount, DecodeError, Hash, Nonce, codec};

/// What an address has. One that is all zeros is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Account {
    /// What it owns.
    pub balance: Amount,
    /// How many transactions it has had.
    pub nonce: Nonce,
}

/// What the chain knows of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct ContractRecord {
    /// What it runs.
    pub code: Hash,
    /// How long that is, so that loading it is paid for before it is read.
    pub code_bytes: u32,
    /// Who created it.
    pub creator: Address,
    /// Who may change its code.
    pub admin: Option<Address>,
}

/// Bytes of an account: balance and nonce.
const ACCOUNT_BYTES: usize = 16 + 8;

/// The most bytes of a contract's record: two hashes' worth, a length, and an admin.
const MAX_CONTRACT_BYTES: usize = 32 + 4 + 32 + 33;

impl Account {
    /// Reads the value under [`key::account`](super::key::account). An address without an entry has
    /// [`Account::default`].
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are no account's.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode(bytes, ACCOUNT_BYTES)
    }
}

impl ContractRecord {
    /// Reads the value under [`key::contract`](super::key::contract).
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are no contract's record.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode(bytes, MAX_CONTRACT_BYTES)
    }
}
