//! Which keys a block changed, as one record: each key's length (4 bytes, little-endian) and bytes, in key order.
//!
//! With it the history of a block is found again: to delete it, or to tell what the newest block changed.

use crate::{Changes, StateError};

const DAMAGED: StateError =
    StateError::Damaged { what: "the list of a block's changed keys cannot be decoded" };

pub(super) fn encode(changes: &Changes) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, _) in changes.iter() {
        let length = u32::try_from(key.len()).expect("keys are shorter than 4 GiB");
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(key);
    }
    bytes
}

pub(super) fn decode(mut bytes: &[u8]) -> Result<Vec<&[u8]>, StateError> {
    let mut keys: Vec<&[u8]> = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or(DAMAGED)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| DAMAGED)?;
        let (key, rest) = rest.split_at_checked(length).ok_or(DAMAGED)?;
        if keys.last().is_some_and(|last| *last >= key) {
            return Err(DAMAGED);
        }
        keys.push(key);
        bytes = rest;
    }
    Ok(keys)
}
