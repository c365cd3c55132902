//! Runs one frame: a method of a contract, with its value, its rules and its way back.
//!
//! Whether a transaction's action or another contract asks for it makes no difference here: the rules (kind, private,
//! payable, reentrant, read-only, depth) are kept in this one place.

use std::sync::Arc;

use lockstep_abi::{
    Address, Amount, Event, Gas, Halt, Hash, host::Access, limits::run::MAX_CALL_DEPTH, price,
    schema::MethodKind, tx::Invocation,
};
use lockstep_engine::{Answer, BlockContext, Budget, Call, CallContext, CompiledModule, Engine, Fault};
use lockstep_state::{Checkpoint, Delta};

use crate::{
    Log,
    charge::Meter,
    record::{self, ContractRecord, transfer},
};

/// One transaction, or one query, under way.
pub(crate) struct Execution<'a, 's> {
    pub(crate) engine: &'a Engine,
    pub(crate) state: &'a mut Delta<'s>,
    pub(crate) block: &'a Arc<BlockContext>,
    pub(crate) log: &'a Log,
    pub(crate) origin: Address,
    pub(crate) events: Vec<Event>,
    /// The contracts that are running, the innermost last.
    pub(crate) frames: Vec<Frame>,
}

/// A contract that is running.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) address: Address,
    pub(crate) access: Access,
}

/// What is asked of a contract.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) invocation: Invocation,
    pub(crate) value: Amount,
    pub(crate) access: Access,
    pub(crate) purpose: Purpose,
}

/// Why a method is run; each kind of method serves one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The contract was just created.
    Init,
    /// Somebody calls it.
    Call,
    /// Its code was just replaced.
    Upgrade,
}

/// A point to go back to: writes and events together.
pub(crate) struct Mark {
    state: Checkpoint,
    events: usize,
}

/// What it costs to load a contract's code, whatever this machine has in its caches.
pub(crate) fn load_price(contract: &ContractRecord) -> Gas {
    Gas(price::ENTER_PER_CODE_BYTE.saturating_mul(u64::from(contract.code_bytes)))
}

impl Purpose {
    const fn allows(self, kind: MethodKind) -> bool {
        match kind {
            MethodKind::Init => matches!(self, Self::Init),
            MethodKind::Call | MethodKind::View => matches!(self, Self::Call),
            MethodKind::Upgrade => matches!(self, Self::Upgrade),
        }
    }
}

impl<'s> Execution<'_, 's> {
    pub(crate) fn mark(&mut self) -> Mark {
        Mark { state: self.state.checkpoint(), events: self.events.len() }
    }

    pub(crate) fn revert_to(&mut self, mark: Mark) {
        self.state.revert_to(mark.state);
        self.events.truncate(mark.events);
    }

    /// Runs a method; if it halts, nothing of it stays.
    pub(crate) fn run(&mut self, request: Request, budget: Budget) -> Result<Answer, Fault> {
        let mark = self.mark();
        let mut meter = Meter::new(budget.gas, Gas::ZERO);
        let result = self.enter(request, budget.stack_units, &mut meter)?;
        let answer = Answer { gas_used: meter.used(), result };
        if answer.result.is_err() {
            self.revert_to(mark);
        }
        Ok(answer)
    }

    /// Loads the code, keeps the rules, moves the value, runs.
    fn enter(
        &mut self,
        request: Request,
        stack_units: u32,
        meter: &mut Meter,
    ) -> Result<Result<Vec<u8>, Halt>, Fault> {
        let Request { from, to, invocation, value, access, purpose } = request;
        if self.frames.len() >= MAX_CALL_DEPTH as usize {
            return Ok(Err(Halt::CallDepth));
        }
        let Some(contract) = record::contract(self.state, &to)? else { return Ok(Err(Halt::NoContract)) };
        // The code may have to be read, or even compiled, to see that it has no such method.
        if let Err(halt) = meter.charge(load_price(&contract)) {
            return Ok(Err(halt));
        }
        let module = self.load(contract.code)?;
        let Some(method) = module.method(&invocation.method) else { return Ok(Err(Halt::UnknownMethod)) };
        let rules = method.rules;
        if !purpose.allows(rules.kind) {
            return Ok(Err(Halt::WrongMethodKind));
        }
        if rules.private && from != to {
            return Ok(Err(Halt::Private));
        }
        if !rules.reentrant && self.frames.iter().any(|frame| frame.address == to) {
            return Ok(Err(Halt::Reentrancy));
        }
        if value != Amount::ZERO {
            if !rules.payable {
                return Ok(Err(Halt::NotPayable));
            }
            if let Err(halt) = meter.charge(Gas(price::TRANSFER)) {
                return Ok(Err(halt));
            }
            if !transfer(self.state, &from, &to, value)? {
                return Ok(Err(Halt::InsufficientBalance));
            }
        }
        let access = match rules.kind {
            MethodKind::View => Access::Read,
            MethodKind::Init | MethodKind::Call | MethodKind::Upgrade => access,
        };
        let call = Call {
            method: &invocation.method,
            input: invocation.args.into_vec(),
            context: CallContext {
                block: Arc::clone(self.block),
                origin: self.origin,
                caller: from,
                own_address: to,
                value,
                access,
            },
            budget: Budget { stack_units, ..meter.budget() },
        };
        let engine = self.engine;
        self.frames.push(Frame { address: to, access });
        let answer = engine.call(&module, call, self);
        self.frames.pop();
        Ok(meter.settle(answer?))
    }

    /// The module of stored code, whose loading must be paid for.
    pub(crate) fn load(&self, hash: Hash) -> Result<Arc<CompiledModule>, Fault> {
        self.engine.load(hash, || {
            record::code(self.state, &hash)?
                .ok_or(Fault::StoredCode { code: hash, reason: "it is missing".into() })
        })
    }
}
