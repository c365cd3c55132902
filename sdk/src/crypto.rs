//! Hashes and signatures, computed by the VM. At most 1 MiB is hashed or verified at once.

use lockstep_abi::Hash;

use crate::host;

/// BLAKE3.
#[must_use]
#[inline]
pub fn blake3(bytes: &[u8]) -> Hash {
    Hash(host::blake3(bytes))
}

/// SHA-256.
#[must_use]
#[inline]
pub fn sha256(bytes: &[u8]) -> Hash {
    Hash(host::sha256(bytes))
}

/// Keccak-256, as Ethereum uses it.
#[must_use]
#[inline]
pub fn keccak256(bytes: &[u8]) -> Hash {
    Hash(host::keccak256(bytes))
}

/// Whether the holder of `public_key` has signed `message` (ed25519, by the rules of ZIP-215).
#[must_use]
#[inline]
pub fn ed25519_verify(public_key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> bool {
    host::ed25519_verify(public_key, signature, message)
}

/// The public key (64 bytes, without the leading 4) that signed `hash` on secp256k1, if there is one.
///
/// `signature` is r and s; `recovery_id` is 0 to 3. An Ethereum address is the last 20 bytes of the key's
/// [`keccak256`].
#[must_use]
#[inline]
pub fn secp256k1_recover(hash: &Hash, signature: &[u8; 64], recovery_id: u8) -> Option<[u8; 64]> {
    host::secp256k1_recover(&hash.0, signature, recovery_id)
}
