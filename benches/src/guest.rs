//! Code that does one thing many times, and what it takes in the real engine.
//!
//! The count comes with the call, so that one module runs any number of rounds, and the difference between two
//! counts is free of what a transaction costs by itself. The loop around the work stays in it: about a nanosecond a
//! round.

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use lockstep_abi::{
    Action, Address, Amount, Gas,
    host::{HostFunction, ValueType},
    limits::wire::MAX_TX_GAS,
};
use lockstep_runtime::CheckedTx;

use crate::{Chain, invocation};

/// Gas that a run may take: most of a transaction's.
const MAX_GAS: f64 = 9e11;

/// One thing to do, in the text format.
///
/// Memory begins with the count of rounds; probes use what is behind its first kibibyte.
#[derive(Debug, Clone)]
pub struct Probe {
    /// What it does, as a bench is named.
    pub name: String,
    /// Functions, globals, tables, data.
    pub items: String,
    /// Locals of the function; `$n`, an `i32`, is the rounds that are left.
    pub locals: String,
    /// Done once.
    pub setup: String,
    /// Done each round.
    pub body: String,
    /// Operations of one round.
    pub operations: u64,
    /// Rounds that limits allow.
    pub max_rounds: u64,
    /// Pages of memory.
    pub pages: u32,
    /// Bytes of arguments, the count among them.
    pub input_bytes: usize,
    /// Whether a run may end in a halt.
    pub halts: bool,
}

impl Probe {
    /// A probe of code that is done `operations` times a round.
    #[must_use]
    pub fn new(name: &str, body: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            items: String::new(),
            locals: String::new(),
            setup: String::new(),
            body: body.into(),
            operations: 1,
            max_rounds: 1 << 30,
            pages: 16,
            input_bytes: 4,
            halts: false,
        }
    }

    /// The same code `count` times over in each round.
    #[must_use]
    pub fn repeated(name: &str, count: usize, body: impl Fn(usize) -> String) -> Self {
        let mut text = String::new();
        (0..count).for_each(|at| text += &body(at));
        Self { operations: count as u64, ..Self::new(name, text) }
    }

    /// The module: host functions that the code names are imported.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::from("(module\n");
        let code = [&self.items, &self.setup, &self.body].map(String::as_str).concat();
        for row in HostFunction::ALL {
            let name = row.name();
            let ends = |rest: &str| rest.starts_with([' ', ')', '\n']);
            let used = code.split(&format!("${name}")).skip(1).any(ends);
            if used || *row == HostFunction::input_read {
                let params: String = row.params().iter().map(|ty| wasm_type(*ty)).collect();
                let result = row.result().map(|ty| format!("(result{})", wasm_type(ty))).unwrap_or_default();
                writeln!(text, "(import \"lockstep\" \"{name}\" (func ${name} (param{params}) {result}))")
                    .expect("a string grows");
            }
        }
        let Self { items, locals, setup, body, pages, .. } = self;
        write!(
            text,
            "(memory (export \"memory\") {pages}) {items}
            (func (export \"f\") (local $n i32) {locals}
                (drop (call $input_read (i32.const 0) (i32.const 0x20000)))
                (local.set $n (i32.load (i32.const 0)))
                {setup}
                (block (br_if 0 (i32.eqz (local.get $n)))
                    (loop {body} (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))))"
        )
        .expect("a string grows");
        text
    }
}

fn wasm_type(ty: ValueType) -> &'static str {
    match ty {
        ValueType::I32 => " i32",
        ValueType::I64 => " i64",
    }
}

/// Time and gas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spent {
    /// Picoseconds.
    pub ps: f64,
    /// What was charged for it.
    pub gas: f64,
}

impl Spent {
    /// What every run is better than.
    pub const WORST: Self = Self { ps: f64::INFINITY, gas: 0.0 };

    /// The shorter of two times; the gas of `other`, which is the same.
    #[must_use]
    pub const fn least(self, other: Self) -> Self {
        Self { ps: self.ps.min(other.ps), gas: other.gas }
    }

