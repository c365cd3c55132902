//! What the RPC's methods answer, as JSON.
//!
//! Numbers over 2^53 are decimal strings, bytes are hexadecimal digits. A transaction, a receipt, a halt and
//! an interface come twice: as JSON to be read, and as the canonical bytes to be verified and decoded.

use lockstep_abi::{
    Address, Amount, ChainId, Gas, GasPrice, Halt, Hash, Header, Height, Nonce, Receipt, SignedTx, codec,
    schema::Schema, state::StateProof,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::TrapAnswer;
use crate::chain::{Head, Position};

/// Where a node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The node's version.
    pub version: String,
    /// The chain's name, to be put into transactions.
    pub chain_id: ChainId,
    /// Whether the public dev keys may be used.
    pub dev: bool,
    /// The newest height.
    pub height: Height,
    /// The newest block.
    pub block: Hash,
    /// Its time, in milliseconds since 1970.
    pub time_ms: u64,
    /// The newest root of the state that is known.
    pub state_root: Hash,
    /// The block after which the state has it: the newest, or the one before while its trie is being computed. The next
    /// block's header carries the root.
    pub state_root_height: Height,
    /// The oldest height whose state can be read here.
    pub oldest_state: Height,
    /// The oldest block that is kept here.
    pub oldest_block: Height,
    /// The least that is paid for a million gas.
    pub min_gas_price: GasPrice,
    /// The most gas that the limits of a block's transactions sum up to.
    pub block_gas: Gas,
    /// Transactions that wait.
    pub pending_txs: usize,
    /// Bytes of their encodings.
    pub pending_bytes: usize,
}

/// What an address has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountAnswer {
    /// The address.
    pub address: Address,
    /// What it owns.
    pub balance: Amount,
    /// How many transactions it has had.
    pub nonce: Nonce,
    /// The nonce for its next transaction, whatever the height: after those that are pending and ready.
    pub next_nonce: Nonce,
    /// Whether it is a contract.
    pub is_contract: bool,
    /// The height that all but `next_nonce` is of.
    pub height: Height,
}

/// A transaction's receipt, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptAnswer {
    /// The transaction.
    pub id: Hash,
    /// Its block.
    pub height: Height,
    /// Which one in the block, counted from 0.
    pub index: u32,
    /// The receipt.
    pub receipt: Value,
    /// If it was halted: why, in a sentence.
    pub halted: Option<String>,
    /// The receipt's bytes.
    pub bytes: String,
}

/// A transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TxAnswer {
    /// Its id.
    pub id: Hash,
    /// Who sent it.
    pub sender: Address,
    /// The transaction.
    pub tx: Value,
    /// Its bytes, as they travel.
    pub bytes: String,
    /// Its receipt; absent while it is pending.
    pub receipt: Option<ReceiptAnswer>,
}

/// A block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockAnswer {
    /// Its id.
    pub id: Hash,
    /// Its header. The root in it is the one **before** its transactions.
    pub header: Value,
    /// The root of the state after it.
    pub state_root_after: Hash,
    /// The hash of its receipts.
    pub receipts_hash: Hash,
    /// The ids of its transactions, in order.
    pub txs: Vec<Hash>,
}

/// A new head, as the subscription tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadAnswer {
    /// The height.
    pub height: Height,
    /// The block.
    pub id: Hash,
    /// Its time, in milliseconds since 1970.
    pub time_ms: u64,
    /// The root of the state after it.
    pub state_root: Hash,
}

/// What a read-only call came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryAnswer {
    /// The height of the state that was asked.
    pub height: Height,
    /// The gas that the answer took; nobody pays it.
    pub gas_used: Gas,
    /// What the method returned, in borsh; absent if it halted.
    pub result: Option<String>,
    /// Why it halted.
    pub halt: Option<HaltAnswer>,
    /// Where contracts trapped on the way, if any did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traps: Vec<TrapAnswer>,
}

