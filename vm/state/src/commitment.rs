//! The commitment to the state: an LtHash, whose hash is the state root.
//!
//! LtHash is a homomorphic multiset hash (Bellare and Micciancio 1997; parameters from Lewi, Kim, Maykov
//! and Weis, "Securing Update Propagation with Homomorphic Hashing", 2019, <https://ia.cr/2019/227>; Solana
//! commits to its accounts the same way, SIMD-0215). Each entry is expanded to 1,024 lanes of 16 bits, and
//! the lanes are added modulo 2^16. So the commitment does not depend on order, an entry is taken out by
//! subtraction, and a change costs the same whatever the size of the state.
//!
//! Security, as published: for 1,024 lanes of 16 bits the paper estimates at least 200 bits against
//! collisions, by reduction to a short-integer-solution problem. The same entry 65,536 times would add up
//! to nothing; a state holds each key once, so that this cannot be built.
//!
//! It gives no proofs of single entries: a Merkle trie will replace it where those are needed.

use std::{fmt, ops::ControlFlow};

use lockstep_abi::{Context, Hash};

use crate::{Changes, Order, Read, StateError, key};

const LANES: usize = 1024;

/// Bytes of a commitment: 1,024 lanes of 16 bits, little-endian.
pub const COMMITMENT_BYTES: usize = 2 * LANES;

/// Commits to a set of entries. Equal for equal sets, however they came to be.
#[derive(Clone, PartialEq, Eq)]
pub struct Commitment(Box<[u16; LANES]>);

impl Commitment {
    /// The commitment to an empty state.
    #[must_use]
    pub fn new() -> Self {
        Self(Box::new([0; LANES]))
    }

    /// The commitment to all that `reader` holds, computed from nothing. Reads the whole state: an audit
    /// of what [`Self::update`] keeps up to date.
    ///
    /// # Errors
    /// [`StateError`] if the reader fails.
    pub fn of(reader: &dyn Read) -> Result<Self, StateError> {
        let mut commitment = Self::new();
        reader.range(&[], key::END, Order::Ascending, &mut |key, value| {
            commitment.fold(key, value, u16::wrapping_add);
            ControlFlow::Continue(())
        })?;
        Ok(commitment)
    }

    /// Follows the state through `changes`, which must start from the state that this commits to. Costs
    /// two expansions a change, 2 KiB of hash output each.
    pub fn update(&mut self, changes: &Changes) {
        for change in changes.with_before() {
            if let Some(value) = &change.before {
                self.fold(&change.key, value, u16::wrapping_sub);
            }
            if let Some(value) = &change.after {
                self.fold(&change.key, value, u16::wrapping_add);
            }
        }
    }

    /// The state root.
    #[must_use]
    pub fn root(&self) -> Hash {
        Hash::of(Context::StateRoot, &self.to_bytes())
    }

    /// The lanes, little-endian.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; COMMITMENT_BYTES] {
        let mut bytes = [0; COMMITMENT_BYTES];
        let (pairs, _) = bytes.as_chunks_mut();
        pairs.iter_mut().zip(self.0.iter()).for_each(|(pair, lane)| *pair = lane.to_le_bytes());
        bytes
    }

    /// Reads what [`Self::to_bytes`] gave.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; COMMITMENT_BYTES]) -> Self {
        let mut commitment = Self::new();
        let (pairs, _) = bytes.as_chunks();
        commitment.0.iter_mut().zip(pairs).for_each(|(lane, pair)| *lane = u16::from_le_bytes(*pair));
        commitment
    }

    // Generic over `combine`, not a pointer: the loop is then a few vector instructions.
    fn fold(&mut self, key: &[u8], value: &[u8], combine: impl Fn(u16, u16) -> u16) {
        let bytes = expand(key, value);
        let (pairs, _) = bytes.as_chunks();
        for (lane, pair) in self.0.iter_mut().zip(pairs) {
            *lane = combine(*lane, u16::from_le_bytes(*pair));
        }
    }
}

/// BLAKE3's extendable output over the key's length, the key and the value. The length keeps ("a", "bc")
/// and ("ab", "c") apart.
fn expand(key: &[u8], value: &[u8]) -> [u8; COMMITMENT_BYTES] {
    let length = u32::try_from(key.len()).expect("a key is shorter than 4 GiB");
    let mut hasher = blake3::Hasher::new_derive_key(Context::StateEntry.name());
    hasher.update(&length.to_le_bytes()).update(key).update(value);
    let mut bytes = [0; COMMITMENT_BYTES];
    hasher.finalize_xof().fill(&mut bytes);
    bytes
}

impl Default for Commitment {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Commitment").field(&self.root()).finish()
    }
}

#[cfg(test)]
mod tests;
