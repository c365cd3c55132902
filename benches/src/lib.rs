//! What the benches measure: a chain in memory, contracts on it, and work for them.
//!
//! [`Deployed`] is a contract that was written in Rust; a [`Guest`] runs a [`Probe`], code that is made up to do one
//! thing many times, and tells time and gas of it. [`host`] has a probe for each host function, [`module`]
//! makes modules of a size.

mod chain;
mod clock;
mod guest;
pub mod host;
pub mod module;

use std::path::PathBuf;

use lockstep_abi::{Action, Address, Amount, Gas, Nonce, SignedTx, tx::Invocation};
use lockstep_runtime::{BlockExecutor, CheckedTx, Log, check};
use lockstep_sdk::codec;
use lockstep_testing::{build_contract, crate_folder};

pub use chain::{Chain, chain_id, invocation};
pub use clock::Started;
pub use guest::{Guest, Probe, Spent};

/// As in a node.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A chain on which Alice has deployed a contract.
#[derive(Debug)]
pub struct Deployed {
    chain: Chain,
    contract: Address,
}

impl Deployed {
    /// Builds the example token and deploys it; Alice owns all of it.
    ///
    /// # Panics
    /// If any of it fails.
    #[must_use]
    pub fn token() -> Self {
        let init = encoded("new", &("Gold", "GLD", 2_u8, u128::from(u64::MAX)));
        Self::new("contracts/token", Some(init))
    }

    /// Builds the workload and deploys it.
    ///
    /// # Panics
    /// If any of it fails.
    #[must_use]
    pub fn workload() -> Self {
        Self::new("benches/workload", None)
    }

    fn new(folder: &str, init: Option<Invocation>) -> Self {
        let mut chain = Chain::default();
        let contract = chain.deploy(built(folder), 0, init, Amount::ZERO);
        Self { chain, contract }
    }

    /// `count` transfers of the token, signed, each to a receiver of its own.
    #[must_use]
    pub fn transfers(&self, count: u64) -> Vec<SignedTx> {
        let transfer = |nonce: u64| {
            let mut to = Address([7; 32]);
            to.0[..8].copy_from_slice(&nonce.to_le_bytes());
            let invocation = encoded("transfer", &(to, 5_u128));
            let call = Action::Call { to: self.contract, invocation, value: Amount::ZERO };
            self.chain.sign_with(Nonce(nonce), Gas::mega(1_000), vec![call])
        };
        (1..=count).map(transfer).collect()
    }

    /// Checks transactions, as a node does when they arrive.
    ///
    /// # Panics
    /// If one is invalid.
    #[must_use]
    pub fn check(txs: &[SignedTx]) -> Vec<CheckedTx> {
        txs.iter().map(|tx| check(&tx.encode(), &chain_id()).expect("a valid transaction")).collect()
    }

    /// Executes transactions in one block; gives the gas of the last.
    ///
    /// # Panics
    /// If one does not succeed.
    #[must_use]
    pub fn execute(&self, txs: &[CheckedTx]) -> Gas {
        let Chain { engine, state, .. } = &self.chain;
        let mut executor = BlockExecutor::new(engine, state, &chain::header(), Log::default());
        for tx in txs {
            let receipt = executor.execute(tx).expect("no fault").expect("a valid transaction");
            assert!(receipt.is_success(), "{receipt:?}");
        }
        let output = executor.finish().expect("no fault");
        output.receipts.last().map(|receipt| receipt.gas_used).unwrap_or_default()
    }

    /// Asks a method that takes and gives a number; gives the gas too.
    ///
    /// # Panics
    /// If it halts.
    #[must_use]
    pub fn query(&self, method: &str, n: u64) -> (u64, Gas) {
        let (data, gas) = self.chain.ask(&self.chain.engine, self.contract, encoded(method, &n));
        (codec::decode(&data).expect("a number"), gas)
    }
}

/// The Wasm of a contract, whose folder is seen from the project's.
///
/// # Panics
/// If it cannot be built.
#[must_use]
pub fn built(folder: &str) -> Vec<u8> {
    build_contract(&project().join(folder).to_string_lossy())
}

/// The top folder: of the crate that cargo runs, which need not be this one.
fn project() -> PathBuf {
    let folder = PathBuf::from(crate_folder());
    let top = folder.ancestors().find(|folder| folder.join("contracts/token").is_dir());
    top.expect("a crate of the project").into()
}

fn encoded(method: &str, args: &impl codec::Encode) -> Invocation {
    invocation(method, codec::encode(args))
}
