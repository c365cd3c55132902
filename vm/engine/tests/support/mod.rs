//! A world in memory and a way to run a module written as text, on every back end that is built in.

#![allow(dead_code, reason = "each test file uses its part")]

use std::{collections::BTreeMap, ops::Bound, ops::ControlFlow, sync::Arc};

use lockstep_abi::{
    Address, Amount, Gas, Halt, Height, MethodName,
    host::{Access, CallRequest, CreateRequest},
    limits::run::MAX_STACK_UNITS,
    receipt::{EventData, Topics},
};
use lockstep_engine::{
    Answer, Backend, BlockContext, Budget, Call, CallContext, CompiledModule, Direction, Engine,
    EngineConfig, Fault, Trap, Visit, World, prepare,
};

/// The back ends that are built in; the first is the default.
pub(crate) const BACKENDS: &[Backend] = &[
    Backend::Singlepass,
    #[cfg(feature = "cranelift")]
    Backend::Cranelift,
];

/// One contract's storage, and what it asked for.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Memory {
    pub(crate) entries: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) removed: Vec<Vec<u8>>,
    pub(crate) events: Vec<(Topics, EventData)>,
    pub(crate) log: Vec<Vec<u8>>,
    /// What `call` and `create` answer.
    pub(crate) answer: Option<Answer>,
    pub(crate) requests: Vec<(CallRequest, Budget)>,
    pub(crate) traps: Traps,
}

/// What was told of traps. Back ends may differ in it, so all are equal.
#[derive(Debug, Default, Clone)]
pub(crate) struct Traps(pub(crate) Vec<Trap>);

impl PartialEq for Traps {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl World for Memory {
    fn storage_get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.entries.get(key).cloned())
    }
    fn storage_len(&mut self, key: &[u8]) -> Result<Option<usize>, Fault> {
        Ok(self.entries.get(key).map(Vec::len))
    }
    fn storage_set(&mut self, key: &[u8], value: Vec<u8>) -> Result<(), Fault> {
        self.entries.insert(key.to_vec(), value);
        Ok(())
    }
    fn storage_remove(&mut self, key: &[u8]) -> Result<(), Fault> {
        self.entries.remove(key);
        Ok(())
    }
    fn storage_range(
        &mut self,
        start: &[u8],
        end: Option<&[u8]>,
        direction: Direction,
        visit: &mut Visit<'_>,
    ) -> Result<(), Fault> {
        let end = end.map_or(Bound::Unbounded, Bound::Excluded);
        let mut shown: BTreeMap<&[u8], Option<&[u8]>> = self
            .entries
            .range::<[u8], _>((Bound::Included(start), end))
            .map(|(key, value)| (key.as_slice(), Some(value.as_slice())))
            .collect();
        shown.extend(self.removed.iter().map(|key| (key.as_slice(), None)));
        let mut step = |(key, value): (&&[u8], &Option<&[u8]>)| visit(key, *value);
        let _: ControlFlow<()> = match direction {
            Direction::Ascending => shown.iter().try_for_each(&mut step),
            Direction::Descending => shown.iter().rev().try_for_each(&mut step),
        };
        Ok(())
    }
    fn balance(&mut self, address: &Address) -> Result<Amount, Fault> {
        Ok(Amount(u128::from(address.0[0])))
    }
    fn transfer(&mut self, _: &Address, amount: Amount) -> Result<bool, Fault> {
        Ok(amount <= Amount(100))
    }
    fn emit(&mut self, topics: Topics, data: EventData) -> Result<bool, Fault> {
        self.events.push((topics, data));
        Ok(true)
    }
    fn call(&mut self, request: CallRequest, budget: Budget) -> Result<Answer, Fault> {
        self.requests.push((request, budget));
        Ok(self.answer.clone().unwrap())
    }
    fn create(&mut self, _: CreateRequest, _: Budget) -> Result<Answer, Fault> {
        Ok(self.answer.clone().unwrap())
    }
    fn log(&mut self, message: &[u8]) {
        self.log.push(message.to_vec());
    }
    fn trapped(&mut self, trap: &Trap) {
        self.traps.0.push(trap.clone());
    }
}

