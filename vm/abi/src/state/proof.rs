//! What a node gives to one who trusts a block and nothing else: an entry of the state, and why to believe it.
//!
//! A header's `state_root` commits to the state that its block *starts from*. A proof against block 8 is
//! therefore one of the state after block 7, and the newest state can be proved once a block follows.
//!
//! How a path leads to a root is in `path.rs`; which keys there are, in [`key`](super::key).

use alloc::vec::Vec;

use borsh::{BorshDeserialize, BorshSerialize};

use super::{PathProof, ProofError};
use crate::{
    Bytes, DecodeError, Hash, Header, Height, codec,
    limits::{
        module::MAX_MODULE_BYTES,
        wire::{MAX_STATE_KEY_BYTES, MAX_STATE_PROOF_BYTES},
    },
};

/// A key of the state; see [`key`](super::key).
pub type StateKey = Bytes<MAX_STATE_KEY_BYTES>;
/// A value of the state; a module is the longest.
pub type StateValue = Bytes<MAX_MODULE_BYTES>;

/// A claim on one entry of the state, and its proof.
///
/// # What the caller must trust
/// That a block is part of the chain, by its id, and BLAKE3. Not the node, and not the wire: until
/// [`StateProof::get`] or [`StateProof::verify`] says so, every field is a stranger's word.
///
/// That the block is valid is part of trusting it: the proposer alone wrote the root, and only who executed the
/// blocks before it knows whether it is theirs.
///
/// # Example
/// ```
/// use std::error::Error;
///
/// use lockstep_abi::{Address, Amount, Hash, state::{Account, StateProof, key}};
///
/// /// What an address owned when `block` began, by the answer of a node that nobody trusts.
/// fn balance(answer: &[u8], block: &Hash, address: &Address) -> Result<Amount, Box<dyn Error>> {
///     let proof = StateProof::decode(answer)?;
///     let account = match proof.get(block, &key::account(address))? {
///         Some(value) => Account::decode(value)?,
///         None => Account::default(),
///     };
///     Ok(account.balance)
/// }
///
/// assert!(balance(b"trust me", &Hash([1; 32]), &Address([2; 32])).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StateProof {
    /// The header of the trusted block, which its id stands for.
    pub header: Header,
    /// The key of the entry.
    pub key: StateKey,
    /// The value that the key has; `None` if it has no entry.
    pub value: Option<StateValue>,
    /// Why that is so under the header's root.
    pub path: PathProof,
}

impl StateProof {
    /// Reads a proof from untrusted bytes, to be verified.
    ///
    /// # Errors
    /// [`DecodeError`] if they are too many, malformed or not canonical.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode(bytes, MAX_STATE_PROOF_BYTES)
    }

    /// The bytes that travel.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// What the state that `block` starts from has under `key`; `None` is proved too: there is no entry.
    ///
    /// # Errors
    /// [`ProofError`] if this proves nothing of that key in that state.
    pub fn get(&self, block: &Hash, key: &[u8]) -> Result<Option<&[u8]>, ProofError> {
        if *self.key != *key {
            return Err(ProofError::Key);
        }
        self.verify(block)?;
        Ok(self.value.as_deref())
    }

    /// Whether the state that `block` starts from has [`value`](Self::value) under [`key`](Self::key), or no
    /// entry for it. Of no other key: whoever asked for one takes [`StateProof::get`], since a proof of absence
    /// also holds for other keys whose paths begin alike.
    ///
    /// # Errors
    /// [`ProofError`] if the header is not that of `block`, or its root does not bear out the claim.
    pub fn verify(&self, block: &Hash) -> Result<(), ProofError> {
        let found = self.header.id();
        if found != *block {
            return Err(ProofError::Block { found, trusted: *block });
        }
        self.path.verify(&self.header.state_root, &self.key, self.value.as_deref())
    }

    /// The height of the block after which the state is as proved: the one before the header's. `None` for the
    /// header of genesis, which begins with the empty state: nothing was before, and every absence is proved.
    ///
    /// As true as the header: only of a verified proof.
    #[must_use]
    pub fn height(&self) -> Option<Height> {
        self.header.height.0.checked_sub(1).map(Height)
    }
}
