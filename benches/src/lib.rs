//! What the benches measure: a chain in memory with one contract on it, and work for it.

use std::path::PathBuf;

use lockstep_abi::{
    Action, Address, Amount, ChainId, Gas, GasPrice, Hash, Header, Height, Nonce, SignedTx, TxBody,
    limits::wire::{MAX_BLOCK_GAS, MAX_TX_GAS},
    tx::{CodeSource, Invocation},
};
use lockstep_runtime::{BlockContext, BlockExecutor, CheckedTx, Engine, Genesis, Log, Query, check, query};
use lockstep_sdk::codec;
use lockstep_state::MemoryStore;
use lockstep_testing::{User, build_contract, crate_folder};

/// A chain on which Alice has deployed a contract.
#[derive(Debug)]
pub struct Deployed {
    engine: Engine,
    state: MemoryStore,
    alice: User,
    contract: Address,
}

impl Deployed {
    /// Builds the example token and deploys it; Alice owns all of it.
    ///
    /// # Panics
    /// If any of it fails.
    #[must_use]
    pub fn token() -> Self {
        let init = invocation("new", &("Gold", "GLD", 2_u8, u128::from(u64::MAX)));
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
        let alice = User::named("alice");
        let balances = vec![(alice.address(), Amount(u128::from(u64::MAX)))];
        let genesis = Genesis { chain_id: chain_id(), time_ms: 0, balances };
        let mut state = MemoryStore::new();
        state.apply(&genesis.changes().expect("one balance fits"));

        let wasm = build_contract(&project().join(folder).to_string_lossy());
        let create = Action::Create {
            code: CodeSource::Inline(wasm.try_into().expect("a small module")),
            salt: [0; 32],
            init,
            value: Amount::ZERO,
            admin: None,
        };
        let contract = Address::of_contract(&alice.address(), &[0; 32]);
        let mut deployed = Self { engine: Engine::default(), state, alice, contract };
        let create = Self::check(&[deployed.sign(0, Gas::mega(100_000), create)]);
        let changes = deployed.run(&create).finish().expect("no fault").changes;
        deployed.state.apply(&changes);
        deployed
    }

    /// `count` transfers of the token, signed, each to a receiver of its own.
    #[must_use]
    pub fn transfers(&self, count: u64) -> Vec<SignedTx> {
        let transfer = |nonce: u64| {
            let mut to = Address([7; 32]);
            to.0[..8].copy_from_slice(&nonce.to_le_bytes());
            let invocation = invocation("transfer", &(to, 5_u128));
            let call = Action::Call { to: self.contract, invocation, value: Amount::ZERO };
            self.sign(nonce, Gas::mega(1_000), call)
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
        let output = self.run(txs).finish().expect("no fault");
        output.receipts.last().map(|receipt| receipt.gas_used).unwrap_or_default()
    }

    fn run(&self, txs: &[CheckedTx]) -> BlockExecutor<'_> {
        let mut executor = BlockExecutor::new(&self.engine, &self.state, &header(), Log::default());
        for tx in txs {
            let receipt = executor.execute(tx).expect("no fault").expect("a valid transaction");
            assert!(receipt.is_success(), "{receipt:?}");
        }
        executor
    }

    /// Asks a method that takes and gives a number; gives the gas too.
    ///
    /// # Panics
    /// If it halts.
    #[must_use]
    pub fn query(&self, method: &str, n: u64) -> (u64, Gas) {
        let question = Query {
            from: self.alice.address(),
            to: self.contract,
            invocation: invocation(method, &n),
            gas_limit: Gas(MAX_TX_GAS),
        };
        let block = BlockContext { chain_id: chain_id(), height: Height(1), time_ms: 1_000 };
        let answer = query(&self.engine, &self.state, block, question, &Log::default()).expect("no fault");
        let data = answer.result.expect("the method does not halt");
        (codec::decode(&data).expect("a number"), answer.gas_used)
    }

    fn sign(&self, nonce: u64, gas_limit: Gas, action: Action) -> SignedTx {
        self.alice.sign(TxBody {
            chain_id: chain_id(),
            signer: self.alice.public_key(),
            nonce: Nonce(nonce),
            gas_limit,
            gas_price: GasPrice(1),
            expiry: Height(1),
            actions: vec![action].try_into().expect("one action"),
        })
    }
}

/// The top folder: of the crate that cargo runs, which need not be this one.
fn project() -> PathBuf {
    let folder = PathBuf::from(crate_folder());
    let top = folder.ancestors().find(|folder| folder.join("contracts/token").is_dir());
    top.expect("a crate of the project").into()
}

fn invocation(method: &str, args: &impl codec::Encode) -> Invocation {
    Invocation {
        method: method.parse().expect("a method's name"),
        args: codec::encode(args).try_into().expect("short arguments"),
    }
}

fn header() -> Header {
    Header {
        chain_id: chain_id(),
        height: Height(1),
        time_ms: 1_000,
        parent: Hash::default(),
        state_root: Hash::default(),
        txs_hash: Hash::default(),
        receipts_hash: Hash::default(),
        proposer: Address([0xFE; 32]),
        gas_limit: Gas(MAX_BLOCK_GAS),
    }
}

fn chain_id() -> ChainId {
    "bench".parse().expect("a valid name")
}
