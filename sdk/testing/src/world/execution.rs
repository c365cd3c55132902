//! Which way a contract's code is executed: in the VM, natively, or both, compared.

use std::{collections::BTreeMap, marker::PhantomData, sync::Arc};

use lockstep_abi::{
    Hash,
    hash::Context,
    host::native::{Host, Over},
    schema::Method,
};
use lockstep_runtime::{Engine, NativeCode};
use lockstep_sdk::{method::Contract, native};

use super::{ENGINE, World};
use crate::interface::interface;

/// Which way a contract's code is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execution {
    /// As on a chain: its Wasm in the VM. What is not said otherwise is executed so.
    Vm,
    /// As native code of the test: for a debugger, for coverage, and because a panic says what and where. Host functions
    /// are those of the VM, but the contract's own code takes no gas, and what does not end does not end. A `usize` has 64
    /// bits, and a `static` keeps its value for the next call. Arithmetic stops on overflow if the test's own profile says
    /// so, as `dev` does and `release` does not by itself.
    Native,
    /// Both ways, and the test panics where they differ: in what a transaction or a query comes to, in its events, in what it
    /// changes. What counts is what the VM says.
    ///
    /// Gas and fees are not compared, nor a transaction that ends for want of gas or stack, nor those behind it in its block.
    /// Rightly different is what comes of limits and gas in other ways: a heap that is full, a call with a part of the gas,
    /// the balance of somebody who has sent a transaction before in the same block.
    Compared,
}

/// The ways of one world.
#[derive(Debug, Clone)]
pub(super) struct Engines {
    /// What counts.
    pub(super) first: Engine,
    /// What that is compared with, if anything is.
    pub(super) second: Option<Engine>,
    ways: BTreeMap<Hash, (Execution, Arc<dyn NativeCode>)>,
}

impl Default for Engines {
    /// All in the VM.
    fn default() -> Self {
        Self { first: ENGINE.clone(), second: None, ways: BTreeMap::new() }
    }
}

impl Engines {
    fn set(&mut self, code: Hash, execution: Execution, native: Arc<dyn NativeCode>) {
        self.ways.insert(code, (execution, native));
        let with = |ways: &[Execution]| {
            let mut engine = ENGINE.clone();
            for (code, (execution, native)) in &self.ways {
                if ways.contains(execution) {
                    engine.set_native(*code, Arc::clone(native));
                }
            }
            engine
        };
        let is_compared = self.ways.values().any(|(execution, _)| *execution == Execution::Compared);
        self.second = is_compared.then(|| with(&[Execution::Native, Execution::Compared]));
        self.first = with(&[Execution::Native]);
    }
}

impl World {
    /// Says how contracts with this code are executed from here on. `C` is what the Wasm was built from.
    ///
    /// # Panics
    /// If `C` lacks a method that the Wasm's interface has.
    ///
    /// ```no_run
    /// # use lockstep_sdk::prelude::*;
    /// # use lockstep_testing::{Execution, World, build};
    /// # #[storage]
    /// # struct Token {}
    /// # #[contract]
    /// # impl Token {}
    /// let (mut world, [alice]) = World::with_users(["alice"]);
    /// world.set_execution::<Token>(&build!(), Execution::Compared);
    /// ```
    pub fn set_execution<C: Contract + 'static>(&mut self, wasm: &[u8], execution: Execution) {
        let interface = interface(wasm);
        for Method { name, .. } in interface.iter().flat_map(|interface| &interface.methods) {
            let has = C::EXPORTS.iter().copied().flatten().any(|export| export.name == name);
            assert!(has, "the Wasm has a method `{name}`, and the native contract has not");
        }
        self.engines.set(Hash::of(Context::Code, wasm), execution, Arc::new(Native::<C>(PhantomData)));
    }
}

impl World {
    /// The same, in which nothing is compared.
    pub(crate) fn without_comparison(mut self) -> Self {
        self.engines.second = None;
        self
    }
}

/// The methods of `C`.
struct Native<C>(PhantomData<fn() -> C>);

impl<C: Contract> NativeCode for Native<C> {
    fn run(&self, method: &str, host: &mut dyn Host) -> Result<(), Over> {
        native::run::<C>(method, host)
    }
}
