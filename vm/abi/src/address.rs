//! Addresses of accounts and contracts.
//!
//! People see `ls1...` (bech32m, BIP-350, whose checksum catches any four wrong characters); machines
//! see 32 bytes. An account's and a contract's address come from different hash contexts, so that nobody
//! owns the key of a contract.

use alloc::string::{String, ToString};
use core::{fmt, str::FromStr};

use bech32::{Bech32m, Hrp, primitives::decode::CheckedHrpstring};
use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Hash, hash::Context};

const PREFIX: Hrp = Hrp::parse_unchecked("ls");

/// Who owns an account: a key's holder or a contract.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize)]
pub struct Address(pub [u8; 32]);

/// Why a text is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Wrong characters, wrong checksum, or not bech32m.
    #[error("not a bech32m text, or mistyped: the checksum does not fit")]
    Checksum,
    /// Another chain's prefix.
    #[error("an address starts with `ls1`")]
    Prefix,
    /// The bits after the last byte are not zero.
    #[error("not the text of an address: bits are left over that are not zero")]
    Padding,
    /// Not 32 bytes.
    #[error("an address has 32 bytes, this one has {found}")]
    Length {
        /// How many bytes the text carries.
        found: usize,
    },
}

impl Address {
    /// The address of the holder of an ed25519 public key.
    #[must_use]
    pub fn of_key(public_key: &[u8; 32]) -> Self {
        Self(Hash::of(Context::Account, public_key).0)
    }

    /// The address of the contract that `creator` makes with `salt`.
    #[must_use]
    pub fn of_contract(creator: &Self, salt: &[u8; 32]) -> Self {
        let mut bytes = [0; 64];
        let (left, right) = bytes.split_at_mut(32);
        left.copy_from_slice(&creator.0);
        right.copy_from_slice(salt);
        Self(Hash::of(Context::Contract, &bytes).0)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bech32::encode_lower_to_fmt::<Bech32m, _>(f, PREFIX, &self.0).map_err(|_| fmt::Error)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let checked = CheckedHrpstring::new::<Bech32m>(text).map_err(|_| AddressError::Checksum)?;
        if checked.hrp() != PREFIX {
            return Err(AddressError::Prefix);
        }
        let found = checked.byte_iter().count();
        let mut bytes = [0; 32];
        if found != bytes.len() {
            return Err(AddressError::Length { found });
        }
        bytes.iter_mut().zip(checked.byte_iter()).for_each(|(to, from)| *to = from);
        let address = Self(bytes);
        // 52 characters carry 260 bits; the last four mean nothing and must be zero, or one address would have
        // sixteen texts.
        if !text.eq_ignore_ascii_case(&address.to_string()) {
            return Err(AddressError::Padding);
        }
        Ok(address)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        alloc::format!("{address}")
    }
}

#[cfg(feature = "json")]
crate::text::json_as_text!(Address, "an address such as \"ls1...\"");

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    #[test]
    fn an_address_reads_back_as_it_was_shown() {
        let address = Address::of_key(&[7; 32]);
        let text = address.to_string();
        assert!(text.starts_with("ls1"), "{text}");
        assert_eq!(text.parse(), Ok(address));
    }

    #[test]
    fn a_mistyped_address_is_refused() {
        let text = Address::of_key(&[7; 32]).to_string();
        for at in 3..text.len() {
            let other = if &text[at..=at] == "q" { "p" } else { "q" };
            let typo = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert_eq!(typo.parse::<Address>(), Err(AddressError::Checksum), "{typo}");
        }
    }

    #[test]
    fn an_account_and_a_contract_never_share_an_address() {
        let creator = Address([1; 32]);
        let mut bytes = creator.0.to_vec();
        bytes.extend([2; 32]);
        assert_ne!(Address::of_contract(&creator, &[2; 32]).0, Hash::of(Context::Account, &bytes).0);
    }
}
