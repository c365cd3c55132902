//! A chain in the test's own process.

mod block;
mod comparison;
mod execution;
mod time;

use std::sync::{Arc, LazyLock};

use lockstep_abi::{
    Action, Address, Amount, ChainId, Gas, Hash, Height,
    limits::wire::MAX_TX_GAS,
    schema::{MethodKind, Schema},
    tx::{CodeSource, Invocation},
};
use lockstep_runtime::{BlockContext, Engine, Genesis, Log, Query, account, code, query};
use lockstep_sdk::codec::{self, Decode, Encode};
use lockstep_state::MemoryStore;

use crate::{Done, Failure, User, interface::interface, show::Names};
use comparison::{difference_of_answers, is_limit};
use execution::Engines;

pub use execution::Execution;

/// What each user starts with: enough for any test.
const FUNDS: Amount = Amount(1_000_000_000_000_000);
/// Who gets the fees.
const PROPOSER: Address = Address([0xFE; 32]);

/// Compiles for all worlds of a process, so that tests of one contract compile it once.
static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::default);

/// A chain with a block for every transaction.
///
/// A clone is a chain of its own from there on, so it is a snapshot to come back to:
///
/// ```no_run
/// # use lockstep_testing::World;
/// # let (mut world, [alice]) = World::with_users(["alice"]);
/// let before = world.clone();
/// // ..
/// world = before;
/// ```
#[derive(Debug, Clone)]
pub struct World {
    engines: Engines,
    state: MemoryStore,
    height: Height,
    time_ms: u64,
    /// The time of the next block.
    next_ms: u64,
    users: Vec<User>,
    /// With what each is called in messages.
    contracts: Vec<(Address, String)>,
    /// Contracts that were to be created so far; the next one's salt.
    salts: u64,
}

