//! Answers the engine's host functions for the innermost frame.

use std::{fmt, sync::Arc};

use lockstep_abi::{
    Address, Amount, Event, Gas, Halt,
    host::{Access, CallRequest, CreateRequest},
    limits::run::{MAX_EVENTS, MAX_EVENTS_TOTAL_BYTES},
    receipt::{EventData, Topics},
    tx::Invocation,
};
use lockstep_engine::{Answer, Budget, Direction, Fault, Trap, Visit, World};
use lockstep_state::{Order, Read, key};

use crate::{
    deploy::Creation,
    frame::{Execution, Frame, Purpose, Request},
    record::{self, broken},
};

/// Where goes what people may want to know of contracts. It sees the contract and what is said; nothing comes back.
#[derive(Clone)]
pub struct Log(Arc<Sink>);

/// What is said of a contract that runs.
#[derive(Debug, Clone, Copy)]
pub enum Said<'a> {
    /// By the contract itself: a debug message.
    Message(&'a [u8]),
    /// It trapped. The transaction may go on: whoever called it decides.
    Trapped(&'a Trap),
}

type Sink = dyn Fn(&Address, Said<'_>) + Send + Sync;

impl Log {
    /// What is said goes to `sink`.
    pub fn new(sink: impl Fn(&Address, Said<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(sink))
    }
}

impl Default for Log {
    /// It goes nowhere.
    fn default() -> Self {
        Self::new(|_, _| {})
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

impl Execution<'_, '_> {
    fn frame(&self) -> Result<Frame, Fault> {
        self.frames
            .last()
            .copied()
            .ok_or(Fault::Instance { reason: "a host function outside of a frame".into() })
    }

    fn own(&self) -> Result<Address, Fault> {
        Ok(self.frame()?.address)
    }
}

impl World for Execution<'_, '_> {
    fn storage_get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.state.get(&key::storage(&self.own()?, key)).map_err(broken)
    }

    fn storage_len(&mut self, key: &[u8]) -> Result<Option<usize>, Fault> {
        self.state.len(&key::storage(&self.own()?, key)).map_err(broken)
    }

    fn storage_set(&mut self, key: &[u8], value: Vec<u8>) -> Result<(), Fault> {
        self.state.set(key::storage(&self.own()?, key), value);
        Ok(())
    }

    fn storage_remove(&mut self, key: &[u8]) -> Result<(), Fault> {
        self.state.remove(key::storage(&self.own()?, key));
        Ok(())
    }

    fn storage_range(
        &mut self,
        start: &[u8],
        end: Option<&[u8]>,
        direction: Direction,
        visit: &mut Visit<'_>,
    ) -> Result<(), Fault> {
        let range = key::storage_range(&self.own()?, start, end);
        let order = match direction {
            Direction::Ascending => Order::Ascending,
            Direction::Descending => Order::Descending,
        };
        self.state
            .scan(&range.start, &range.end, order, &mut |key, value| {
                visit(key::storage_key(key).unwrap_or_default(), value)
            })
            .map_err(broken)
    }

    fn balance(&mut self, address: &Address) -> Result<Amount, Fault> {
        Ok(record::account(self.state, address)?.balance)
    }

    fn transfer(&mut self, to: &Address, amount: Amount) -> Result<bool, Fault> {
        record::transfer(self.state, &self.own()?, to, amount)
    }

    fn emit(&mut self, topics: Topics, data: EventData) -> Result<bool, Fault> {
        let event = Event { contract: self.own()?, topics, data };
        // At most 1,024 events: the sum is cheaper than a total that every revert would have to mend.
        let total = self.events.iter().chain([&event]).map(event_bytes).sum::<usize>();
        let fits = self.events.len() < MAX_EVENTS as usize && total <= MAX_EVENTS_TOTAL_BYTES as usize;
        if fits {
            self.events.push(event);
        }
        Ok(fits)
    }

    fn call(&mut self, request: CallRequest, budget: Budget) -> Result<Answer, Fault> {
        let Frame { address, access } = self.frame()?;
        let CallRequest { to, method, args, value, gas_limit: _ } = request;
        let invocation = Invocation { method, args };
        self.run(Request { from: address, to, invocation, value, access, purpose: Purpose::Call }, budget)
    }

    fn create(&mut self, request: CreateRequest, budget: Budget) -> Result<Answer, Fault> {
        let CreateRequest { code, salt, init, value, admin, gas_limit: _ } = request;
        let creation = Creation { creator: self.own()?, code, salt, init, value, admin };
        let mark = self.mark();
        let answer = match self.create_contract(creation, budget)? {
            Ok((address, gas_used)) => Answer { gas_used, result: Ok(address.0.to_vec()) },
            Err((halt, gas_used)) => Answer { gas_used, result: Err(halt) },
        };
        if answer.result.is_err() {
            self.revert_to(mark);
        }
        Ok(answer)
    }

    fn log(&mut self, message: &[u8]) {
        if let Ok(own) = self.own() {
            self.log.0(&own, Said::Message(message));
        }
    }

    fn trapped(&mut self, trap: &Trap) {
        if let Ok(own) = self.own() {
            self.log.0(&own, Said::Trapped(trap));
        }
    }
}

/// What an event adds to a receipt, its address and lengths left out.
fn event_bytes(event: &Event) -> usize {
    event.topics.iter().map(|topic| topic.len()).sum::<usize>().saturating_add(event.data.len())
}

/// A creation's end: the address or the halt, and the gas that was used.
pub(crate) type Created = Result<(Address, Gas), (Halt, Gas)>;

// A read-only frame cannot create: the host table's row says `write`, and the engine keeps to it.
const _: () = assert!(matches!(lockstep_abi::host::HostFunction::create.access(), Access::Write));
