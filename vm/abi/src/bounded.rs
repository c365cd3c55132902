//! Byte strings and lists whose type carries their limit, so that a decoded value is already within it.

use alloc::vec::Vec;
use core::ops::Deref;

use borsh::{
    BorshDeserialize, BorshSerialize,
    io::{Error, ErrorKind, Read, Write},
};

/// A value is longer than its type allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{found} long, the limit is {limit}")]
pub struct TooLong {
    /// Its length.
    pub found: usize,
    /// The most that is allowed.
    pub limit: usize,
}

/// At most `MAX` bytes. JSON carries them as hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes<const MAX: usize>(Vec<u8>);

/// At most `MAX` values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct List<T, const MAX: usize>(Vec<T>);

impl<const MAX: usize> core::fmt::Debug for Bytes<MAX> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<const MAX: usize> TryFrom<Vec<u8>> for Bytes<MAX> {
    type Error = TooLong;

    fn try_from(bytes: Vec<u8>) -> Result<Self, TooLong> {
        if bytes.len() > MAX {
            return Err(TooLong { found: bytes.len(), limit: MAX });
        }
        Ok(Self(bytes))
    }
}

impl<T, const MAX: usize> TryFrom<Vec<T>> for List<T, MAX> {
    type Error = TooLong;

    fn try_from(values: Vec<T>) -> Result<Self, TooLong> {
        if values.len() > MAX {
            return Err(TooLong { found: values.len(), limit: MAX });
        }
        Ok(Self(values))
    }
}

impl<const MAX: usize> From<[u8; MAX]> for Bytes<MAX> {
    fn from(bytes: [u8; MAX]) -> Self {
        Self(bytes.into())
    }
}

impl<const MAX: usize> Deref for Bytes<MAX> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<T, const MAX: usize> Deref for List<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<const MAX: usize> Bytes<MAX> {
    /// The bytes, owned.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl<T, const MAX: usize> List<T, MAX> {
    /// The values, owned.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<const MAX: usize> BorshSerialize for Bytes<MAX> {
    fn serialize<W: Write>(&self, writer: &mut W) -> Result<(), Error> {
        self.0.serialize(writer)
    }
}

impl<T: BorshSerialize, const MAX: usize> BorshSerialize for List<T, MAX> {
    fn serialize<W: Write>(&self, writer: &mut W) -> Result<(), Error> {
        self.0.serialize(writer)
    }
}

impl<const MAX: usize> BorshDeserialize for Bytes<MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self, Error> {
        read_bytes(reader, MAX).map(Self)
    }
}

impl<T: BorshDeserialize, const MAX: usize> BorshDeserialize for List<T, MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self, Error> {
        let length = read_length(reader, MAX)?;
        // Not `with_capacity(length)`: the length is the sender's claim, not yet a fact.
        let mut values = Vec::new();
        for _ in 0..length {
            values.push(T::deserialize_reader(reader)?);
        }
        Ok(Self(values))
    }
}

/// Reads a length prefix that must not pass `limit`.
fn read_length<R: Read>(reader: &mut R, limit: usize) -> Result<usize, Error> {
    let length = u32::deserialize_reader(reader)?;
    match usize::try_from(length) {
        Ok(length) if length <= limit => Ok(length),
        _ => Err(Error::new(ErrorKind::InvalidData, "longer than its limit")),
    }
}

/// Reads length-prefixed bytes, at most `limit`, growing as they arrive.
pub(crate) fn read_bytes<R: Read>(reader: &mut R, limit: usize) -> Result<Vec<u8>, Error> {
    const STEP: usize = 4096;
    let length = read_length(reader, limit)?;
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let from = bytes.len();
        let to = length.min(from.saturating_add(STEP));
        bytes.resize(to, 0);
        let Some(free) = bytes.get_mut(from..) else { break };
        reader.read_exact(free)?;
    }
    Ok(bytes)
}

#[cfg(feature = "json")]
mod json {
    use alloc::{format, string::String, vec::Vec};

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use super::{Bytes, List};

    impl<const MAX: usize> Serialize for Bytes<MAX> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(&hex::encode(&self.0))
        }
    }

    impl<'de, const MAX: usize> Deserialize<'de> for Bytes<MAX> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(&text))
                .map_err(|error| D::Error::custom(format!("expected hexadecimal digits: {error}")))?;
            Self::try_from(bytes).map_err(D::Error::custom)
        }
    }

    impl<T: Serialize, const MAX: usize> Serialize for List<T, MAX> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.serialize(serializer)
        }
    }

    impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Self::try_from(Vec::deserialize(deserializer)?).map_err(D::Error::custom)
        }
    }
}
