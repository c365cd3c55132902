//! How what a block replaced is stored: keys that lie in the state's order, each with its heights in order.
//!
//! `escape(key) | height`, and the value **before** that block. The state at a height is then the first value of a
//! key above that height; or, if there is none, the newest. Keys have any length and any bytes, so they are escaped:
//! 00 becomes 00 FF, and 00 00 ends a key. That keeps their order, and no escaped key begins another.
//!
//! Reading by it is in `at.rs`.

use lockstep_abi::Height;

use crate::StateError;

const DAMAGED: StateError = StateError::Damaged { what: "an entry of the history cannot be decoded" };
const ABSENT: u8 = 0;
const PRESENT: u8 = 1;

/// The escaped key: what all its entries begin with, and none of another key.
pub(super) fn prefix(key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(key.len().saturating_add(2 + HEIGHT_BYTES));
    for &byte in key {
        bytes.push(byte);
        if byte == 0 {
            bytes.push(0xFF);
        }
    }
    bytes.extend_from_slice(&[0, 0]);
    bytes
}

/// The least bytes above all entries of a prefix: no escaped key has 00 01 in it.
pub(super) fn end(mut prefix: Vec<u8>) -> Vec<u8> {
    if let Some(last) = prefix.last_mut() {
        *last = 1;
    }
    prefix
}

/// Where the entry of a prefix and a height is.
pub(super) fn entry(mut prefix: Vec<u8>, height: Height) -> Vec<u8> {
    prefix.extend_from_slice(&height.0.to_be_bytes());
    prefix
}

/// The prefix and the height of an entry.
pub(super) fn split(entry: &[u8]) -> Result<(&[u8], Height), StateError> {
    let (prefix, height) = entry.split_last_chunk::<HEIGHT_BYTES>().ok_or(DAMAGED)?;
    Ok((prefix, Height(u64::from_be_bytes(*height))))
}

/// The key of a prefix.
pub(super) fn key(prefix: &[u8]) -> Result<Vec<u8>, StateError> {
    let mut bytes = prefix.strip_suffix(&[0, 0]).ok_or(DAMAGED)?.iter();
    let mut key = Vec::with_capacity(bytes.len());
    while let Some(&byte) = bytes.next() {
        if byte == 0 && bytes.next() != Some(&0xFF) {
            return Err(DAMAGED);
        }
        key.push(byte);
    }
    Ok(key)
}

/// The bytes of the value before; none if there was no entry.
pub(super) fn encode(before: Option<&[u8]>) -> Vec<u8> {
    match before {
        None => vec![ABSENT],
        Some(value) => [&[PRESENT], value].concat(),
    }
}

/// Reads what [`encode`] gave.
pub(super) fn decode(bytes: &[u8]) -> Result<Option<&[u8]>, StateError> {
    match bytes {
        [ABSENT] => Ok(None),
        [PRESENT, value @ ..] => Ok(Some(value)),
        _ => Err(DAMAGED),
    }
}

const HEIGHT_BYTES: usize = size_of::<u64>();
