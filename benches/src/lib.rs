//! What the benches measure: chains in memory with a contract on them, and work for it.

use lockstep_abi::{Action, Address, Amount, ChainId, Gas, Hash, Header, Height, SignedTx, tx::Invocation};
use lockstep_runtime::{BlockContext, BlockExecutor, CheckedTx, Engine, Genesis, Log, Query, check, query};
use lockstep_sdk::codec;
use lockstep_state::MemoryStore;
use lockstep_testing::{User, build_contract};

/// A chain on which Alice has deployed the example token and owns all of it.
#[derive(Debug)]
pub struct TokenChain {
    /// The engine, with the token compiled.
    pub engine: Engine,
    /// The state after the deployment.
    pub state: MemoryStore,
    alice: User,
    token: Address,
}

impl TokenChain {
    /// Builds the token and deploys it.
    ///
    /// # Panics
    /// If any of it fails.
    #[must_use]
    pub fn new() -> Self {
        let alice = User::named("alice");
        let genesis = Genesis {
            chain_id: chain_id(),
            time_ms: 0,
            balances: vec![(alice.address(), Amount(u128::from(u64::MAX)))],
        };
        let mut state = MemoryStore::new();
        state.apply(&genesis.changes().expect("one balance fits"));
        let engine = Engine::default();

        let wasm = build_contract(concat!(env!("CARGO_MANIFEST_DIR"), "/../contracts/token"));
        let supply = u128::from(u64::MAX);
        let create = Action::Create {
            code: lockstep_abi::tx::CodeSource::Inline(wasm.try_into().expect("a small module")),
            salt: [0; 32],
            init: Some(invocation("new", &("Gold", "GLD", 2_u8, supply))),
            value: Amount::ZERO,
            admin: None,
        };
        let token = Address::of_contract(&alice.address(), &[0; 32]);
        let mut chain = Self { engine, state, alice, token };
        let tx = check(&sign(&chain.alice, 0, create).encode(), &chain_id()).expect("a valid transaction");
        let header = header();
        let mut executor = BlockExecutor::new(&chain.engine, &chain.state, &header, Log::default());
        let receipt = executor.execute(&tx).expect("no fault").expect("a valid transaction");
        assert!(receipt.is_success(), "{receipt:?}");
        let changes = executor.finish().expect("no fault").changes;
        chain.state.apply(&changes);
        chain
    }

    /// `count` transfers, signed, each to a receiver of its own.
    #[must_use]
    pub fn transfers(&self, count: u64) -> Vec<SignedTx> {
        let transfer = |nonce: u64| {
            let mut to = Address([7; 32]);
            to.0[..8].copy_from_slice(&nonce.to_le_bytes());
            let invocation = invocation("transfer", &(to, 5_u128));
            sign(&self.alice, nonce, Action::Call { to: self.token, invocation, value: Amount::ZERO })
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
    pub fn execute(&self, txs: &[CheckedTx]) -> Gas {
        let header = header();
        let mut executor = BlockExecutor::new(&self.engine, &self.state, &header, Log::default());
        let mut gas = Gas::ZERO;
        for tx in txs {
            let receipt = executor.execute(tx).expect("no fault").expect("a valid transaction");
            assert!(receipt.is_success(), "{receipt:?}");
            gas = receipt.gas_used;
        }
        gas
    }
}

impl Default for TokenChain {
    fn default() -> Self {
        Self::new()
    }
}

/// A chain with one of the bench contracts on it, to be asked.
#[derive(Debug)]
pub struct Deployed {
    engine: Engine,
    state: MemoryStore,
    contract: Address,
}

impl Deployed {
    /// Builds the contract in a folder beside this crate's sources, and deploys it.
    ///
    /// # Panics
    /// If any of it fails.
    #[must_use]
    pub fn new(folder: &str) -> Self {
        let alice = User::named("alice");
        let genesis = Genesis {
            chain_id: chain_id(),
            time_ms: 0,
            balances: vec![(alice.address(), Amount(u128::from(u64::MAX)))],
        };
        let mut state = MemoryStore::new();
        state.apply(&genesis.changes().expect("one balance fits"));
        let wasm = build_contract(&format!("{}/{folder}", env!("CARGO_MANIFEST_DIR")));
        let create = Action::Create {
            code: lockstep_abi::tx::CodeSource::Inline(wasm.try_into().expect("a small module")),
            salt: [0; 32],
            init: None,
            value: Amount::ZERO,
            admin: None,
        };
        let tx = check(&sign(&alice, 0, create).encode(), &chain_id()).expect("a valid transaction");
        let engine = Engine::default();
        let changes = {
            let header = header();
            let mut executor = BlockExecutor::new(&engine, &state, &header, Log::default());
            let receipt = executor.execute(&tx).expect("no fault").expect("a valid transaction");
            assert!(receipt.is_success(), "{receipt:?}");
            executor.finish().expect("no fault").changes
        };
        state.apply(&changes);
        Self { engine, state, contract: Address::of_contract(&alice.address(), &[0; 32]) }
    }

    /// Asks a method that takes and gives a number; gives the gas too.
    ///
    /// # Panics
    /// If it halts.
    #[must_use]
    pub fn query(&self, method: &str, n: u64) -> (u64, Gas) {
        let question = Query {
            from: self.contract,
            to: self.contract,
            invocation: invocation(method, &n),
            gas_limit: Gas(lockstep_abi::limits::wire::MAX_TX_GAS),
        };
        let block = BlockContext { chain_id: chain_id(), height: Height(1), time_ms: 1_000 };
        let answer = query(&self.engine, &self.state, block, question, &Log::default()).expect("no fault");
        let data = answer.result.expect("the method does not halt");
        (codec::decode(&data).expect("a number"), answer.gas_used)
    }
}

fn sign(by: &User, nonce: u64, action: Action) -> SignedTx {
    by.sign(lockstep_abi::TxBody {
        chain_id: chain_id(),
        signer: by.public_key(),
        nonce: lockstep_abi::Nonce(nonce),
        gas_limit: Gas::mega(if nonce == 0 { 100_000 } else { 1_000 }),
        gas_price: lockstep_abi::GasPrice(1),
        expiry: Height(1),
        actions: vec![action].try_into().expect("one action"),
    })
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
        gas_limit: Gas(lockstep_abi::limits::wire::MAX_BLOCK_GAS),
    }
}

fn chain_id() -> ChainId {
    "bench".parse().expect("a valid name")
}