/// The action that calls a method, for [`World::act`] and [`World::block`]; `args` as for [`World::call`].
///
/// # Panics
/// If it is no method's name, or the arguments are longer than a transaction's may be.
#[must_use]
pub fn invoke(to: Address, method: &str, args: &impl Encode) -> Action {
    Action::Call { to, invocation: invocation(method, codec::encode(args)), value: Amount::ZERO }
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
        let world = Self {
            engines: Engines::default(),
            state,
            height: Height(0),
            time_ms: 0,
            next_ms: time::BLOCK_MS,
            users: users.to_vec(),
            contracts: Vec::new(),
            salts: 0,
        };
        (world, users)
    }

    /// Creates a contract. `args` are those of its `#[init]` method, in a tuple; they are not looked at if
    /// it has none.
    ///
    /// # Errors
    /// [`Failure`], also for a module that is refused.
    ///
    /// # Panics
    /// As [`block`](Self::block).
    pub fn deploy(&mut self, by: &User, wasm: &[u8], args: &impl Encode) -> Result<Address, Failure> {
        let interface = interface(wasm);
        let init = special(interface.as_deref(), MethodKind::Init, args);
        let mut salt = [0; 32];
        salt[..8].copy_from_slice(&self.salts.to_le_bytes());
        self.salts += 1;
        let create = Action::Create {
            code: CodeSource::Inline(wasm.to_vec().try_into().expect("a module within its limit")),
            salt,
            init,
            value: Amount::ZERO,
            admin: Some(by.address()),
        };
        self.act(by, vec![create])?;
        let address = Address::of_contract(&by.address(), &salt);
        let name = interface.map_or("contract".into(), |interface| interface.name.to_lowercase());
        let namesakes = self.contracts.iter().filter(|(_, other)| other.starts_with(&name)).count();
        let name = if namesakes == 0 { name } else { format!("{name}{}", namesakes + 1) };
        self.contracts.push((address, name));
        Ok(address)
    }

    /// Replaces a contract's code. `args` are those that its `#[migrate]` method takes behind the old storage, in a tuple;
    /// they are not looked at if it has none.
    ///
    /// # Errors
    /// [`Failure`]; the contract is as it was then.
    ///
    /// # Panics
    /// As [`block`](Self::block).
    pub fn upgrade(
        &mut self,
        by: &User,
        contract: Address,
        wasm: &[u8],
        args: &impl Encode,
    ) -> Result<Done, Failure> {
        let code = CodeSource::Inline(wasm.to_vec().try_into().expect("a module within its limit"));
        let migrate = special(interface(wasm).as_deref(), MethodKind::Upgrade, args);
        self.act(by, vec![Action::Upgrade { contract, code, migrate }])
    }

    /// Calls a method; `args` are its arguments in a tuple, or the one argument.
    ///
    /// # Errors
    /// [`Failure`]; nothing but the fee has changed then.
    ///
    /// # Panics
    /// As [`block`](Self::block).
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
    ///
    /// # Panics
    /// As [`block`](Self::block).
    pub fn call_with_value(
        &mut self,
        by: &User,
        contract: Address,
        method: &str,
        args: &impl Encode,
        value: Amount,
    ) -> Result<Done, Failure> {
        let invocation = invocation(method, codec::encode(args));
        self.act(by, vec![Action::Call { to: contract, invocation, value }])
    }

    /// Asks a read-only method.
    ///
    /// # Errors
    /// [`Failure`], also if the method tries to write.
    ///
    /// # Panics
    /// If the answer is not a `T`; if executions that are [`Compared`](Execution::Compared) differ.
    pub fn query<T: Decode>(
        &self,
        contract: Address,
        method: &str,
        args: &impl Encode,
    ) -> Result<T, Failure> {
        let question = Query {
            from: PROPOSER,
            to: contract,
            invocation: invocation(method, codec::encode(args)),
            gas_limit: Gas(MAX_TX_GAS),
        };
        let block = BlockContext { chain_id: chain_id(), height: self.height, time_ms: self.time_ms };
        let ask = |engine| {
            query(engine, &self.state, block.clone(), question.clone(), &Log::default()).expect(SOUND).result
        };
        let answer = ask(&self.engines.first);
        if let Some(second) = &self.engines.second
            && !answer.as_ref().err().is_some_and(is_limit)
            && let Some(difference) = difference_of_answers(&answer, &ask(second))
        {
            panic!("the VM and native execution of `{method}` differ in {difference}");
        }
        let data = answer.map_err(|halt| Failure::of(halt, || self.interface(&contract)))?;
        Ok(codec::decode(&data).expect("the method returns a value of another type"))
    }

    /// The balance of any address in the chain's currency.
    #[must_use]
    pub fn balance(&self, address: &Address) -> Amount {
        account(&self.state, address).expect(SOUND).balance
    }

    /// The interface of a contract, if there is one at this address and it has one.
    #[must_use]
    pub fn interface(&self, contract: &Address) -> Option<Arc<Schema>> {
        let record = lockstep_runtime::contract(&self.state, contract).expect(SOUND)?;
        self.stored_interface(&record.code)
    }

    /// Those who were there at the start.
    #[must_use]
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// Commits to the whole state.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.state.root()
    }

    /// What addresses are called in messages.
    pub(crate) fn names(&self) -> Names {
        let users = self.users.iter().map(|user| (user.address(), user.name().to_owned()));
        let nobody = (Address([0; 32]), "nobody".to_owned());
        users.chain(self.contracts.iter().cloned()).chain([nobody]).collect()
    }

    fn stored_interface(&self, hash: &Hash) -> Option<Arc<Schema>> {
        interface(&code(&self.state, hash).expect(SOUND)?)
    }
}

const SOUND: &str = "a sound machine";

fn chain_id() -> ChainId {
    "testing".parse().expect("a valid name")
}

/// The run of the method of a kind that there is one of, if the interface has it.
fn special(interface: Option<&Schema>, kind: MethodKind, args: &impl Encode) -> Option<Invocation> {
    let method = interface?.methods.iter().find(|method| method.kind == kind)?;
    Some(invocation(&method.name, codec::encode(args)))
}

/// A method and its encoded arguments.
pub(crate) fn invocation(method: &str, args: Vec<u8>) -> Invocation {
    Invocation {
        method: method.parse().expect("a method's name"),
        args: args.try_into().expect("arguments within their limit"),
    }
}
