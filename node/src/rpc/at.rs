//! Names a block: by height, by id, or the newest.

use std::{
    fmt::{self, Display},
    str::FromStr,
};

use lockstep_abi::{Hash, Height};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Which block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The newest one.
    Latest,
    /// The one at a height.
    Height(Height),
    /// The one with an id.
    Id(Hash),
}

/// A text that names no block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a block is named by its height, by its id of 64 hexadecimal digits, or `latest`")]
pub struct AtError;

impl FromStr for At {
    type Err = AtError;

    fn from_str(text: &str) -> Result<Self, AtError> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        // Digits alone may be both; no height has as many as an id.
        match text.parse() {
            Ok(height) => Ok(Self::Height(Height(height))),
            Err(_) => text.parse().map(Self::Id).map_err(|_| AtError),
        }
    }
}

impl Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Height(height) => height.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Height(Height(height)) => serializer.serialize_u64(*height),
            Self::Latest | Self::Id(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = At;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                AtError.fmt(f)
            }

            fn visit_u64<E: de::Error>(self, height: u64) -> Result<At, E> {
                Ok(At::Height(Height(height)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<At, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_named_by_a_number_or_a_text() {
        let of = |json: &str| serde_json::from_str::<At>(json).unwrap();
        let id = Hash([0x11; 32]);
        assert_eq!(of("7"), At::Height(Height(7)));
        assert_eq!(of("\"7\""), At::Height(Height(7)));
        assert_eq!(of("\"latest\""), At::Latest);
        // All digits, and still an id.
        assert_eq!(of(&format!("\"{id}\"")), At::Id(id));
        assert!(serde_json::from_str::<At>("\"newest\"").is_err());
    }
}
