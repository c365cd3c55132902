//! The state as headers commit to it: the trie, its proofs, its records.
//!
//! `reference.rs` is the trie by its definition, which `oracle.rs` holds against NOMT's own crate. The others
//! forge: `claim.rs` proofs of one path by hand, `wire.rs` every bit of what travels.

mod claim;
mod oracle;
mod record;
mod reference;
mod wire;

use std::collections::BTreeMap;

use lockstep_abi::{
    Address, Amount, Bytes, Gas, Hash, Header, Height, Nonce, codec,
    state::{Account, StateProof, key, trie::EntryHasher},
};

use reference::Trie;

/// A state, and the header of the block that starts from it.
struct State {
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    trie: Trie,
    header: Header,
}

impl State {
    fn new(entries: BTreeMap<Vec<u8>, Vec<u8>>) -> Self {
        let hasher = EntryHasher::new();
        let hashed = entries.iter().map(|(key, value)| (hasher.path(key), hasher.value(value)));
        let trie: Trie = hashed.collect();
        let header = Header {
            chain_id: "lockstep-test".parse().unwrap(),
            height: Height(8),
            time_ms: 5,
            parent: Hash([6; 32]),
            state_root: trie.root(),
            txs_hash: Hash([8; 32]),
            receipts_hash: Hash([9; 32]),
            proposer: Address([10; 32]),
            gas_limit: Gas(11),
        };
        Self { entries, trie, header }
    }

    /// As many accounts, with different balances; those of addresses `[1; 32]`, `[2; 32]` and so on.
    fn of_accounts(count: u8) -> Self {
        let account = |n: u8| Account { balance: Amount(100 + u128::from(n)), nonce: Nonce(1) };
        let entry = |n| (account_key(n), codec::encode(&account(n)));
        Self::new((1..=count).map(entry).collect())
    }

    /// The id of the block, which a light client trusts.
    fn block(&self) -> Hash {
        self.header.id()
    }

    /// What an honest node answers.
    fn prove(&self, key: &[u8]) -> StateProof {
        let value = self.entries.get(key);
        StateProof {
            header: self.header.clone(),
            key: Bytes::try_from(key.to_vec()).unwrap(),
            value: value.map(|value| Bytes::try_from(value.clone()).unwrap()),
            path: self.trie.prove(&EntryHasher::new().path(key)),
        }
    }
}

fn account_key(n: u8) -> Vec<u8> {
    key::account(&Address([n; 32])).to_vec()
}
