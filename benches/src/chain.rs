//! A chain in memory with one account that signs, and the time that its transactions take.
//!
//! All of the real way of a transaction but its arrival: no RPC, no mempool, no disk.

use lockstep_abi::{
    Action, Address, Amount, ChainId, Gas, GasPrice, Hash, Header, Height, Nonce, Receipt, SignedTx, TxBody,
    limits::wire::{MAX_BLOCK_GAS, MAX_TX_GAS},
    tx::{CodeSource, Invocation},
};
use lockstep_runtime::{
    BlockContext, BlockExecutor, CheckedTx, Engine, Genesis, Log, Query, account, check, query,
};
use lockstep_state::{Changes, MemoryStore, Read};
use lockstep_testing::User;

use crate::Started;

/// What Alice owns at the start: more than any bench spends.
const FUNDS: Amount = Amount(1 << 100);

/// A chain on which Alice is rich.
#[derive(Debug)]
pub struct Chain {
    /// What runs her contracts.
    pub engine: Engine,
    /// What was committed.
    pub state: MemoryStore,
    /// Who signs.
    pub alice: User,
}

impl Default for Chain {
    fn default() -> Self {
        let alice = User::named("alice");
        let genesis = Genesis { chain_id: chain_id(), time_ms: 0, balances: vec![(alice.address(), FUNDS)] };
        let mut state = MemoryStore::new();
        state.apply(&genesis.changes().expect("one balance fits"));
        Self { engine: Engine::default(), state, alice }
    }
}

impl Chain {
    /// Creates a contract with this `init` and this much of the chain's currency.
    ///
    /// # Panics
    /// If it cannot be created.
    pub fn deploy(&mut self, wasm: Vec<u8>, salt: u8, init: Option<Invocation>, value: Amount) -> Address {
        self.commit(vec![Action::Create {
            code: CodeSource::Inline(wasm.try_into().expect("a module within its limit")),
            salt: [salt; 32],
            init,
            value,
            admin: None,
        }]);
        Address::of_contract(&self.alice.address(), &[salt; 32])
    }

    /// Executes actions in a block of their own, which stays.
    ///
    /// # Panics
    /// If they do not succeed.
    pub fn commit(&mut self, actions: Vec<Action>) {
        let tx = self.checked(actions);
        let (_, receipt, changes) = self.execute(&self.engine, &self.state, &tx);
        assert!(receipt.is_success(), "{receipt:?}");
        self.state.apply(&changes);
    }

    /// A transaction with the nonce that is next and all the gas that there is.
    #[must_use]
    pub fn sign(&self, actions: Vec<Action>) -> SignedTx {
        self.sign_with(self.nonce(), Gas(MAX_TX_GAS), actions)
    }

    /// The same, checked.
    ///
    /// # Panics
    /// If it is invalid.
    #[must_use]
    pub fn checked(&self, actions: Vec<Action>) -> CheckedTx {
        self.checked_with(Gas(MAX_TX_GAS), actions)
    }

    pub(crate) fn checked_with(&self, gas_limit: Gas, actions: Vec<Action>) -> CheckedTx {
        let tx = self.sign_with(self.nonce(), gas_limit, actions);
        check(&tx.encode(), &chain_id()).expect("a valid transaction")
    }

    fn nonce(&self) -> Nonce {
        account(&self.state, &self.alice.address()).expect("a state in memory").nonce
    }

    pub(crate) fn sign_with(&self, nonce: Nonce, gas_limit: Gas, actions: Vec<Action>) -> SignedTx {
        self.alice.sign(TxBody {
            chain_id: chain_id(),
            signer: self.alice.public_key(),
            nonce,
            gas_limit,
            gas_price: GasPrice(1),
            expiry: Height(1),
            actions: actions.try_into().expect("few actions"),
        })
    }

    /// Asks a method, read-only, on an engine that need not be the chain's.
    ///
    /// # Panics
    /// If the method halts, or this machine is broken.
    #[must_use]
    pub fn ask(&self, engine: &Engine, to: Address, invocation: Invocation) -> (Vec<u8>, Gas) {
        let question = Query { from: self.alice.address(), to, invocation, gas_limit: Gas(MAX_TX_GAS) };
        let block = BlockContext { chain_id: chain_id(), height: Height(1), time_ms: 1_000 };
        let answer = query(engine, &self.state, block, question, &Log::default()).expect("no fault");
        (answer.result.expect("the method does not halt"), answer.gas_used)
    }

    /// Executes a transaction in a block of its own that is thrown away. The time, in picoseconds, is of executing,
    /// of finishing the block (what was written is compared with the state), and of the root after it.
    ///
    /// # Panics
    /// If the transaction is invalid, or this machine broken.
    #[must_use]
    pub fn execute(&self, engine: &Engine, state: &dyn Read, tx: &CheckedTx) -> (f64, Receipt, Changes) {
        let mut executor = BlockExecutor::new(engine, state, &header(), Log::default());
        let start = Started::now();
        let receipt = executor.execute(tx).expect("no fault").expect("a valid transaction").clone();
        let output = executor.finish().expect("no fault");
        std::hint::black_box(self.state.root_with(&output.changes));
        (start.elapsed_ps(), receipt, output.changes)
    }
}

/// A method and its arguments, as they are encoded.
///
/// # Panics
/// If that is no method's name, or the arguments are too long.
#[must_use]
pub fn invocation(method: &str, args: Vec<u8>) -> Invocation {
    Invocation {
        method: method.parse().expect("a method's name"),
        args: args.try_into().expect("arguments within their limit"),
    }
}

pub(crate) fn header() -> Header {
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

/// The chain's name.
///
/// # Panics
/// Never: it is a valid one.
#[must_use]
pub fn chain_id() -> ChainId {
    "bench".parse().expect("a valid name")
}
