//! What keys look like: `space | owner | key`.
//!
//! The space is one byte, the owner 32, so that all entries of one kind and owner lie side by side in
//! byte order and no owner can name another's. Stable: keys are hashed into the state root.

use alloc::vec::Vec;
use core::ops::Range;

use crate::{Address, Hash};

/// After every key, since no [`Space`] is 255; the end of a range over the whole state.
pub const END: &[u8] = &[u8::MAX];

/// Bytes of a key that is space and owner alone, and before the contract's own part of a storage key.
const OWNED_BYTES: usize = 33;

macro_rules! spaces {
    ($($(#[$doc:meta])* $space:ident = $byte:literal,)*) => {
        /// What kind of entry a key names: its first byte. Stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Space {
            $($(#[$doc])* $space = $byte,)*
        }

        impl Space {
            const fn of_byte(byte: u8) -> Option<Self> {
                match byte {
                    $($byte => Some(Self::$space),)*
                    _ => None,
                }
            }
        }
    };
}

spaces! {
    /// Balance and nonce of an address.
    Account = 1,
    /// The record of a contract: its code, its admin.
    Contract = 2,
    /// What a contract stores.
    Storage = 3,
    /// A module, by its hash.
    Code = 4,
    /// How long a module is, by its hash: what it costs to load is known before it is read.
    CodeSize = 5,
}

/// The key of an address's account.
#[must_use]
pub const fn account(address: &Address) -> [u8; OWNED_BYTES] {
    prefix(Space::Account, &address.0)
}

/// The key of a contract's record.
#[must_use]
pub const fn contract(address: &Address) -> [u8; OWNED_BYTES] {
    prefix(Space::Contract, &address.0)
}

/// The key of what `contract` stores under its own `key`, which may be empty.
#[must_use]
pub fn storage(contract: &Address, key: &[u8]) -> Vec<u8> {
    // Not `concat`: this is a good part of what a lookup takes.
    let mut storage = Vec::with_capacity(OWNED_BYTES.saturating_add(key.len()));
    storage.extend_from_slice(&prefix(Space::Storage, &contract.0));
    storage.extend_from_slice(key);
    storage
}

/// The key of a module.
#[must_use]
pub const fn code(hash: &Hash) -> [u8; OWNED_BYTES] {
    prefix(Space::Code, &hash.0)
}

/// The key of a module's size.
#[must_use]
pub const fn code_size(hash: &Hash) -> [u8; OWNED_BYTES] {
    prefix(Space::CodeSize, &hash.0)
}

/// The bounds of what `contract` stores under its own keys from `start` on and before `end`; without an
/// `end`, to the last of its entries. Never reaches another contract's.
#[must_use]
pub fn storage_range(contract: &Address, start: &[u8], end: Option<&[u8]>) -> Range<Vec<u8>> {
    let after = match end {
        Some(end) => storage(contract, end),
        None => after_prefix(storage(contract, &[])),
    };
    storage(contract, start)..after
}

/// What a key names: space, owner (an address, or a module's hash), and the contract's own part. `None` if it is no
/// key of the state.
#[must_use]
pub fn parts(key: &[u8]) -> Option<(Space, [u8; 32], &[u8])> {
    let (&[first, ref owner @ ..], own) = key.split_first_chunk::<OWNED_BYTES>()?;
    let space = Space::of_byte(first)?;
    (space == Space::Storage || own.is_empty()).then_some((space, *owner, own))
}

/// The contract's own part of a storage key; `None` if the key is of another space.
#[must_use]
pub fn storage_key(key: &[u8]) -> Option<&[u8]> {
    let (prefix, own) = key.split_at_checked(OWNED_BYTES)?;
    (prefix.first() == Some(&(Space::Storage as u8))).then_some(own)
}

const fn prefix(space: Space, owner: &[u8; 32]) -> [u8; OWNED_BYTES] {
    let mut prefix = [space as u8; OWNED_BYTES];
    let (_, rest) = prefix.split_at_mut(1);
    rest.copy_from_slice(owner);
    prefix
}

/// The first key after all that start with `prefix`, whose first byte must not be 255.
fn after_prefix(mut prefix: Vec<u8>) -> Vec<u8> {
    while let Some(last) = prefix.pop() {
        if let Some(next) = last.checked_add(1) {
            prefix.push(next);
            break;
        }
    }
    prefix
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn keys_are_space_owner_key() {
        let owner = Address([7; 32]);
        let with = |space: u8, key: &[u8]| [&[space], [7; 32].as_slice(), key].concat();
        assert_eq!(with(1, b""), account(&owner));
        assert_eq!(with(2, b""), contract(&owner));
        assert_eq!(storage(&owner, b"name"), with(3, b"name"));
        assert_eq!(with(4, b""), code(&Hash([7; 32])));
        assert_eq!(with(5, b""), code_size(&Hash([7; 32])));
    }

    #[test]
    fn a_storage_range_holds_all_of_a_contract_and_nothing_of_its_neighbours() {
        let mut next = [9; 32];
        next[31] = 10;
        // The last owner of all has no successor of 32 bytes; its range ends with the space.
        for (owner, neighbour) in [([9; 32], storage(&Address(next), b"")), ([255; 32], vec![4])] {
            let range = storage_range(&Address(owner), b"", None);
            assert!(range.contains(&storage(&Address(owner), b"")));
            assert!(range.contains(&storage(&Address(owner), &[255; 300])));
            assert_eq!(range.end, neighbour);
        }
    }

    #[test]
    fn a_storage_range_takes_the_contracts_own_bounds() {
        let owner = Address([9; 32]);
        let range = storage_range(&owner, b"b", Some(b"d"));
        let inside = [b"a", b"b", b"c", b"d"].map(|key| range.contains(&storage(&owner, key)));
        assert_eq!(inside, [false, true, true, false]);
    }

    #[test]
    fn a_key_is_taken_apart_as_it_was_made() {
        let owner = [7; 32];
        let address = Address(owner);
        for (key, space) in [
            (account(&address), Space::Account),
            (contract(&address), Space::Contract),
            (code(&Hash(owner)), Space::Code),
            (code_size(&Hash(owner)), Space::CodeSize),
        ] {
            assert_eq!(parts(&key), Some((space, owner, &[][..])));
            assert_eq!(parts(&[&key[..], &[0]].concat()), None);
            assert_eq!(parts(&key[1..]), None);
        }
        assert_eq!(parts(&storage(&address, b"name")), Some((Space::Storage, owner, &b"name"[..])));
        assert_eq!(parts(&[6; 33]), None);
    }

    #[test]
    fn only_a_storage_key_has_a_contracts_own_part() {
        let owner = Address([9; 32]);
        assert_eq!(storage_key(&storage(&owner, b"name")), Some(b"name".as_slice()));
        assert_eq!(storage_key(&storage(&owner, b"")), Some(b"".as_slice()));
        assert_eq!(storage_key(&account(&owner)), None);
        assert_eq!(storage_key(&[3; 32]), None);
    }
}
