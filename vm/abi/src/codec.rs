//! The canonical encoding: borsh, where each value has one form.
//!
//! borsh alone accepts some values in several forms; decoding here encodes again and compares, so that
//! what was decoded is what was signed and hashed.

use alloc::vec::Vec;

use borsh::{BorshDeserialize, BorshSerialize};

/// Why bytes are not a value. No text of borsh's: it changes between versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// More bytes than any such value has.
    #[error("{found} bytes, the limit is {limit}")]
    TooLong {
        /// How many came.
        found: usize,
        /// The most that is allowed.
        limit: usize,
    },
    /// Truncated, out of range, or with trailing bytes.
    #[error("not a valid encoding: truncated, out of range, or with bytes left over")]
    Malformed,
    /// A valid value in a form that the encoder does not write.
    #[error("not the canonical encoding of its value")]
    NotCanonical,
}

/// The encoding of `value`.
///
/// # Panics
/// If a list in `value` has more than 2^32 entries; every type here is bounded far below.
#[must_use]
pub fn encode<T: BorshSerialize>(value: &T) -> Vec<u8> {
    borsh::to_vec(value).expect("a bounded value is written to memory")
}

/// The value that `bytes` encode; all of them, in their one form.
///
/// # Errors
/// [`DecodeError`]; nothing is allocated beyond what `bytes` hold.
pub fn decode<T: BorshSerialize + BorshDeserialize>(bytes: &[u8], limit: usize) -> Result<T, DecodeError> {
    if bytes.len() > limit {
        return Err(DecodeError::TooLong { found: bytes.len(), limit });
    }
    let value: T = borsh::from_slice(bytes).map_err(|_| DecodeError::Malformed)?;
    if encode(&value) == bytes { Ok(value) } else { Err(DecodeError::NotCanonical) }
}
