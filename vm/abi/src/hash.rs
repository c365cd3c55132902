//! BLAKE3 hashes under named contexts.

use core::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};

/// A 32-byte hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize)]
pub struct Hash(pub [u8; 32]);

/// Why a text is not a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hexadecimal digits")]
pub struct HashError;

/// What is hashed. Each purpose has a context of its own, so that bytes made for one never pass for
/// another (BLAKE3's `derive_key` mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// The body of a transaction: its id.
    Tx,
    /// What a signer signs: the transaction's id.
    Signature,
    /// A block's header: the block's id.
    Header,
    /// The list of a block's transactions.
    Txs,
    /// The list of a block's receipts.
    Receipts,
    /// An account's address from its public key.
    Account,
    /// A contract's address from its creator and salt.
    Contract,
    /// A module's bytes: the code's hash.
    Code,
    /// A key of the state: where its entry lies in the trie.
    StateKey,
    /// A value of the state: what the entry's leaf commits to.
    StateValue,
    /// The methods of an interface: its id. No part of consensus.
    Interface,
}

impl Context {
    /// The context string of `derive_key`, for what [`Hash::of`] does not cover. Part of consensus.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tx => "lockstep 2026 transaction body",
            Self::Signature => "lockstep 2026 transaction signature",
            Self::Header => "lockstep 2026 block header",
            Self::Txs => "lockstep 2026 block transactions",
            Self::Receipts => "lockstep 2026 block receipts",
            Self::Account => "lockstep 2026 account address",
            Self::Contract => "lockstep 2026 contract address",
            Self::Code => "lockstep 2026 contract code",
            Self::StateKey => "lockstep 2026 state key",
            Self::StateValue => "lockstep 2026 state value",
            Self::Interface => "lockstep 2026 interface methods",
        }
    }
}

impl Hash {
    /// The hash of `bytes` for one purpose.
    #[must_use]
    pub fn of(context: Context, bytes: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(context.name());
        hasher.update(bytes);
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let mut bytes = [0; 32];
        let digits = text.strip_prefix("0x").unwrap_or(text);
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| HashError)?;
        Ok(Self(bytes))
    }
}

#[cfg(feature = "json")]
crate::text::json_as_text!(Hash, "a hash of 64 hexadecimal digits");
