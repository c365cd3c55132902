//! What a user signs.
//!
//! The id is the hash of the body alone, so that nobody changes it by changing the signature.

use alloc::vec::Vec;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    Address, Amount, Bytes, ChainId, DecodeError, Gas, GasPrice, Hash, Height, List, MethodName, codec,
    hash::Context,
    limits::{
        module::MAX_MODULE_BYTES,
        run::MAX_INPUT_BYTES,
        wire::{MAX_ACTIONS, MAX_TX_BYTES},
    },
};

/// The bytes of a module.
pub type CodeBytes = Bytes<MAX_MODULE_BYTES>;
/// The arguments of a method, in borsh.
pub type Input = Bytes<{ MAX_INPUT_BYTES as usize }>;

/// How many transactions an account has had; the next one must carry it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize,
)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Nonce(pub u64);

impl Nonce {
    /// The nonce after this one.
    ///
    /// # Panics
    /// After 2^64 transactions of one account.
    #[must_use]
    pub const fn next(self) -> Self {
        match self.0.checked_add(1) {
            Some(nonce) => Self(nonce),
            None => panic!("an account ran out of nonces"),
        }
    }
}

impl core::fmt::Display for Nonce {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A transaction without its signature.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct TxBody {
    /// The chain that it is for.
    pub chain_id: ChainId,
    /// The sender's ed25519 public key.
    #[cfg_attr(feature = "json", serde(serialize_with = "json::bytes"))]
    pub signer: [u8; 32],
    /// The sender's count of transactions.
    pub nonce: Nonce,
    /// The most gas that it may use; reserved up front, the rest is given back.
    pub gas_limit: Gas,
    /// What the sender pays for a million gas.
    pub gas_price: GasPrice,
    /// The last block that it may be in.
    pub expiry: Height,
    /// What to do; all of it or nothing.
    pub actions: List<Action, MAX_ACTIONS>,
}

/// One step of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Action {
    /// Sends `amount` to `to`.
    Transfer {
        /// The receiver; it need not exist.
        to: Address,
        /// How much.
        amount: Amount,
    },
    /// Stores a module, to be used by its hash.
    StoreCode {
        /// The module.
        code: CodeBytes,
    },
    /// Creates a contract at the address of (sender, `salt`).
    Create {
        /// What it runs.
        code: CodeSource,
        /// Tells apart the contracts of one sender.
        #[cfg_attr(feature = "json", serde(serialize_with = "json::bytes"))]
        salt: [u8; 32],
        /// The `init` method to run, if the contract has one.
        init: Option<Invocation>,
        /// What the contract gets from the sender.
        value: Amount,
        /// Who may change the code; nobody if absent.
        admin: Option<Address>,
    },
    /// Calls a method.
    Call {
        /// The contract.
        to: Address,
        /// Method and arguments.
        invocation: Invocation,
        /// What the contract gets from the sender.
        value: Amount,
    },
    /// Replaces a contract's code; only its admin may.
    Upgrade {
        /// The contract.
        contract: Address,
        /// What it runs from now on.
        code: CodeSource,
        /// The new code's `upgrade` method to run. It cannot be left out if there is one.
        migrate: Option<Invocation>,
    },
    /// Hands a contract to another admin, or to nobody for ever.
    SetAdmin {
        /// The contract.
        contract: Address,
        /// The new admin.
        admin: Option<Address>,
    },
}

/// Code that is stored already, or that comes along.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum CodeSource {
    /// Stored code, by its hash.
    Stored(Hash),
    /// The module itself; it is stored too.
    Inline(CodeBytes),
}

/// A method and its arguments.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Invocation {
    /// The method.
    pub method: MethodName,
    /// Its arguments, in borsh, one after the other.
    pub args: Input,
}

/// A transaction as it travels and as a block holds it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct SignedTx {
    /// What was signed.
    pub body: TxBody,
    /// The ed25519 signature of [`TxBody::signing_hash`].
    #[cfg_attr(feature = "json", serde(serialize_with = "json::bytes"))]
    pub signature: [u8; 64],
}

impl TxBody {
    /// The transaction's id.
    #[must_use]
    pub fn id(&self) -> Hash {
        Hash::of(Context::Tx, &codec::encode(self))
    }

    /// What the signer signs: the id under a context of its own.
    #[must_use]
    pub fn signing_hash(&self) -> Hash {
        Hash::of(Context::Signature, &self.id().0)
    }

    /// The sender's address.
    #[must_use]
    pub fn sender(&self) -> Address {
        Address::of_key(&self.signer)
    }
}

impl SignedTx {
    /// Reads a transaction from untrusted bytes.
    ///
    /// # Errors
    /// [`DecodeError`] if they are too many, malformed or not canonical.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode(bytes, MAX_TX_BYTES)
    }

    /// The bytes that travel.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }
}

#[cfg(feature = "json")]
mod json {
    pub(super) fn bytes<S: serde::Serializer, B: AsRef<[u8]>>(
        bytes: B,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&hex::encode(bytes))
    }
}