    /// The difference.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self { ps: self.ps - other.ps, gas: self.gas - other.gas }
    }

    /// A part of it.
    #[must_use]
    pub const fn over(self, count: f64) -> Self {
        Self { ps: self.ps / count, gas: self.gas / count }
    }
}

/// A probe on a chain.
#[derive(Debug)]
pub struct Guest {
    /// The chain; the probe's contract has 2^60 of its currency.
    pub chain: Chain,
    contract: Address,
    input_bytes: usize,
    halts: bool,
    max_rounds: u64,
    operations: u64,
}

impl Guest {
    /// Deploys a probe; `wasm` is its text, translated.
    ///
    /// # Panics
    /// If that is refused.
    #[must_use]
    pub fn new(probe: &Probe, wasm: Vec<u8>) -> Self {
        Self::on(Chain::default(), probe, wasm)
    }

    /// Deploys a probe on a chain that has contracts already.
    ///
    /// # Panics
    /// If that is refused.
    #[must_use]
    pub fn on(mut chain: Chain, probe: &Probe, wasm: Vec<u8>) -> Self {
        let contract = chain.deploy(wasm, 0xFF, None, Amount(1 << 60));
        let &Probe { input_bytes, halts, max_rounds, operations, .. } = probe;
        let mut guest = Self { chain, contract, input_bytes, halts, max_rounds, operations };
        let gas = guest.run(&guest.tx(1)).less(guest.run(&guest.tx(0))).gas.max(1.0);
        guest.max_rounds = max_rounds.min((MAX_GAS / gas) as u64).max(1);
        guest
    }

    /// Rounds that one transaction can have.
    #[must_use]
    pub const fn max_rounds(&self) -> u64 {
        self.max_rounds
    }

    /// The transaction of a run of so many rounds.
    #[must_use]
    pub fn tx(&self, rounds: u64) -> CheckedTx {
        self.call(rounds, Gas(MAX_TX_GAS))
    }

    /// The transaction of a run that ends with its gas.
    #[must_use]
    pub fn limited(&self, gas_limit: u64) -> CheckedTx {
        self.call(1, Gas(gas_limit))
    }

    fn call(&self, rounds: u64, gas_limit: Gas) -> CheckedTx {
        let mut args = u32::try_from(rounds).expect("rounds of 32 bits").to_le_bytes().to_vec();
        args.resize(self.input_bytes, 0xA5);
        let invocation = invocation("f", args);
        let call = Action::Call { to: self.contract, invocation, value: Amount::ZERO };
        self.chain.checked_with(gas_limit, vec![call])
    }

    /// Runs a transaction of [`Self::tx`].
    ///
    /// # Panics
    /// If it does not end as the probe says.
    #[must_use]
    pub fn run(&self, tx: &CheckedTx) -> Spent {
        let (ps, receipt, _) = self.chain.execute(&self.chain.engine, &self.chain.state, tx);
        assert!(receipt.is_success() || self.halts, "{:?}", receipt.outcome);
        Spent { ps, gas: receipt.gas_used.0 as f64 }
    }

    /// What one operation takes: the least of many runs, less the least of runs with fewer rounds.
    #[must_use]
    pub fn operation(&self) -> Spent {
        /// Long against the clock and what a run takes by itself.
        const LONG_PS: f64 = 4e9;
        const TRIES: u32 = 15;
        const ALL: Duration = Duration::from_millis(400);
        let nothing = self.run(&self.tx(0)).ps;
        let mut most = 1;
        while most < self.max_rounds && self.run(&self.tx(most)).ps < LONG_PS + 2.0 * nothing {
            most = (most * 2).min(self.max_rounds);
        }
        let few = if self.halts { most / 8 } else { 0 };
        let (few_tx, most_tx) = (self.tx(few), self.tx(most));
        let (mut less, mut more) = (Spent::WORST, Spent::WORST);
        let start = Instant::now();
        let mut tries = 0;
        while tries < TRIES || start.elapsed() < ALL {
            less = less.least(self.run(&few_tx));
            more = more.least(self.run(&most_tx));
            tries += 1;
        }
        more.less(less).over(((most - few) * self.operations) as f64)
    }
}
