//! One call of a sequence, and what it came to.

use std::{collections::BTreeMap, fmt, sync::Arc};

use lockstep_abi::{Address, Amount, schema::Method};
use lockstep_sdk::{
    call::Encoded,
    codec::{self, Decode},
};

use crate::{
    Done, Failure, User, World,
    show::{Names, Shown},
};

/// A call of a method. It shows as `alice: token.transfer(to: bob, amount: 5)`.
#[derive(Clone)]
pub struct Call {
    /// Who calls.
    pub by: User,
    /// The contract.
    pub contract: Address,
    /// What comes along with the call, in the chain's currency.
    pub value: Amount,
    /// What is let pass before.
    pub wait_ms: u64,
    pub(super) method: Arc<Method>,
    /// The encoding of each argument.
    pub(super) args: Vec<Vec<u8>>,
    pub(super) names: Arc<Names>,
}

/// A call with the chain before it and after it.
#[derive(Debug)]
pub struct Step<'a> {
    /// Before the call, after the time that was let pass.
    pub before: &'a World,
    /// After the call.
    pub after: &'a World,
    /// The call.
    pub call: &'a Call,
    /// What it came to.
    pub answer: &'a Result<Done, Failure>,
}

/// How often each method did what it was asked, and how often it did not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// The successes and the failures of each method.
    pub methods: BTreeMap<String, (u64, u64)>,
}

impl Call {
    /// The method's name.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method.name
    }

    /// The arguments in a tuple, or the one argument.
    ///
    /// # Panics
    /// If they are not a `T`.
    #[must_use]
    pub fn args<T: Decode>(&self) -> T {
        codec::decode(&self.args.concat()).expect("the method takes arguments of another type")
    }

    /// Lets the time pass that is to pass.
    pub(super) const fn wait(&self, world: &mut World) {
        world.advance_ms(self.wait_ms);
    }

    pub(super) fn run(&self, world: &mut World) -> Result<Done, Failure> {
        world.call_with_value(
            &self.by,
            self.contract,
            self.method(),
            &Encoded(&self.args.concat()),
            self.value,
        )
    }

    /// What the answer adds to the call: nothing if it did what it was asked.
    pub(super) fn shown_with(&self, answer: &Result<Done, Failure>) -> String {
        match answer {
            Ok(_) => self.to_string(),
            Err(Failure::Refused(refusal)) => format!("{self} is refused: {}", refusal.shown(&self.names)),
            Err(failure @ (Failure::Halted(_) | Failure::Invalid(_))) => format!("{self} fails: {failure}"),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.wait_ms > 0 {
            write!(f, "{} ms later, ", self.wait_ms)?;
        }
        let contract =
            Shown { of: &lockstep_abi::schema::Type::Address, bytes: &self.contract.0, names: &self.names };
        let args = self.args.concat();
        let args = Shown { of: &self.method.args, bytes: &args, names: &self.names };
        write!(f, "{}: {contract}.{}({args})", self.by.name(), self.method())?;
        if self.value > Amount::ZERO {
            write!(f, " with {}", self.value)?;
        }
        Ok(())
    }
}

/// As it is shown: proptest keeps this beside what it saves.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Tally {
    /// How often a method did what it was asked.
    #[must_use]
    pub fn successes(&self, method: &str) -> u64 {
        self.methods.get(method).map_or(0, |(successes, _)| *successes)
    }

    pub(super) fn count(&mut self, call: &Call, is_success: bool) {
        let (successes, failures) = self.methods.entry(call.method().into()).or_default();
        *if is_success { successes } else { failures } += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.methods.keys().map(String::len).max().unwrap_or_default();
        for (method, (successes, failures)) in &self.methods {
            writeln!(f, "{method:width$}  {successes:>7} done  {failures:>7} refused")?;
        }
        Ok(())
    }
}