/// A module ready to be run again and again.
///
/// Each call is made on every back end, each on a world of its own, and must be answered alike and leave the worlds
/// alike. So with the feature `cranelift` every test of the engine compares the back ends.
pub(crate) struct Runner {
    /// In the order of [`BACKENDS`].
    engines: Vec<Engine>,
    wasm: Vec<u8>,
    pub(crate) world: Memory,
    pub(crate) input: Vec<u8>,
    pub(crate) access: Access,
    pub(crate) gas: Gas,
    pub(crate) stack_units: u32,
}

impl Runner {
    /// From the text format; the module must pass `prepare`.
    pub(crate) fn new(text: &str) -> Self {
        Self::of_wasm(wat::parse_str(text).unwrap())
    }

    /// From bytes; the module must pass `prepare`.
    pub(crate) fn of_wasm(wasm: Vec<u8>) -> Self {
        let engine = |backend: &Backend| {
            Engine::new(&EngineConfig { backend: *backend, ..EngineConfig::default() }).unwrap()
        };
        Self {
            engines: BACKENDS.iter().map(engine).collect(),
            wasm,
            world: Memory::default(),
            input: Vec::new(),
            access: Access::Write,
            gas: Gas::mega(100_000),
            stack_units: MAX_STACK_UNITS,
        }
    }

    pub(crate) fn with_gas(mut self, gas: Gas) -> Self {
        self.gas = gas;
        self
    }

    pub(crate) fn read_only(mut self) -> Self {
        self.access = Access::Read;
        self
    }

    pub(crate) fn enter_price(&self) -> Gas {
        self.module().enter_price()
    }

    /// The module on the default back end.
    pub(crate) fn module(&self) -> Arc<CompiledModule> {
        self.compiled(&self.engines[0])
    }

    fn compiled(&self, engine: &Engine) -> Arc<CompiledModule> {
        engine.compile(&prepare(self.wasm.clone()).unwrap()).unwrap()
    }

    pub(crate) fn call(&mut self, method: &str) -> Answer {
        let before = self.world.clone();
        let mut first: Option<(Answer, Memory)> = None;
        for (engine, backend) in self.engines.iter().zip(BACKENDS) {
            let mut world = before.clone();
            let answer = engine
                .call(&self.compiled(engine), self.request(&method.parse().unwrap()), &mut world)
                .unwrap();
            match &first {
                None => first = Some((answer, world)),
                Some((expected, after)) => {
                    assert_eq!(answer, *expected, "`{method}` on {backend:?}");
                    assert_eq!(world, *after, "`{method}` on {backend:?}");
                }
            }
        }
        let (answer, world) = first.unwrap();
        self.world = world;
        answer
    }

    /// Calls a method of a module that was got in another way.
    pub(crate) fn call_in(&mut self, module: &CompiledModule, method: &str) -> Answer {
        self.try_call_in(module, method).unwrap()
    }

    /// As `call_in`, on a machine that may be at fault.
    pub(crate) fn try_call_in(&mut self, module: &CompiledModule, method: &str) -> Result<Answer, Fault> {
        let method = method.parse().unwrap();
        let call = self.request(&method);
        self.engines[0].call(module, call, &mut self.world)
    }

    fn request<'a>(&self, method: &'a MethodName) -> Call<'a> {
        Call {
            method,
            input: self.input.clone(),
            context: CallContext {
                block: Arc::new(BlockContext {
                    chain_id: "test".parse().unwrap(),
                    height: Height(7),
                    time_ms: 8_000,
                }),
                origin: Address([1; 32]),
                caller: Address([2; 32]),
                own_address: Address([3; 32]),
                value: Amount(4),
                access: self.access,
            },
            budget: Budget { gas: self.gas, stack_units: self.stack_units },
        }
    }

    /// The gas that `method` takes beside entering the contract.
    pub(crate) fn gas_of(&mut self, method: &str) -> u64 {
        let answer = self.call(method);
        assert!(answer.result.is_ok(), "{answer:?}");
        answer.gas_used.0 - self.enter_price().0
    }

    pub(crate) fn halt_of(&mut self, method: &str) -> Halt {
        self.call(method).result.expect_err("the method halts")
    }
}
