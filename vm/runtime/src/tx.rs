//! Executes one transaction: its actions in order, all of them or none.

use lockstep_abi::{
    Action, Address, Amount, Gas, Halt, List,
    host::Access,
    price,
    receipt::{ActionResult, Outcome, ReturnData},
    tx::Invocation,
};
use lockstep_engine::Fault;

use crate::{
    CheckedTx,
    charge::{Meter, intrinsic},
    deploy::{Creation, without_module},
    frame::{Execution, Purpose, Request},
    record::transfer,
};

/// What the actions of a transaction came to.
pub(crate) struct Executed {
    pub(crate) gas_used: Gas,
    pub(crate) outcome: Outcome,
}

/// Runs the actions. After a halt nothing of them is in the state, and no events are left.
pub(crate) fn execute(execution: &mut Execution<'_, '_>, tx: &CheckedTx) -> Result<Executed, Fault> {
    let body = tx.body();
    let mut meter = Meter::new(body.gas_limit, intrinsic(body, tx.size_bytes()));
    let mark = execution.mark();
    let mut results = Vec::new();
    for (index, action) in body.actions.iter().enumerate() {
        match execution.act(tx, index, action, &mut meter)? {
            Ok(result) => results.push(result),
            Err(halt) => {
                execution.revert_to(mark);
                let action = u32::try_from(index).unwrap_or(u32::MAX);
                return Ok(Executed { gas_used: meter.used(), outcome: Outcome::Halted { action, halt } });
            }
        }
    }
    let results = List::try_from(results)
        .map_err(|_| Fault::Instance { reason: "more results than a transaction has actions".into() })?;
    Ok(Executed { gas_used: meter.used(), outcome: Outcome::Success { results } })
}

/// Goes on with the value, or returns the halt.
macro_rules! halted {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(halt) => return Ok(Err(halt)),
        }
    };
}

impl Execution<'_, '_> {
    fn act(
        &mut self,
        tx: &CheckedTx,
        index: usize,
        action: &Action,
        meter: &mut Meter,
    ) -> Result<Result<ActionResult, Halt>, Fault> {
        let sender = tx.sender();
        let module = tx.module(index);
        Ok(Ok(match action {
            Action::Transfer { to, amount } => {
                halted!(meter.charge(Gas(price::TRANSFER)));
                if !transfer(self.state, &sender, to, *amount)? {
                    return Ok(Err(Halt::InsufficientBalance));
                }
                ActionResult::Done
            }
            Action::StoreCode { .. } => {
                let module = module.ok_or_else(without_module)?;
                ActionResult::Stored(halted!(self.store_code(module, meter)?))
            }
            Action::Create { code, salt, init, value, admin } => {
                halted!(meter.charge(Gas(price::CREATE)));
                let code = halted!(self.code_of(code, module, meter)?);
                let creation = Creation {
                    creator: sender,
                    code,
                    salt: *salt,
                    init: init.clone(),
                    value: *value,
                    admin: *admin,
                };
                match self.create_contract(creation, meter.budget())? {
                    Ok((address, gas_used)) => {
                        halted!(meter.charge(gas_used));
                        ActionResult::Created(address)
                    }
                    Err((halt, gas_used)) => {
                        halted!(meter.charge(gas_used));
                        return Ok(Err(halt));
                    }
                }
            }
            Action::Call { to, invocation, value } => {
                let request = Request {
                    from: sender,
                    to: *to,
                    invocation: invocation.clone(),
                    value: *value,
                    access: Access::Write,
                    purpose: Purpose::Call,
                };
                ActionResult::Returned(halted!(self.returned(request, meter)?))
            }
            Action::Upgrade { contract, code, migrate } => {
                halted!(meter.charge(Gas(price::CREATE)));
                let code = halted!(self.code_of(code, module, meter)?);
                let record = halted!(self.replace_code(sender, *contract, code)?);
                match migrate {
                    None => {
                        halted!(self.check_no_migration(&record, meter)?);
                        ActionResult::Done
                    }
                    Some(invocation) => {
                        let request = upgrade(sender, *contract, invocation.clone());
                        ActionResult::Returned(halted!(self.returned(request, meter)?))
                    }
                }
            }
            Action::SetAdmin { contract, admin } => {
                halted!(meter.charge(Gas(price::TRANSFER)));
                halted!(self.set_admin(sender, *contract, *admin)?);
                ActionResult::Done
            }
        }))
    }

    fn returned(&mut self, request: Request, meter: &mut Meter) -> Result<Result<ReturnData, Halt>, Fault> {
        let answer = self.run(request, meter.budget())?;
        let data = halted!(meter.settle(answer));
        halted!(meter.charge(Gas(price::RECEIPT_PER_BYTE.saturating_mul(data.len() as u64))));
        ReturnData::try_from(data)
            .map(Ok)
            .map_err(|_| Fault::Instance { reason: "a result over its limit".into() })
    }
}

const fn upgrade(from: Address, to: Address, invocation: Invocation) -> Request {
    Request { from, to, invocation, value: Amount::ZERO, access: Access::Write, purpose: Purpose::Upgrade }
}
