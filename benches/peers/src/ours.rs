//! Our engine, without a chain around it: one contract, its storage, and calls.

use std::{path::Path, sync::Arc};

use lockstep_abi::{
    Address, Amount, Gas, Hash, Height, MethodName,
    host::Access,
    limits::{run::MAX_STACK_UNITS, wire::MAX_TX_GAS},
};
use lockstep_engine::{Backend, BlockContext, Budget, Call, CallContext, Engine, EngineConfig, prepare};
use lockstep_sdk::codec;

use crate::world::Memory;

/// A way to run our engine, which every row of compute has a line for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Variant {
    /// What the table calls it.
    pub(crate) name: &'static str,
    /// How many times as long as native code it may take.
    pub(crate) most_of_native: f64,
    /// How the engine is set up.
    pub(crate) config: fn() -> EngineConfig,
}

/// All of them, the default first.
pub(crate) const VARIANTS: [Variant; 2] = [
    Variant { name: "Singlepass", most_of_native: 2.2, config: EngineConfig::default },
    Variant { name: "Cranelift", most_of_native: 1.6, config: cranelift },
];

fn cranelift() -> EngineConfig {
    EngineConfig { backend: Backend::Cranelift, ..EngineConfig::default() }
}

/// A contract in an engine of its own.
#[derive(Debug)]
pub(crate) struct Contract {
    engine: Engine,
    code: Hash,
    context: CallContext,
    world: Memory,
}

impl Contract {
    /// Compiles the contract; its storage is empty.
    pub(crate) fn new(config: &EngineConfig, wasm: Vec<u8>) -> Self {
        let (engine, code) = compile(config, wasm);
        let block = BlockContext {
            chain_id: "peers".parse().expect("a valid name"),
            height: Height(1),
            time_ms: 1_000,
        };
        let alice = Address([1; 32]);
        let context = CallContext {
            block: Arc::new(block),
            origin: alice,
            caller: alice,
            own_address: Address([2; 32]),
            value: Amount::ZERO,
            access: Access::Write,
        };
        Self { engine, code, context, world: Memory::default() }
    }

    /// The example token, created, with all of it Alice's.
    pub(crate) fn token(config: &EngineConfig, wasm: Vec<u8>) -> Self {
        let mut token = Self::new(config, wasm);
        token.call(&method("new"), &codec::encode(&("Gold", "GLD", 2_u8, u128::from(u64::MAX))));
        token
    }

    /// Forgets the engine and starts another on its folder of compiled code.
    pub(crate) fn restart(&mut self, config: &EngineConfig) -> Engine {
        std::mem::replace(&mut self.engine, Engine::new(config).expect("the folder is there"))
    }

    /// Calls a method, which must succeed; the code is looked up by its hash first, as for every call of a chain.
    pub(crate) fn call(&mut self, method: &MethodName, input: &[u8]) -> Vec<u8> {
        self.world.events.clear();
        let module = self.engine.load(self.code, || unreachable!("it is compiled")).expect("a sound machine");
        let call = Call {
            method,
            input: input.to_vec(),
            context: self.context.clone(),
            budget: Budget { gas: Gas(MAX_TX_GAS), stack_units: MAX_STACK_UNITS },
        };
        let answer = self.engine.call(&module, call, &mut self.world).expect("a sound machine");
        answer.result.expect("the method succeeds")
    }

    /// How many events the last call announced.
    pub(crate) fn events(&self) -> usize {
        self.world.events.len()
    }
}

/// Checks and compiles a module, in an engine that has no other.
pub(crate) fn compile(config: &EngineConfig, wasm: Vec<u8>) -> (Engine, Hash) {
    let engine = Engine::new(config).expect("the folder can be used");
    let prepared = prepare(wasm).expect("a contract");
    let module = engine.compile(&prepared).expect("it compiles");
    (engine, module.code())
}

/// The engine's defaults, with a folder for compiled code.
pub(crate) fn on_disk(folder: &Path) -> EngineConfig {
    EngineConfig { artifacts: Some(folder.into()), ..EngineConfig::default() }
}

/// A method's name.
pub(crate) fn method(name: &str) -> MethodName {
    name.parse().expect("a method's name")
}

/// What the token's `transfer` is given: five to Bob.
pub(crate) fn transfer() -> Vec<u8> {
    codec::encode(&(Address([3; 32]), 5_u128))
}
