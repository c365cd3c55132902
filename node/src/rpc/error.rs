//! Every way in which the RPC says no: one table of codes and names.
//!
//! The code and the name are for programs and never change their meaning; the message is for people and
//! may. On the wire: `{"code": 1011, "message": "..", "data": {"name": "nonce_too_low"}}`. Codes from
//! -32768 to -32000 are JSON-RPC's own: not JSON, no such method, parameters of the wrong type.

use jsonrpsee::types::ErrorObjectOwned;
use lockstep_runtime::{Fault, InvalidTx};
use lockstep_state::{AtError, StateError};
use serde_json::json;

use crate::{
    SubmitError,
    chain::{ChainError, ProveError},
    mempool::{Dropped, Refusal},
};

macro_rules! errors {
    ($($(#[doc = $doc:literal])+ $kind:ident = $code:literal, $name:literal;)*) => {
        /// What went wrong, as programs see it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[doc = $doc])+ $kind,)*
        }

        impl ErrorKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The stable number.
            #[must_use]
            pub const fn code(self) -> i32 {
                match self {
                    $(Self::$kind => $code,)*
                }
            }

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// When it happens, in a sentence or two.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$kind => concat!($($doc,)+),)*
                }
            }
        }
    };
}

errors! {
    /// The bytes are not a transaction: not hexadecimal digits, cut off, too long, or with bytes left over.
    Malformed = 1001, "malformed";
    /// The transaction is signed for another chain.
    WrongChain = 1002, "wrong_chain";
    /// The signature does not hold for the signer's key.
    BadSignature = 1003, "bad_signature";
    /// The transaction has nothing to do.
    NoActions = 1004, "no_actions";
    /// More gas than a transaction may have.
    GasLimitTooHigh = 1005, "gas_limit_too_high";
    /// Less gas than the transaction takes by being there.
    GasLimitTooLow = 1006, "gas_limit_too_low";
    /// A module may not be stored; the message names the function and the reason.
    CodeRefused = 1007, "code_refused";
    /// The nonce was used already.
    NonceTooLow = 1011, "nonce_too_low";
    /// The nonce is further ahead than this node keeps transactions of one sender.
    NonceTooHigh = 1012, "nonce_too_high";
    /// The balance is less than gas limits and values of this and the pending transactions may cost.
    CannotPay = 1013, "cannot_pay";
    /// The transaction's last block is past.
    Expired = 1014, "expired";
    /// The transaction's last block is too far away.
    ExpiryTooFar = 1015, "expiry_too_far";
    /// Invalid in a way that has no number of its own yet; the message says how.
    Invalid = 1019, "invalid";
    /// The gas price is under this node's least.
    Underpriced = 1021, "underpriced";
    /// Another transaction has this nonce, and the gas price is not a tenth higher.
    ReplacementUnderpriced = 1022, "replacement_underpriced";
    /// The mempool is full of transactions that pay as much or more.
    MempoolFull = 1023, "mempool_full";
    /// The transaction waits in the mempool: it has no receipt yet.
    Pending = 1024, "pending";
    /// The transaction is in a block.
    AlreadyIncluded = 1025, "already_included";
    /// Nothing of this id, height or address is known here.
    NotFound = 2001, "not_found";
    /// The transaction was in the mempool and left it without getting into a block.
    Dropped = 2002, "dropped";
    /// It did not happen within the time that was given.
    Timeout = 2003, "timeout";
    /// A parameter has the right type and makes no sense.
    BadParameter = 2004, "bad_parameter";
    /// This node does not keep what that height had any more; an archive node does.
    Pruned = 2005, "pruned";
    /// The answer would pass over more entries that changed since that height than a node takes on; ask a later height.
    TooMuchHistory = 2006, "too_much_history";
    /// The node is about to end.
    Stopping = 3001, "stopping";
    /// This node cannot answer: a bug, or its machine is broken. The reason is in its log.
    Internal = 3002, "internal";
    /// This node has as much to do as it takes on; ask again a little later.
    Busy = 3003, "busy";
}

