//! Proofs of single entries: asked of a node, and verified without one.

use std::{fmt::Write, fs, io::Read, path::Path};

use anyhow::Context;
use lockstep_abi::{
    Address, Height,
    limits::wire::MAX_STATE_PROOF_BYTES,
    state::{
        Account, ContractRecord, StateProof,
        key::{self, Space},
    },
};
use serde_json::{Value, json};

use super::{
    Session, Shown,
    args::{Entry, ProofArgs, VerifyArgs},
    failure::Failure,
};

pub(crate) async fn prove(args: ProofArgs, session: &Session) -> anyhow::Result<Shown> {
    let ProofArgs { entry, height, out } = args;
    let key = entry.key(session.address(entry.address()).await?)?;
    let answer = session.client.proof(&key, height).await?;
    let bytes = hex::decode(&answer.proof).context("the node's proof is not hexadecimal")?;
    let proof = StateProof::decode(&bytes).context("the node's proof is not understood")?;
    // Of the block that the node names; whether that block is to be trusted is not known here.
    let value = proof.get(&answer.block, &key).context("the node's proof does not hold")?;
    check_height(height, &proof)?;
    let (mut json, text) = told(&proof, value);
    let mut text = format!("by the node's word, until it is verified: {text}");
    if let Some(file) = out {
        fs::write(&file, &bytes).with_context(|| format!("cannot write {}", file.display()))?;
        write!(text, "\nproof of {} bytes in {}", bytes.len(), file.display())?;
    } else {
        write!(text, "\nproof of {} bytes: {}", bytes.len(), answer.proof)?;
    }
    if let Some(json) = json.as_object_mut() {
        json.insert("proof".into(), answer.proof.into());
    }
    Shown::new(json, text)
}

/// A proof of another height than the one that was asked for may hold, and be of what is long past.
fn check_height(asked: Option<Height>, proof: &StateProof) -> Result<(), Failure> {
    match (asked, proof.height()) {
        (Some(asked), found) if found != Some(asked) => {
            let found = found.map_or("no block".into(), |found| format!("block {found}"));
            let text = format!("the node's proof is of the state after {found}, not after block {asked}");
            Err(Failure::new("bad_answer", text, Value::Null))
        }
        (Some(_) | None, _) => Ok(()),
    }
}

pub(crate) fn verify(args: &VerifyArgs) -> anyhow::Result<Shown> {
    let VerifyArgs { proof, block, entry } = args;
    let (Some(file), Some(block)) = (proof, block) else {
        return Err(Failure::usage("`lockstep verify` needs both --proof FILE and --block ID").into());
    };
    let address = entry.address();
    let address = address.parse().with_context(|| format!("`{address}` is not an address"))?;
    let key = entry.key(address)?;
    let proof = read(file)?;
    let value = proof.get(block, &key).context("the proof does not hold")?;
    let (json, text) = told(&proof, value);
    Shown::new(json, format!("verified: {text}"))
}

fn read(file: &Path) -> anyhow::Result<StateProof> {
    let cannot = || format!("cannot read {}", file.display());
    let mut bytes = Vec::new();
    // One more than the longest: what is too long is not read whole to be refused.
    let limit = u64::try_from(MAX_STATE_PROOF_BYTES)?.saturating_add(1);
    fs::File::open(file).with_context(cannot)?.take(limit).read_to_end(&mut bytes).with_context(cannot)?;
    StateProof::decode(&bytes).with_context(|| format!("{} is no proof", file.display()))
}

impl Entry {
    fn address(&self) -> &str {
        match self {
            Self::Account { address } | Self::Contract { address } | Self::Storage { address, .. } => address,
        }
    }

    fn key(&self, owner: Address) -> anyhow::Result<Vec<u8>> {
        Ok(match self {
            Self::Account { .. } => key::account(&owner).to_vec(),
            Self::Contract { .. } => key::contract(&owner).to_vec(),
            Self::Storage { key, .. } => {
                let digits = key.strip_prefix("0x").unwrap_or(key);
                let own = hex::decode(digits).with_context(|| format!("`{key}` is not hexadecimal"))?;
                key::storage(&owner, &own)
            }
        })
    }
}

