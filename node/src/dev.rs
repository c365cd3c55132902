//! A chain for one's own machine: the same genesis everywhere, with funded keys that everybody knows.

use ed25519_dalek::SigningKey;
use lockstep_abi::{Address, Amount, ChainId};
use lockstep_runtime::Genesis;

/// The name of a dev chain that was given none.
pub const CHAIN_ID: &str = "lockstep-dev";

/// The keys that begin with funds. Their secrets are public: of no use but on a dev chain.
pub const NAMES: [&str; 3] = ["alice", "bob", "carol"];

/// What each of them begins with.
pub const BALANCE: Amount = Amount(1_000_000_000_000);

/// The genesis time, 2026-01-01 at 00:00 UTC: fixed, so that equal blocks lead to equal roots anywhere.
const TIME_MS: u64 = 1_767_225_600_000;

/// Who gets the fees: a key without funds, so that those of the others change by what they do alone.
const PROPOSER: &str = "proposer";

/// The signing key of a dev name; `None` if it is none of [`NAMES`].
#[must_use]
pub fn key(name: &str) -> Option<SigningKey> {
    NAMES.contains(&name).then(|| derive(name))
}

/// The address that a dev node's fees go to.
#[must_use]
pub fn proposer() -> Address {
    address(&derive(PROPOSER))
}

/// What a dev chain starts from.
#[must_use]
pub fn genesis(chain_id: ChainId) -> Genesis {
    let balances = NAMES.iter().map(|name| (address(&derive(name)), BALANCE)).collect();
    Genesis { chain_id, time_ms: TIME_MS, balances }
}

fn address(key: &SigningKey) -> Address {
    Address::of_key(key.verifying_key().as_bytes())
}

/// A sentence as secret key: whoever sees it knows what it is worth.
fn derive(name: &str) -> SigningKey {
    let sentence = format!("public dev key of {name}");
    let mut secret = [b' '; 32];
    let length = sentence.len().min(secret.len());
    secret[..length].copy_from_slice(&sentence.as_bytes()[..length]);
    SigningKey::from_bytes(&secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dev_keys_are_the_same_for_ever_since_scripts_know_them() {
        let addresses = NAMES.map(|name| address(&key(name).unwrap()).to_string());
        assert_eq!(
            addresses,
            [
                "ls1uzywqrm4wtyrf7rglxa66vxjnwyjdeyft589fqgpyzeyplveaugqd26lra",
                "ls1hgj78tnqg0m6qawmp9s0z462jpdhnda7rc5s4ftqj95t3xaea2estpfdfu",
                "ls1fuwr7xr3azvv43eq5gspn8a76v87wz52yh26m6s9w784yqptqy4smruj8k",
            ]
        );
    }

    #[test]
    fn only_funded_names_are_keys() {
        assert!(key(PROPOSER).is_none());
        assert!(key("mallory").is_none());
    }
}