/// An entry of the state, or its absence, and its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofAnswer {
    /// The height of the state that has it.
    pub height: Height,
    /// The block after that, whose header has that state's root: what the proof is verified against.
    pub block: Hash,
    /// The key.
    pub key: String,
    /// The value; absent if there is no entry.
    pub value: Option<String>,
    /// The bytes of a [`lockstep_abi::state::StateProof`].
    pub proof: String,
}

/// Why something halted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaltAnswer {
    /// The stable number.
    pub code: u8,
    /// A sentence.
    pub message: String,
    /// Its bytes.
    pub bytes: String,
}

/// What a transaction would come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulateAnswer {
    /// The height of the state that it ran on.
    pub height: Height,
    /// The receipt that it would have, without a fee.
    pub receipt: Value,
    /// If it would be halted: why, in a sentence.
    pub halted: Option<String>,
    /// The receipt's bytes.
    pub bytes: String,
    /// Where contracts trapped on the way, if any did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traps: Vec<TrapAnswer>,
}

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractAnswer {
    /// Its address.
    pub address: Address,
    /// The code that it runs.
    pub code: Hash,
    /// Who created it.
    pub creator: Address,
    /// Who may change its code.
    pub admin: Option<Address>,
    /// What it owns.
    pub balance: Amount,
    /// Its interface, if its code has one.
    pub schema: Option<Value>,
    /// The interface's bytes, as the code's custom section has them.
    pub schema_bytes: Option<String>,
    /// The height that all of this is of.
    pub height: Height,
}

/// Stored code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeAnswer {
    /// Its hash.
    pub code: Hash,
    /// The module.
    pub bytes: String,
}

impl ReceiptAnswer {
    pub(super) fn new(position: Position, receipt: &Receipt) -> Self {
        let Position { height, index } = position;
        let (json, halted, bytes) = receipt_forms(receipt);
        Self { id: receipt.tx, height, index, receipt: json, halted, bytes }
    }
}

impl SimulateAnswer {
    pub(super) fn new(height: Height, receipt: &Receipt, traps: Vec<TrapAnswer>) -> Self {
        let (receipt, halted, bytes) = receipt_forms(receipt);
        Self { height, receipt, halted, bytes, traps }
    }
}

impl TxAnswer {
    pub(super) fn new(tx: &SignedTx, receipt: Option<ReceiptAnswer>) -> Self {
        let (id, sender) = (tx.body.id(), tx.body.sender());
        Self { id, sender, tx: json(tx), bytes: hex::encode(tx.encode()), receipt }
    }
}

impl BlockAnswer {
    pub(super) fn new(head: &Head, state_root_after: Hash, txs: &[SignedTx]) -> Self {
        Self {
            id: head.id,
            header: json(&head.header),
            state_root_after,
            receipts_hash: head.receipts_hash,
            txs: txs.iter().map(|tx| tx.body.id()).collect(),
        }
    }
}

impl HeadAnswer {
    pub(super) fn new(head: &Head, state_root: Hash) -> Self {
        let Header { height, time_ms, .. } = head.header;
        Self { height, id: head.id, time_ms, state_root }
    }
}

impl ProofAnswer {
    pub(super) fn new(height: Height, proof: &StateProof) -> Self {
        Self {
            height,
            block: proof.header.id(),
            key: hex::encode(&proof.key[..]),
            value: proof.value.as_ref().map(|value| hex::encode(&value[..])),
            proof: hex::encode(proof.encode()),
        }
    }
}

impl From<&Halt> for HaltAnswer {
    fn from(halt: &Halt) -> Self {
        Self { code: halt.code(), message: halt.to_string(), bytes: hex::encode(codec::encode(halt)) }
    }
}

/// An interface to be read, and its bytes.
pub(super) fn schema_forms(schema: &Schema) -> (Value, String) {
    (json(schema), hex::encode(schema.encode()))
}

fn receipt_forms(receipt: &Receipt) -> (Value, Option<String>, String) {
    use lockstep_abi::receipt::Outcome;

    let halted = match &receipt.outcome {
        Outcome::Success { .. } => None,
        Outcome::Halted { action, halt } => Some(format!("action {action}: {halt}")),
    };
    (json(receipt), halted, hex::encode(codec::encode(receipt)))
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("the wire types have string keys and finite numbers")
}
