//! Somebody who signs transactions.

use ed25519_dalek::{Signer, SigningKey};
use lockstep_abi::{Address, SignedTx, TxBody};

/// An account with a key. The same name is the same account in every test.
#[derive(Debug, Clone)]
pub struct User {
    name: String,
    key: SigningKey,
    address: Address,
}

impl User {
    /// The account of a name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let seed = lockstep_abi::Hash::of(lockstep_abi::hash::Context::Account, name.as_bytes());
        let key = SigningKey::from_bytes(&seed.0);
        let address = Address::of_key(key.verifying_key().as_bytes());
        Self { name: name.into(), key, address }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    /// Its ed25519 public key.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        *self.key.verifying_key().as_bytes()
    }

    /// Signs a transaction, whatever is in it.
    #[must_use]
    pub fn sign(&self, body: TxBody) -> SignedTx {
        let signature = self.key.sign(&body.signing_hash().0).to_bytes();
        SignedTx { body, signature }
    }
}