impl ErrorKind {
    /// The kind with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    fn of_invalid(error: &InvalidTx) -> Self {
        Self::by_name(error.name()).unwrap_or(Self::Invalid)
    }

    fn of_refusal(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Invalid(error) => Self::of_invalid(error),
            Refusal::AlreadyPending => Self::Pending,
            Refusal::Underpriced { .. } => Self::Underpriced,
            Refusal::ReplacementUnderpriced { .. } => Self::ReplacementUnderpriced,
            Refusal::NonceTooFar { .. } => Self::NonceTooHigh,
            Refusal::CannotPay { .. } => Self::CannotPay,
            Refusal::Full { .. } => Self::MempoolFull,
        }
    }
}

/// An error of the RPC.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RpcError {
    /// For programs.
    pub kind: ErrorKind,
    /// For people.
    pub message: String,
}

impl RpcError {
    /// An error of a kind, with a sentence.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// A bug, or this machine is broken. What exactly is for the log, not for strangers.
    pub(super) fn internal() -> Self {
        Self::new(ErrorKind::Internal, "this node cannot answer; its log says why")
    }

    /// There are as many of `what` as this node takes on.
    pub(super) fn busy(what: &str) -> Self {
        Self::new(
            ErrorKind::Busy,
            format!("the node is busy: too many {what} at once; ask again a little later"),
        )
    }

    pub(super) fn dropped(why: &Dropped) -> Self {
        Self::new(ErrorKind::Dropped, format!("the transaction was dropped: {why}"))
    }
}

impl From<RpcError> for ErrorObjectOwned {
    fn from(error: RpcError) -> Self {
        let RpcError { kind, message } = error;
        Self::owned(kind.code(), message, Some(json!({ "name": kind.name() })))
    }
}

/// What a method's work may end in: an answer that says no, or a broken machine.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkError {
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Fault(Fault),
}

impl From<Fault> for WorkError {
    fn from(fault: Fault) -> Self {
        match &fault {
            Fault::World(error) => match error.downcast_ref() {
                // The store is well: it was asked too much.
                Some(error @ StateError::TooMuchHistory { .. }) => {
                    RpcError::new(ErrorKind::TooMuchHistory, error.to_string()).into()
                }
                _ => Self::Fault(fault),
            },
            _ => Self::Fault(fault),
        }
    }
}

impl From<SubmitError> for WorkError {
    fn from(error: SubmitError) -> Self {
        let message = error.to_string();
        match error {
            SubmitError::Refused(refusal) => RpcError::new(ErrorKind::of_refusal(&refusal), message).into(),
            SubmitError::Included { .. } => RpcError::new(ErrorKind::AlreadyIncluded, message).into(),
            SubmitError::Stopping => RpcError::new(ErrorKind::Stopping, message).into(),
            SubmitError::Chain(error) => error.into(),
            SubmitError::Fault(fault) => fault.into(),
        }
    }
}

impl From<AtError> for WorkError {
    fn from(error: AtError) -> Self {
        let kind = match error {
            AtError::Pruned { .. } => ErrorKind::Pruned,
            AtError::State(error) => return Self::Chain(error.into()),
            _ => ErrorKind::NotFound,
        };
        RpcError::new(kind, error.to_string()).into()
    }
}

impl From<ProveError> for WorkError {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::NoHeader { .. } => RpcError::new(ErrorKind::NotFound, error.to_string()).into(),
            ProveError::At(error) => error.into(),
            ProveError::Chain(error) => error.into(),
        }
    }
}

impl From<InvalidTx> for WorkError {
    fn from(error: InvalidTx) -> Self {
        RpcError::new(ErrorKind::of_invalid(&error), error.to_string()).into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lockstep_abi::{DecodeError, Height};

    use super::*;

    #[test]
    fn codes_and_names_are_unique_and_outside_of_what_json_rpc_reserves() {
        let codes: BTreeSet<i32> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        let names: BTreeSet<&str> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!((codes.len(), names.len()), (ErrorKind::ALL.len(), ErrorKind::ALL.len()));
        assert!(codes.iter().all(|code| *code > 0));
    }

    #[test]
    fn an_invalid_transaction_has_the_kind_of_its_name() {
        let (expiry, height) = (Height(1), Height(2));
        for error in [
            InvalidTx::Decode(DecodeError::Malformed),
            InvalidTx::BadSignature,
            InvalidTx::NoActions,
            InvalidTx::Expired { expiry, height },
        ] {
            assert_eq!(ErrorKind::of_invalid(&error).name(), error.name());
        }
    }
}
