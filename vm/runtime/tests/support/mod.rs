//! A chain in memory, with accounts that sign.

#![allow(dead_code, reason = "each test file uses its part")]

use ed25519_dalek::{Signer, SigningKey};
use lockstep_abi::{
    Action, Address, Amount, Block, ChainId, Gas, GasPrice, Halt, Hash, Header, Height, List, Nonce, Receipt,
    SignedTx, TxBody,
    block::txs_hash,
    limits::wire::MAX_BLOCK_GAS,
    receipt::{ActionResult, Outcome},
    tx::{CodeSource, Invocation},
};
use lockstep_runtime::{BlockExecutor, Engine, Genesis, InvalidTx, Log, account, check};
use lockstep_state::MemoryStore;

/// What each account starts with.
pub(crate) const FUNDS: Amount = Amount(1_000_000_000_000);
/// Who gets the fees.
pub(crate) const PROPOSER: Address = Address([0xFE; 32]);

pub(crate) struct Chain {
    pub(crate) engine: Engine,
    pub(crate) state: MemoryStore,
    pub(crate) height: Height,
    pub(crate) log: Log,
    pub(crate) alice: User,
    pub(crate) bob: User,
}

/// Somebody with a key.
pub(crate) struct User(SigningKey);

impl User {
    pub(crate) fn new(seed: u8) -> Self {
        Self(SigningKey::from_bytes(&[seed; 32]))
    }

    pub(crate) fn address(&self) -> Address {
        Address::of_key(self.0.verifying_key().as_bytes())
    }

    pub(crate) fn body(&self, nonce: u64, actions: Vec<Action>) -> TxBody {
        TxBody {
            chain_id: chain_id(),
            signer: *self.0.verifying_key().as_bytes(),
            nonce: Nonce(nonce),
            gas_limit: Gas::mega(20_000),
            gas_price: GasPrice(1),
            expiry: Height(1_000),
            actions: actions.try_into().unwrap(),
        }
    }

    pub(crate) fn sign(&self, body: TxBody) -> Vec<u8> {
        let signature = self.0.sign(&body.signing_hash().0).to_bytes();
        SignedTx { body, signature }.encode()
    }
}

pub(crate) fn chain_id() -> ChainId {
    "test-1".parse().unwrap()
}

pub(crate) fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

pub(crate) fn invoke(method: &str, args: &[u8]) -> Invocation {
    Invocation { method: method.parse().unwrap(), args: args.to_vec().try_into().unwrap() }
}

pub(crate) fn call(to: Address, method: &str, value: u128) -> Action {
    Action::Call { to, invocation: invoke(method, &[]), value: Amount(value) }
}

pub(crate) fn create(code: Vec<u8>, salt: u8, admin: Option<Address>) -> Action {
    Action::Create {
        code: CodeSource::Inline(code.try_into().unwrap()),
        salt: [salt; 32],
        init: None,
        value: Amount::ZERO,
        admin,
    }
}

impl Chain {
    pub(crate) fn new() -> Self {
        let (alice, bob) = (User::new(1), User::new(2));
        let genesis = Genesis {
            chain_id: chain_id(),
            time_ms: 0,
            balances: vec![(alice.address(), FUNDS), (bob.address(), FUNDS)],
        };
        let mut state = MemoryStore::new();
        state.apply(&genesis.changes().unwrap());
        Self { engine: Engine::default(), state, height: Height(0), log: Log::default(), alice, bob }
    }

    pub(crate) fn header(&self, txs: &[SignedTx]) -> Header {
        Header {
            chain_id: chain_id(),
            height: self.height.next(),
            time_ms: self.height.0 * 1_000 + 1_000,
            parent: Hash::default(),
            state_root: self.state.root(),
            txs_hash: txs_hash(txs),
            receipts_hash: Hash::default(),
            proposer: PROPOSER,
            gas_limit: Gas(MAX_BLOCK_GAS),
        }
    }

    pub(crate) fn block(&self, txs: Vec<SignedTx>) -> Block {
        Block { header: self.header(&txs), txs: List::try_from(txs).unwrap() }
    }

    /// Executes one transaction in a block of its own.
    pub(crate) fn submit(&mut self, tx: &[u8]) -> Result<Receipt, InvalidTx> {
        let tx = check(tx, &chain_id())?;
        let header = self.header(&[]);
        let mut executor = BlockExecutor::new(&self.engine, &self.state, &header, self.log.clone());
        let receipt = executor.execute(&tx).unwrap()?.clone();
        let changes = executor.finish().unwrap().changes;
        self.state.apply(&changes);
        self.height = self.height.next();
        Ok(receipt)
    }

    /// Lets Alice do something with her next nonce.
    pub(crate) fn act(&mut self, actions: Vec<Action>) -> Receipt {
        let nonce = account(&self.state, &self.alice.address()).unwrap().nonce;
        let tx = self.alice.sign(self.alice.body(nonce.0, actions));
        self.submit(&tx).unwrap()
    }

    pub(crate) fn deploy(&mut self, text: &str) -> Address {
        let salt = u8::try_from(self.height.0).unwrap();
        let admin = Some(self.alice.address());
        match &results(self.act(vec![create(wasm(text), salt, admin)]))[0] {
            ActionResult::Created(address) => *address,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn balance(&self, address: &Address) -> u128 {
        account(&self.state, address).unwrap().balance.0
    }
}

pub(crate) fn results(receipt: Receipt) -> Vec<ActionResult> {
    match receipt.outcome {
        Outcome::Success { results } => results.into_vec(),
        Outcome::Halted { action, halt } => panic!("action {action} halted: {halt}"),
    }
}

pub(crate) fn halt(receipt: &Receipt) -> Halt {
    match &receipt.outcome {
        Outcome::Halted { halt, .. } => halt.clone(),
        Outcome::Success { .. } => panic!("the transaction succeeded"),
    }
}
