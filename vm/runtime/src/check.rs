//! Checks a transaction without any state: form, chain, signature, limits, code.
//!
//! What passes is a [`CheckedTx`]; nothing else can be executed. The check is the same wherever it runs,
//! so a node does it once, when a transaction arrives.

use std::sync::Arc;

use ed25519_zebra::{Signature, VerificationKey};
use lockstep_abi::{
    Action, Address, ChainId, Gas, Hash, SignedTx, TxBody,
    limits::wire::MAX_TX_GAS,
    tx::{CodeBytes, CodeSource},
};
use lockstep_engine::{Prepared, prepare};

use crate::{InvalidTx, charge};

/// A transaction that [`check`] let through.
#[derive(Debug, Clone)]
pub struct CheckedTx {
    tx: SignedTx,
    id: Hash,
    sender: Address,
    size_bytes: usize,
    /// The modules that come along, by the index of their action.
    modules: Vec<(usize, Arc<Prepared>)>,
}

/// Reads and checks a transaction from untrusted bytes.
///
/// # Errors
/// The first [`InvalidTx`] in the order of this function. Cost: a signature check (about 40 us), and 140 to
/// 300 ns for each byte of code.
pub fn check(bytes: &[u8], chain_id: &ChainId) -> Result<CheckedTx, InvalidTx> {
    let tx = SignedTx::decode(bytes)?;
    if tx.body.chain_id != *chain_id {
        return Err(InvalidTx::WrongChain { expected: chain_id.clone(), found: tx.body.chain_id });
    }
    let signature = Signature::from(tx.signature);
    VerificationKey::try_from(tx.body.signer)
        .and_then(|key| key.verify(&signature, &tx.body.signing_hash().0))
        .map_err(|_| InvalidTx::BadSignature)?;
    CheckedTx::new(tx, bytes.len())
}

impl CheckedTx {
    /// Everything but the signature and the chain.
    pub(crate) fn new(tx: SignedTx, size_bytes: usize) -> Result<Self, InvalidTx> {
        let body = &tx.body;
        if body.actions.is_empty() {
            return Err(InvalidTx::NoActions);
        }
        let limit = Gas(MAX_TX_GAS);
        if body.gas_limit > limit {
            return Err(InvalidTx::GasLimitTooHigh { found: body.gas_limit, limit });
        }
        let needed = charge::intrinsic(body, size_bytes);
        if body.gas_limit < needed {
            return Err(InvalidTx::GasLimitTooLow { found: body.gas_limit, needed });
        }
        let mut modules = Vec::new();
        for (action, code) in
            body.actions.iter().enumerate().filter_map(|(i, action)| Some((i, code(action)?)))
        {
            let prepared =
                prepare(code.to_vec()).map_err(|rejection| InvalidTx::Code { action, rejection })?;
            modules.push((action, Arc::new(prepared)));
        }
        Ok(Self { id: body.id(), sender: body.sender(), size_bytes, modules, tx })
    }

    /// The transaction's id.
    #[must_use]
    pub const fn id(&self) -> Hash {
        self.id
    }

    /// Who sent it.
    #[must_use]
    pub const fn sender(&self) -> Address {
        self.sender
    }

    /// What was signed.
    #[must_use]
    pub const fn body(&self) -> &TxBody {
        &self.tx.body
    }

    /// The transaction as it travels.
    #[must_use]
    pub const fn signed(&self) -> &SignedTx {
        &self.tx
    }

    /// Its length when encoded.
    #[must_use]
    pub const fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// The modules that come along. Who executes finds them compiled if somebody gave them to
    /// [`Engine::compile`](lockstep_engine::Engine::compile) before, on another thread.
    pub fn modules(&self) -> impl Iterator<Item = &Prepared> {
        self.modules.iter().map(|(_, module)| module.as_ref())
    }

    /// The module that comes along with an action.
    pub(crate) fn module(&self, action: usize) -> Option<&Prepared> {
        self.modules.iter().find(|(index, _)| *index == action).map(|(_, module)| module.as_ref())
    }
}

/// The module in an action, if one comes along.
fn code(action: &Action) -> Option<&CodeBytes> {
    match action {
        Action::StoreCode { code }
        | Action::Create { code: CodeSource::Inline(code), .. }
        | Action::Upgrade { code: CodeSource::Inline(code), .. } => Some(code),
        Action::Create { code: CodeSource::Stored(_), .. }
        | Action::Upgrade { code: CodeSource::Stored(_), .. }
        | Action::Transfer { .. }
        | Action::Call { .. }
        | Action::SetAdmin { .. } => None,
    }
}
