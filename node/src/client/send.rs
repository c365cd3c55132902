//! Sends a transaction the way people want it: nonce, price and gas limit are found out, a dry run comes first.

use std::time::Duration;

use lockstep_abi::{
    Action, Gas, GasPrice, Halt, Hash, Height, List, Receipt, TooLong, TxBody, codec,
    limits::wire::{MAX_ACTIONS, MAX_TX_GAS},
    receipt::Outcome,
};

use super::{Client, ClientError, key::Key};
use crate::rpc::{ReceiptAnswer, TrapAnswer};

/// How many blocks a transaction may wait for.
const EXPIRY_BLOCKS: u64 = 1_000;
/// How long its receipt is waited for.
const WAIT: Duration = Duration::from_secs(60);
/// Bytes of a receipt that is read; as many as a response has.
const MAX_RECEIPT_BYTES: usize = crate::rpc::MAX_RESPONSE_BYTES as usize;

/// What may be said about a transaction beside what it does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    /// The gas limit; found out by a dry run if absent, with a fifth to spare.
    pub gas_limit: Option<Gas>,
    /// The price of a million gas; the node's least if absent.
    pub gas_price: Option<GasPrice>,
}

/// A transaction that is in a block.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its id.
    pub id: Hash,
    /// Its block.
    pub height: Height,
    /// What it did.
    pub receipt: Receipt,
}

/// Why a transaction is not in a block.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// No, or no answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The dry run was halted, so nothing was sent.
    #[error("{halt}")]
    Halted {
        /// Which action, counted from 0.
        action: u32,
        /// Why.
        halt: Halt,
        /// The gas that it would have used.
        gas_used: Gas,
        /// Where contracts trapped on the way, if any did.
        traps: Vec<TrapAnswer>,
    },
    /// More actions than a transaction has.
    #[error("too many actions: {0}")]
    TooManyActions(#[from] TooLong),
    /// It was sent, and is in no block yet.
    #[error("{id} was sent, but: {error}")]
    Waiting {
        /// The transaction.
        id: Hash,
        /// Why it is not known where it is.
        error: ClientError,
    },
}

impl Client {
    /// Signs and sends a transaction, and waits until it is in a block.
    ///
    /// # Errors
    /// [`SendError`]. Only with [`SendError::Waiting`] something was sent.
    pub async fn send(&self, key: &Key, actions: Vec<Action>, terms: Terms) -> Result<Sent, SendError> {
        let body = self.draft(key, List::try_from(actions)?, terms).await?;
        let tx = key.sign(body);
        let id = self.submit(&tx.encode()).await?;
        let waiting = |error| SendError::Waiting { id, error };
        let answer = self.wait(id, WAIT).await.map_err(waiting)?;
        let receipt = receipt(&answer.bytes).map_err(waiting)?;
        Ok(Sent { id, height: answer.height, receipt })
    }

    /// A transaction ready to be signed.
    async fn draft(
        &self,
        key: &Key,
        actions: List<Action, MAX_ACTIONS>,
        terms: Terms,
    ) -> Result<TxBody, SendError> {
        let status = self.status().await?;
        let account = self.account(key.address(), None).await?;
        let body = TxBody {
            chain_id: status.chain_id,
            signer: key.public(),
            nonce: account.next_nonce,
            gas_limit: terms.gas_limit.unwrap_or(Gas(MAX_TX_GAS)),
            gas_price: terms.gas_price.unwrap_or(status.min_gas_price),
            expiry: Height(status.height.0.saturating_add(EXPIRY_BLOCKS)),
            actions,
        };
        if terms.gas_limit.is_some() {
            return Ok(body);
        }
        let answer = self.simulate(&body).await?;
        let dry = receipt(&answer.bytes)?;
        match dry.outcome {
            Outcome::Success { .. } => Ok(TxBody { gas_limit: with_margin(dry.gas_used), ..body }),
            Outcome::Halted { action, halt } => {
                let (gas_used, traps) = (dry.gas_used, answer.traps);
                Err(SendError::Halted { action, halt, gas_used, traps })
            }
        }
    }
}

/// A fifth more: what a transaction does may depend on what comes before it.
const fn with_margin(gas: Gas) -> Gas {
    let limit = gas.0.saturating_add(gas.0.div_ceil(5));
    Gas(if limit < MAX_TX_GAS { limit } else { MAX_TX_GAS })
}

/// The receipt in an answer.
///
/// # Errors
/// [`ClientError::Answer`].
pub fn receipt(digits: &str) -> Result<Receipt, ClientError> {
    let bytes = hex::decode(digits).map_err(|error| ClientError::Answer { what: error.to_string() })?;
    codec::decode(&bytes, MAX_RECEIPT_BYTES)
        .map_err(|error| ClientError::Answer { what: format!("a receipt: {error}") })
}

impl TryFrom<&ReceiptAnswer> for Sent {
    type Error = ClientError;

    fn try_from(answer: &ReceiptAnswer) -> Result<Self, ClientError> {
        Ok(Self { id: answer.id, height: answer.height, receipt: receipt(&answer.bytes)? })
    }
}
