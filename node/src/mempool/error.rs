//! Why a transaction does not get into the mempool, and why one that was in leaves it again.

use std::fmt;

use lockstep_abi::{Amount, GasPrice, Hash, Nonce};
use lockstep_runtime::InvalidTx;

/// Why a transaction is not taken. Nothing is charged; it may be sent again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It can be in no block.
    #[error(transparent)]
    Invalid(#[from] InvalidTx),
    /// It waits here already.
    #[error("the transaction is pending already")]
    AlreadyPending,
    /// It pays less than this node asks for.
    #[error("the gas price is {}, this node takes {} or more", found.0, needed.0)]
    Underpriced {
        /// The transaction's.
        found: GasPrice,
        /// The least that is taken.
        needed: GasPrice,
    },
    /// Another transaction of this sender and nonce waits, and this one does not pay enough more.
    #[error(
        "a transaction with nonce {nonce} is pending; to replace it, the gas price must be {} or more, not {}",
        needed.0, found.0
    )]
    ReplacementUnderpriced {
        /// The nonce of both.
        nonce: Nonce,
        /// The newcomer's price.
        found: GasPrice,
        /// The least that replaces.
        needed: GasPrice,
    },
    /// Its nonce is so far ahead that it cannot become ready before the sender's limit is reached.
    #[error("the nonce is {found}, but the next one is {expected}, and this node keeps {limit} of a sender")]
    NonceTooFar {
        /// The account's next nonce.
        expected: Nonce,
        /// The transaction's.
        found: Nonce,
        /// How many transactions of one sender are kept.
        limit: usize,
    },
    /// The sender cannot pay for this and for all that it has pending.
    #[error("the balance is {have}, but {} may cost {needed}", Together(*pending))]
    CannotPay {
        /// What they may cost together.
        needed: Amount,
        /// What the sender has.
        have: Amount,
        /// How many are pending.
        pending: usize,
    },
    /// There is no room, and it is not worth more than what would have to go.
    #[error("the mempool is full; a higher gas price than {} may get in", found.0)]
    Full {
        /// The transaction's price.
        found: GasPrice,
    },
}

/// What costs something.
struct Together(usize);

impl fmt::Display for Together {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("gas limit and values"),
            pending => write!(f, "gas limits and values of this and {pending} pending transactions"),
        }
    }
}

/// Why a transaction left the mempool without getting into a block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Dropped {
    /// Its last block is past.
    #[error("it expired")]
    Expired,
    /// A dearer one of the same sender and nonce took its place.
    #[error("it was replaced by {by}")]
    Replaced {
        /// The dearer one.
        by: Hash,
    },
    /// The mempool was full and it was the cheapest.
    #[error("the mempool was full and others paid more")]
    Evicted,
    /// Another transaction with its nonce got into a block.
    #[error("another transaction with its nonce is in a block")]
    NonceUsed,
    /// The sender has spent what it would have cost.
    #[error("the sender can no longer pay for it")]
    CannotPay,
    /// It turned out to be invalid when its turn came.
    #[error("{0}")]
    Invalid(InvalidTx),
}