/// What a proof says, for programs and for people.
fn told(proof: &StateProof, value: Option<&[u8]>) -> (Value, String) {
    let block = proof.header.id();
    let height = proof.height();
    let when = match height {
        Some(height) => format!("after block {height}"),
        None => "before the genesis".into(),
    };
    let (what, said) = entry_of(&proof.key, value);
    let json = json!({
        "height": height, "block": block, "state_root": proof.header.state_root,
        "key": hex::encode(&proof.key[..]), "value": value.map(hex::encode), "entry": what,
    });
    let root = proof.header.state_root;
    (
        json,
        format!(
            "{said}\n  {when}, by the state root {root}\n  in the header of block {} ({block})",
            proof.header.height
        ),
    )
}

/// An entry by what it means. Whatever it is, it is proved; how it is to be read is this program's word.
fn entry_of(key: &[u8], value: Option<&[u8]>) -> (Value, String) {
    match (key::parts(key), value) {
        (Some((Space::Account, owner, _)), None) => {
            let address = Address(owner);
            (json!({ "account": address }), format!("account {address} has nothing"))
        }
        (Some((Space::Account, owner, _)), Some(value)) => match Account::decode(value) {
            Ok(Account { balance, nonce }) => {
                let address = Address(owner);
                let text = format!("account {address}\n  balance {balance}\n  nonce   {nonce}");
                (json!({ "account": address, "balance": balance, "nonce": nonce }), text)
            }
            Err(_) => unknown(key, Some(value)),
        },
        (Some((Space::Contract, owner, _)), None) => {
            let address = Address(owner);
            (json!({ "contract": address }), format!("there is no contract at {address}"))
        }
        (Some((Space::Contract, owner, _)), Some(value)) => match ContractRecord::decode(value) {
            Ok(ContractRecord { code, creator, admin, .. }) => {
                let address = Address(owner);
                let admin_text = admin.map_or("nobody".into(), |admin| admin.to_string());
                let text = format!(
                    "contract {address}\n  code    {code}\n  creator {creator}\n  admin   {admin_text}"
                );
                (json!({ "contract": address, "code": code, "creator": creator, "admin": admin }), text)
            }
            Err(_) => unknown(key, Some(value)),
        },
        (Some((Space::Storage, owner, own)), value) => {
            let (contract, own) = (Address(owner), hex::encode(own));
            let text = match value {
                None => format!("contract {contract} stores nothing under `{own}`"),
                Some(value) => format!("contract {contract} stores under `{own}`\n  {}", hex::encode(value)),
            };
            (json!({ "contract": contract, "storage": own }), text)
        }
        (Some((Space::Code | Space::CodeSize, ..)) | None, _) => unknown(key, value),
    }
}

fn unknown(key: &[u8], value: Option<&[u8]>) -> (Value, String) {
    let key = hex::encode(key);
    let text = match value {
        None => format!("no entry for the key {key}"),
        Some(value) => format!("the entry of the key {key}\n  {}", hex::encode(value)),
    };
    (Value::Null, text)
}

#[cfg(test)]
mod tests {
    use lockstep_abi::{
        Gas, Hash, Header,
        state::{PathProof, Terminal},
    };

    use super::*;

    #[test]
    fn a_proof_of_another_height_than_asked_for_is_refused() {
        let hash = Hash::default();
        let header = Header {
            chain_id: "a-chain".parse().unwrap(),
            height: Height(8),
            time_ms: 0,
            parent: hash,
            state_root: hash,
            txs_hash: hash,
            receipts_hash: hash,
            proposer: Address::default(),
            gas_limit: Gas::ZERO,
        };
        let path = PathProof { terminal: Terminal::Empty, siblings: Vec::new().try_into().unwrap() };
        let proof = StateProof { header, key: Vec::new().try_into().unwrap(), value: None, path };
        assert!(check_height(None, &proof).is_ok());
        assert!(check_height(Some(Height(7)), &proof).is_ok());
        let refused = check_height(Some(Height(8)), &proof).unwrap_err();
        assert!(refused.text().contains("after block 7, not after block 8"), "{refused}");
    }
}
