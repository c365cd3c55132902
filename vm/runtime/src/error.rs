//! Why a transaction or a block never happened.

use lockstep_abi::{Amount, ChainId, DecodeError, Gas, Height, Nonce};
use lockstep_engine::Rejection;

/// Why a transaction cannot be in a block. Nothing is charged and no nonce is used up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTx {
    /// The bytes are not a transaction.
    #[error("not a transaction: {0}")]
    Decode(#[from] DecodeError),
    /// It was signed for another chain.
    #[error("the transaction is for the chain `{found}`, this is `{expected}`")]
    WrongChain {
        /// This chain.
        expected: ChainId,
        /// The transaction's.
        found: ChainId,
    },
    /// The signature does not hold for the signer's key.
    #[error("the signature does not hold for the signer's key")]
    BadSignature,
    /// There is nothing to do.
    #[error("the transaction has no actions")]
    NoActions,
    /// More gas than a transaction may have.
    #[error("the gas limit is {found}, the most is {limit}")]
    GasLimitTooHigh {
        /// The transaction's.
        found: Gas,
        /// The most that is allowed.
        limit: Gas,
    },
    /// Less gas than the transaction takes by being there.
    #[error("the gas limit is {found}, but its size and actions alone take {needed}")]
    GasLimitTooLow {
        /// The transaction's.
        found: Gas,
        /// The least that it needs.
        needed: Gas,
    },
    /// A module that may not be stored.
    #[error("the code of action {action} is refused: {rejection}")]
    Code {
        /// Which action, counted from 0.
        action: usize,
        /// Why.
        rejection: Rejection,
    },
    /// A nonce that was used already.
    #[error("the nonce {found} was used already, the next one is {expected}")]
    NonceTooLow {
        /// The account's next nonce.
        expected: Nonce,
        /// The transaction's.
        found: Nonce,
    },
    /// A nonce whose turn has not come.
    #[error("the nonce is {found}, but the next one is {expected}")]
    NonceTooHigh {
        /// The account's next nonce.
        expected: Nonce,
        /// The transaction's.
        found: Nonce,
    },
    /// The sender cannot pay for the gas limit.
    #[error("the balance is {have}, but the gas limit may cost {needed}")]
    CannotPay {
        /// What the gas limit costs.
        needed: Amount,
        /// What the sender has.
        have: Amount,
    },
    /// Its last block is past.
    #[error("the transaction expired at height {expiry}, the next block is {height}")]
    Expired {
        /// The transaction's last block.
        expiry: Height,
        /// The block that it would be in.
        height: Height,
    },
    /// Its last block is so far away that it would have to be remembered for too long.
    #[error("the transaction expires at height {expiry}; the most is {limit}")]
    ExpiryTooFar {
        /// The transaction's last block.
        expiry: Height,
        /// The latest that is allowed now.
        limit: Height,
    },
}

impl InvalidTx {
    /// A stable name for programs; the text is for people.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Decode(_) => "malformed",
            Self::WrongChain { .. } => "wrong_chain",
            Self::BadSignature => "bad_signature",
            Self::NoActions => "no_actions",
            Self::GasLimitTooHigh { .. } => "gas_limit_too_high",
            Self::GasLimitTooLow { .. } => "gas_limit_too_low",
            Self::Code { .. } => "code_refused",
            Self::NonceTooLow { .. } => "nonce_too_low",
            Self::NonceTooHigh { .. } => "nonce_too_high",
            Self::CannotPay { .. } => "cannot_pay",
            Self::Expired { .. } => "expired",
            Self::ExpiryTooFar { .. } => "expiry_too_far",
        }
    }
}

/// Why a block cannot be executed as it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBlock {
    /// The header promises other transactions.
    #[error("the header's hash of the transactions does not fit them")]
    TxsHash,
    /// The gas limits of the transactions sum up to more than the header allows.
    #[error("transaction {index} passes the block's gas limit")]
    GasLimit {
        /// The first that passes it.
        index: usize,
    },
    /// A transaction that cannot be in a block.
    #[error("transaction {index}: {error}")]
    Tx {
        /// Which one, counted from 0.
        index: usize,
        /// Why.
        error: InvalidTx,
    },
}
