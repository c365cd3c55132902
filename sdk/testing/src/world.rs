//! A chain in the test's own process.

use lockstep_abi::{
    Action, Address, Amount, ChainId, Gas, GasPrice, Hash, Header, Height, TxBody,
    limits::wire::{MAX_BLOCK_GAS, MAX_TX_GAS},
    receipt::{ActionResult, Outcome},
    schema::MethodKind,
    tx::{CodeSource, Invocation},
};
use lockstep_runtime::{BlockContext, BlockExecutor, Engine, Genesis, Log, Query, account, check, query};
use lockstep_sdk::codec::{self, Decode, Encode};
use lockstep_state::MemoryStore;

use crate::{Done, Failure, User};

/// What each user starts with: enough for any test.
const FUNDS: Amount = Amount(1_000_000_000_000_000);
/// Who gets the fees.
const PROPOSER: Address = Address([0xFE; 32]);
/// What passes between two blocks, in milliseconds.
const BLOCK_MS: u64 = 1_000;

/// A chain with a block for every transaction.
#[derive(Debug)]
pub struct World {
    engine: Engine,
    state: MemoryStore,
    height: Height,
    time_ms: u64,
    /// Contracts so far; the next one's salt.
    deployed: u64,
}

impl World {
    /// A chain on which these users own 10^15 each.
    #[must_use]
    pub fn with_users<const N: usize>(names: [&str; N]) -> (Self, [User; N]) {
        let users = names.map(User::named);
        let balances = users.iter().map(|user| (user.address(), FUNDS)).collect();
        let genesis = Genesis { chain_id: chain_id(), time_ms: 0, balances };
        let mut state = MemoryStore::new();
        state.apply(&genesis.changes().expect("the balances fit an amount"));
        let world = Self { engine: Engine::default(), state, height: Height(0), time_ms: 0, deployed: 0 };
        (world, users)
    }

    /// Creates a contract. `args` are those of its `#[init]` method, in a tuple; they are not looked at if
    /// it has none.
    ///
    /// # Errors
    /// [`Failure`], also for a module that is refused.
    pub fn deploy(&mut self, by: &User, wasm: &[u8], args: &impl Encode) -> Result<Address, Failure> {
        let init = special(wasm, MethodKind::Init, args);
        let mut salt = [0; 32];
        salt[..8].copy_from_slice(&self.deployed.to_le_bytes());
        self.deployed += 1;
        let create = Action::Create {
            code: CodeSource::Inline(wasm.to_vec().try_into().expect("a module within its limit")),
            salt,
            init,
            value: Amount::ZERO,
            admin: Some(by.address()),
        };
        self.act(by, vec![create]).map(|_| Address::of_contract(&by.address(), &salt))
    }

    /// Replaces a contract's code. `args` are those that its `#[migrate]` method takes behind the old storage, in a tuple;
    /// they are not looked at if it has none.
    ///
    /// # Errors
    /// [`Failure`]; the contract is as it was then.
    pub fn upgrade(
        &mut self,
        by: &User,
        contract: Address,
        wasm: &[u8],
        args: &impl Encode,
    ) -> Result<Done, Failure> {
        let code = CodeSource::Inline(wasm.to_vec().try_into().expect("a module within its limit"));
        let migrate = special(wasm, MethodKind::Upgrade, args);
        self.act(by, vec![Action::Upgrade { contract, code, migrate }])
    }

    /// Calls a method; `args` are its arguments in a tuple, or the one argument.
    ///
    /// # Errors
    /// [`Failure`]; nothing but the fee has changed then.
    pub fn call(
        &mut self,
        by: &User,
        contract: Address,
        method: &str,
        args: &impl Encode,
    ) -> Result<Done, Failure> {
        self.call_with_value(by, contract, method, args, Amount::ZERO)
    }

    /// Calls a method and sends `value` along.
    ///
    /// # Errors
    /// [`Failure`]; nothing but the fee has changed then.
    pub fn call_with_value(
        &mut self,
        by: &User,
        contract: Address,
        method: &str,
        args: &impl Encode,
        value: Amount,
    ) -> Result<Done, Failure> {
        self.act(by, vec![Action::Call { to: contract, invocation: invocation(method, args), value }])
    }

