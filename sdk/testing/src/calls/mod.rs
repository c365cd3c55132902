//! Random calls, drawn from the contracts' interfaces, after each of which a rule is to hold.
//!
//! A sequence that breaks the rule is shrunk to a short one, printed as calls, and saved beside the test as proptest
//! saves it (`tests/<name>.proptest-regressions`), so that it is tried first from then on. `PROPTEST_CASES` in the
//! environment says how many sequences are tried.

mod call;
mod shorten;
mod value;

use std::{cell::RefCell, env, fmt, panic::Location, sync::Arc};

use lockstep_abi::{
    Address, Amount,
    schema::{Method, MethodKind},
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    strategy::Union,
    test_runner::{Config, FileFailurePersistence, TestError, TestRunner},
};

pub use call::{Call, Step, Tally};
use shorten::Broken;
use value::Pools;

use crate::{User, World};

/// Sequences, unless the author or the environment says otherwise.
const CASES: u32 = 64;
/// Calls of the longest sequence, unless the author says otherwise.
const MAX_CALLS: usize = 20;
/// Sequences that are tried to find a shorter one.
const SHRINKS: u32 = 4_096;
/// What may pass before a call: a second, an hour, a day, a year.
const WAITS_MS: [u64; 4] = [1_000, 3_600_000, 86_400_000, 365 * 86_400_000];

/// Calls that users of a world might make of its contracts, in any order.
///
/// ```no_run
/// # use lockstep_testing::{RandomCalls, World, build};
/// # let (mut world, [alice, bob]) = World::with_users(["alice", "bob"]);
/// # let token = world.deploy(&alice, &build!(), &()).unwrap();
/// let calls = RandomCalls::of(&world, [token]);
/// let everybody = calls.addresses();
/// calls.hold(|world| {
///     let balance = |of| world.query::<u128>(token, "balance_of", of).unwrap();
///     assert_eq!(everybody.iter().map(balance).sum::<u128>(), 1_000);
/// });
/// ```
///
/// Arguments are drawn by their types: addresses of the users, the contracts and nobody (the zero address); numbers
/// that are small, given by [`numbers`](Self::numbers), or at an end of their type; texts that are short or given by
/// [`texts`](Self::texts). Value comes along with methods that take it, and now and then time passes.
#[derive(Debug, Clone)]
pub struct RandomCalls {
    world: World,
    /// What is called. Views are not: they change nothing. Private methods are not: they refuse every user.
    methods: Vec<(Address, Arc<Method>)>,
    pools: Pools,
    cases: u32,
    max_calls: usize,
}

/// A sequence of calls that breaks a rule; no shorter one was found.
#[derive(Debug, Clone)]
pub struct Counterexample {
    /// The calls.
    pub calls: Vec<Call>,
    /// With what the rule failed.
    pub reason: String,
    /// The calls and what each came to.
    lines: Vec<String>,
}

impl RandomCalls {
    /// Calls of these contracts by all users of `world`, whose state they start from. Methods that refuse every user
    /// (`#[private]`) are not among them; a contract may still be made to call its own, as a vote makes a governor.
    ///
    /// # Panics
    /// If a contract has no interface.
    #[must_use]
    pub fn of(world: &World, contracts: impl IntoIterator<Item = Address>) -> Self {
        let contracts: Vec<Address> = contracts.into_iter().collect();
        let methods = contracts
            .iter()
            .flat_map(|contract| {
                let interface =
                    world.interface(contract).unwrap_or_else(|| panic!("no interface at {contract}"));
                let methods = interface.methods.clone().into_iter();
                methods
                    .filter(|method| method.kind == MethodKind::Call && !method.private)
                    .map(|method| (*contract, Arc::new(method)))
            })
            .collect();
        let users = world.users().iter().map(User::address).collect();
        let others = contracts.into_iter().chain([Address([0; 32])]).collect();
        let pools = Pools { users, others, ..Pools::default() };
        Self { world: world.clone(), methods, pools, cases: CASES, max_calls: MAX_CALLS }
    }

