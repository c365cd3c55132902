//! Stores code; creates, upgrades and hands over contracts.

use lockstep_abi::{
    Address, Amount, Gas, Halt, Hash,
    host::Access,
    price,
    schema::MethodKind,
    tx::{CodeSource, Invocation},
};
use lockstep_engine::{Answer, Budget, CompileError, Fault, Prepared};

use crate::{
    charge::Meter,
    frame::{Execution, Purpose, Request, load_price},
    record::{self, ContractRecord, set_code, set_contract, transfer},
    world::Created,
};

/// A contract to be.
pub(crate) struct Creation {
    pub(crate) creator: Address,
    pub(crate) code: Hash,
    pub(crate) salt: [u8; 32],
    pub(crate) init: Option<Invocation>,
    pub(crate) value: Amount,
    pub(crate) admin: Option<Address>,
}

/// A bug of ours: a checked transaction holds the module of each action that brings one.
pub(crate) fn without_module() -> Fault {
    Fault::Instance { reason: "a checked transaction without its module".into() }
}

impl Execution<'_, '_> {
    /// Compiles code, so that nothing is stored that cannot run, and stores it.
    pub(crate) fn store_code(
        &mut self,
        module: &Prepared,
        meter: &mut Meter,
    ) -> Result<Result<Hash, Halt>, Fault> {
        let bytes = module.wasm();
        let per_byte = price::STORE_CODE_PER_BYTE.saturating_mul(bytes.len() as u64);
        if let Err(halt) = meter.charge(Gas(price::STORE_CODE_FIXED.saturating_add(per_byte))) {
            return Ok(Err(halt));
        }
        match self.engine.compile(module) {
            Ok(_) => {}
            Err(CompileError::NotCompilable(_)) => return Ok(Err(Halt::NotCompilable)),
            Err(CompileError::Fault(fault)) => return Err(fault),
        }
        set_code(self.state, &module.code(), bytes);
        Ok(Ok(module.code()))
    }

    /// The hash of an action's code, which is stored if it comes along; `module` is what came.
    pub(crate) fn code_of(
        &mut self,
        source: &CodeSource,
        module: Option<&Prepared>,
        meter: &mut Meter,
    ) -> Result<Result<Hash, Halt>, Fault> {
        match (source, module) {
            (CodeSource::Stored(hash), _) => Ok(Ok(*hash)),
            (CodeSource::Inline(_), Some(module)) => self.store_code(module, meter),
            (CodeSource::Inline(_), None) => Err(without_module()),
        }
    }

    /// Creates a contract and runs its `init`. Whoever asks undoes it if it halts.
    pub(crate) fn create_contract(&mut self, creation: Creation, budget: Budget) -> Result<Created, Fault> {
        let Creation { creator, code, salt, init, value, admin } = creation;
        let address = Address::of_contract(&creator, &salt);
        let code_bytes = match self.claim(&address, code)? {
            Ok(code_bytes) => code_bytes,
            Err(halt) => return Ok(Err((halt, Gas::ZERO))),
        };
        let record = ContractRecord { code, code_bytes, creator, admin };
        set_contract(self.state, &address, &record);
        let Some(invocation) = init else {
            let mut meter = Meter::new(budget.gas, Gas::ZERO);
            let result = self.set_up_without_init(&creator, &address, &record, value, &mut meter)?;
            return Ok(result.map(|()| (address, meter.used())).map_err(|halt| (halt, meter.used())));
        };
        let request = Request {
            from: creator,
            to: address,
            invocation,
            value,
            access: Access::Write,
            purpose: Purpose::Init,
        };
        let Answer { gas_used, result } = self.run(request, budget)?;
        Ok(result.map(|_| (address, gas_used)).map_err(|halt| (halt, gas_used)))
    }

    /// Sees that a new contract needs no `init`, and gives it its value.
    fn set_up_without_init(
        &mut self,
        creator: &Address,
        address: &Address,
        record: &ContractRecord,
        value: Amount,
        meter: &mut Meter,
    ) -> Result<Result<(), Halt>, Fault> {
        if let Err(halt) = meter.charge(load_price(record)) {
            return Ok(Err(halt));
        }
        // A contract whose `init` never ran could never be set up.
        if self.load(record.code)?.has_method(MethodKind::Init) {
            return Ok(Err(Halt::WrongMethodKind));
        }
        if value == Amount::ZERO {
            return Ok(Ok(()));
        }
        if let Err(halt) = meter.charge(Gas(price::TRANSFER)) {
            return Ok(Err(halt));
        }
        let sent = transfer(self.state, creator, address, value)?;
        Ok(if sent { Ok(()) } else { Err(Halt::InsufficientBalance) })
    }

    /// Whether a contract with this code can be at this address.
    fn claim(&self, address: &Address, code: Hash) -> Result<Result<u32, Halt>, Fault> {
        if record::contract(self.state, address)?.is_some() {
            return Ok(Err(Halt::AlreadyExists));
        }
        self.stored(code)
    }

    /// How long stored code is.
    fn stored(&self, code: Hash) -> Result<Result<u32, Halt>, Fault> {
        Ok(record::code_size(self.state, &code)?.ok_or(Halt::NoCode))
    }

    /// Replaces a contract's code, and returns what the contract is then.
    pub(crate) fn replace_code(
        &mut self,
        admin: Address,
        contract: Address,
        code: Hash,
    ) -> Result<Result<ContractRecord, Halt>, Fault> {
        let record = match self.administered(admin, contract)? {
            Ok(record) => record,
            Err(halt) => return Ok(Err(halt)),
        };
        let code_bytes = match self.stored(code)? {
            Ok(code_bytes) => code_bytes,
            Err(halt) => return Ok(Err(halt)),
        };
        let record = ContractRecord { code, code_bytes, ..record };
        set_contract(self.state, &contract, &record);
        Ok(Ok(record))
    }

    /// Sees that replaced code needs no migration: with one left out, it would run on entries of another form.
    pub(crate) fn check_no_migration(
        &self,
        record: &ContractRecord,
        meter: &mut Meter,
    ) -> Result<Result<(), Halt>, Fault> {
        if let Err(halt) = meter.charge(load_price(record)) {
            return Ok(Err(halt));
        }
        let left_out = self.load(record.code)?.has_method(MethodKind::Upgrade);
        Ok(if left_out { Err(Halt::WrongMethodKind) } else { Ok(()) })
    }

    /// Hands a contract over.
    pub(crate) fn set_admin(
        &mut self,
        admin: Address,
        contract: Address,
        next: Option<Address>,
    ) -> Result<Result<(), Halt>, Fault> {
        let record = match self.administered(admin, contract)? {
            Ok(record) => record,
            Err(halt) => return Ok(Err(halt)),
        };
        set_contract(self.state, &contract, &ContractRecord { admin: next, ..record });
        Ok(Ok(()))
    }

    /// The record of a contract that `admin` may change.
    fn administered(&self, admin: Address, contract: Address) -> Result<Result<ContractRecord, Halt>, Fault> {
        Ok(match record::contract(self.state, &contract)? {
            None => Err(Halt::NoContract),
            Some(record) if record.admin == Some(admin) => Ok(record),
            Some(_) => Err(Halt::NotAdmin),
        })
    }
}