    /// Asks a read-only method.
    ///
    /// # Errors
    /// [`Failure::Halted`], also if the method tries to write.
    ///
    /// # Panics
    /// If the answer is not a `T`.
    pub fn query<T: Decode>(
        &self,
        contract: Address,
        method: &str,
        args: &impl Encode,
    ) -> Result<T, Failure> {
        let question = Query {
            from: PROPOSER,
            to: contract,
            invocation: invocation(method, args),
            gas_limit: Gas(MAX_TX_GAS),
        };
        let block = BlockContext { chain_id: chain_id(), height: self.height, time_ms: self.time_ms };
        let answer =
            query(&self.engine, &self.state, block, question, &Log::default()).expect("a sound machine");
        let data = answer.result.map_err(Failure::Halted)?;
        Ok(codec::decode(&data).expect("the method returns a value of another type"))
    }

    /// Executes actions in one transaction, in a block of its own.
    ///
    /// # Errors
    /// [`Failure`]; nothing but the fee has changed then.
    pub fn act(&mut self, by: &User, actions: Vec<Action>) -> Result<Done, Failure> {
        let nonce = account(&self.state, &by.address()).expect("a sound machine").nonce;
        let tx = by.sign(TxBody {
            chain_id: chain_id(),
            signer: by.public_key(),
            nonce,
            gas_limit: Gas(MAX_TX_GAS),
            gas_price: GasPrice(1),
            expiry: self.height.next(),
            actions: actions.try_into().expect("few actions"),
        });
        let tx = check(&tx.encode(), &chain_id()).map_err(Failure::Invalid)?;
        let header = self.next_header();
        let mut executor = BlockExecutor::new(&self.engine, &self.state, &header, Log::default());
        let receipt = executor.execute(&tx).expect("a sound machine").map_err(Failure::Invalid)?.clone();
        let changes = executor.finish().expect("a sound machine").changes;
        self.state.apply(&changes);
        (self.height, self.time_ms) = (header.height, header.time_ms);
        let data = match &receipt.outcome {
            Outcome::Halted { halt, .. } => return Err(Failure::Halted(halt.clone())),
            Outcome::Success { results } => match results.last() {
                Some(ActionResult::Returned(data)) => data.to_vec(),
                _ => Vec::new(),
            },
        };
        Ok(Done { data, receipt })
    }

    /// Lets time pass before the next block.
    pub fn advance_ms(&mut self, ms: u64) {
        self.time_ms += ms;
    }

    /// The balance of any address in the chain's currency.
    #[must_use]
    pub fn balance(&self, address: &Address) -> Amount {
        account(&self.state, address).expect("a sound machine").balance
    }

    /// The height of the last block.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.height
    }

    /// Commits to the whole state.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.state.root()
    }

    fn next_header(&self) -> Header {
        Header {
            chain_id: chain_id(),
            height: self.height.next(),
            time_ms: self.time_ms + BLOCK_MS,
            parent: Hash::default(),
            state_root: self.state.root(),
            txs_hash: Hash::default(),
            receipts_hash: Hash::default(),
            proposer: PROPOSER,
            gas_limit: Gas(MAX_BLOCK_GAS),
        }
    }
}

fn chain_id() -> ChainId {
    "testing".parse().expect("a valid name")
}

fn invocation(method: &str, args: &impl Encode) -> Invocation {
    Invocation {
        method: method.parse().expect("a method's name"),
        args: codec::encode(args).try_into().expect("arguments within their limit"),
    }
}

/// The run of the method of a kind that there is one of, if the module's schema has it.
fn special(wasm: &[u8], kind: MethodKind, args: &impl Encode) -> Option<Invocation> {
    let prepared = lockstep_runtime::prepare(wasm.to_vec()).ok()?;
    let method = prepared.schema()?.methods.iter().find(|method| method.kind == kind)?;
    Some(invocation(&method.name, args))
}