    /// Leaves methods out.
    ///
    /// # Panics
    /// If no contract has a method of such a name that transactions call.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        for name in names {
            let before = self.methods.len();
            self.methods.retain(|(_, method)| method.name != *name);
            assert!(self.methods.len() < before, "no method `{name}` would be called");
        }
        self
    }

    /// Numbers that mean something to the contracts: prices, deadlines, limits.
    #[must_use]
    pub fn numbers(mut self, numbers: impl IntoIterator<Item = u128>) -> Self {
        self.pools.numbers.extend(numbers);
        self
    }

    /// Texts that mean something to the contracts.
    #[must_use]
    pub fn texts(mut self, texts: &[&str]) -> Self {
        self.pools.texts.extend(texts.iter().map(|text| (*text).to_owned()));
        self
    }

    /// How many sequences are tried; 64 by default.
    #[must_use]
    pub const fn cases(mut self, cases: u32) -> Self {
        self.cases = cases;
        self
    }

    /// How many calls the longest sequence has; 20 by default.
    #[must_use]
    pub const fn max_calls(mut self, max_calls: usize) -> Self {
        self.max_calls = max_calls;
        self
    }

    /// The addresses that arguments are drawn from.
    #[must_use]
    pub fn addresses(&self) -> Vec<Address> {
        [self.pools.users.as_slice(), &self.pools.others].concat()
    }

    /// Checks a rule on the state, which panics where it does not hold: at the start, and after every call that
    /// changed something.
    ///
    /// # Panics
    /// With the shortest sequence of calls that was found to break it.
    #[track_caller]
    pub fn hold(&self, rule: impl Fn(&World)) -> Tally {
        rule(&self.world);
        self.hold_each_step(|step| {
            if step.answer.is_ok() {
                rule(step.after);
            }
        })
    }

    /// Checks a rule on what each call may change, which panics where it does not hold.
    ///
    /// # Panics
    /// With the shortest sequence of calls that was found to break it.
    #[track_caller]
    pub fn hold_each_step(&self, rule: impl Fn(&Step<'_>)) -> Tally {
        let config = Config {
            source_file: Some(Location::caller().file()),
            failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("proptest-regressions"))),
            ..self.config()
        };
        self.search(config, &rule).unwrap_or_else(|found| panic!("{found}"))
    }

    /// A sequence of calls that breaks a rule, if one is found. Nothing is saved.
    pub fn refute(&self, rule: impl Fn(&Step<'_>)) -> Option<Counterexample> {
        self.search(Config { failure_persistence: None, ..self.config() }, &rule).err()
    }

    fn config(&self) -> Config {
        let config = Config { max_shrink_iters: SHRINKS, ..Config::default() };
        if env::var_os("PROPTEST_CASES").is_some() { config } else { Config { cases: self.cases, ..config } }
    }

    fn search(&self, config: Config, rule: &dyn Fn(&Step<'_>)) -> Result<Tally, Counterexample> {
        let tally = RefCell::new(Tally::default());
        let run = |calls: &[Call]| {
            let mut world = self.world.clone();
            for call in calls {
                call.wait(&mut world);
                let before = world.clone();
                let answer = &call.run(&mut world);
                tally.borrow_mut().count(call, answer.is_ok());
                rule(&Step { before: &before, after: &world, call, answer });
            }
        };
        let sequences = vec(self.call(), 0..=self.max_calls);
        match find(config, &sequences, &run) {
            None => Ok(tally.into_inner()),
            Some(mut broken) => {
                let once = Config { cases: 1, failure_persistence: None, ..self.config() };
                broken.shorten(&|calls| Some(find(once.clone(), &Just(calls.to_vec()), &run)?.reason));
                Err(self.counterexample(broken))
            }
        }
    }

    /// Any call.
    fn call(&self) -> BoxedStrategy<Call> {
        assert!(!self.methods.is_empty(), "no method is left to call");
        let names = Arc::new(self.world.names());
        let calls = self.methods.iter().map(|(contract, method)| {
            let (contract, method, names) = (*contract, Arc::clone(method), Arc::clone(&names));
            let value = if method.payable { self.pools.unsigned(16) } else { Just(vec![0; 16]).boxed() };
            let wait = prop_oneof![7 => Just(0), 1 => select(WAITS_MS.to_vec())];
            let drawn = (select(self.world.users().to_vec()), self.pools.fields(&method.args), value, wait);
            drawn
                .prop_map(move |(by, args, value, wait_ms)| Call {
                    by,
                    contract,
                    value: Amount(u128::from_le_bytes(value.try_into().expect("16 bytes"))),
                    wait_ms,
                    method: Arc::clone(&method),
                    args,
                    names: Arc::clone(&names),
                })
                .boxed()
        });
        Union::new(calls).boxed()
    }

    fn counterexample(&self, Broken { calls, reason }: Broken) -> Counterexample {
        // It may have been the comparison that found it.
        let mut world = self.world.clone().without_comparison();
        let lines = calls
            .iter()
            .map(|call| {
                call.wait(&mut world);
                call.shown_with(&call.run(&mut world))
            })
            .collect();
        Counterexample { calls, reason, lines }
    }
}

/// A sequence on which `run` panics, if one is found.
fn find(
    config: Config,
    sequences: &impl Strategy<Value = Vec<Call>>,
    run: &dyn Fn(&[Call]),
) -> Option<Broken> {
    match TestRunner::new(config).run(sequences, |calls| {
        run(&calls);
        Ok(())
    }) {
        Ok(()) => None,
        Err(TestError::Fail(reason, calls)) => Some(Broken { calls, reason: reason.to_string() }),
        Err(TestError::Abort(reason)) => panic!("no calls could be drawn: {reason}"),
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the rule does not hold after")?;
        for line in &self.lines {
            writeln!(f, "  {line}")?;
        }
        f.write_str(&self.reason)
    }
}
