//! Compares what a block or a query came to in the VM with what it came to natively.
//!
//! Gas differs between the two, so fees do: each is put back where it came from before balances are compared. What ends at
//! a limit that native code does not have is not compared, and not even executed natively, where it might not end.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_abi::{
    Address, Halt, Receipt, StandardError,
    receipt::Outcome,
    state::{Account, key},
};
use lockstep_runtime::InvalidTx;
use lockstep_state::Changes;

use super::PROPOSER;
use crate::show::{Names, hex};

/// What the transactions of a block came to.
pub(super) struct Executed {
    /// In order, with who sent each.
    pub(super) answers: Vec<(Address, Result<Receipt, InvalidTx>)>,
    pub(super) changes: Changes,
}

/// How many transactions come before the first that ended at a limit of the VM's.
pub(super) fn within_limits(vm: &Executed) -> usize {
    let ends_at_limit = |(_, answer): &(Address, Result<Receipt, InvalidTx>)| match answer {
        Ok(Receipt { outcome: Outcome::Halted { halt, .. }, .. }) => is_limit(halt),
        Ok(_) | Err(_) => false,
    };
    vm.answers.iter().position(ends_at_limit).unwrap_or(vm.answers.len())
}

/// Where the two differ, in words.
pub(super) fn difference(vm: &Executed, native: &Executed, names: &Names) -> Option<String> {
    for (index, ((_, vm), (_, native))) in vm.answers.iter().zip(&native.answers).enumerate() {
        let (vm, native) = match (vm, native) {
            (Ok(vm), Ok(native)) => (vm, native),
            // Their numbers depend on the fees of others in the block.
            (Err(vm), Err(native)) if vm.name() == native.name() => continue,
            _ => return Some(said(&format!("transaction {index}"), vm, native)),
        };
        if !is_same(&vm.outcome, &native.outcome) {
            return Some(said(&format!("transaction {index}"), &vm.outcome, &native.outcome));
        }
        if vm.events != native.events {
            return Some(said(&format!("the events of transaction {index}"), &vm.events, &native.events));
        }
    }
    let (vm, native) = (without_fees(vm), without_fees(native));
    let keys: BTreeSet<&Vec<u8>> = vm.keys().chain(native.keys()).collect();
    let key = keys.into_iter().find(|key| vm.get(*key) != native.get(*key))?;
    let shown = |changes: &BTreeMap<Vec<u8>, Option<Vec<u8>>>| match changes.get(key) {
        None => "not changed".to_owned(),
        Some(None) => "removed".to_owned(),
        Some(Some(value)) => format!("0x{}", hex(value)),
    };
    Some(format!("{}\n      VM: {}\n  native: {}", entry(key, names), shown(&vm), shown(&native)))
}

/// Where the answers to a query differ, in words.
pub(super) fn difference_of_answers(
    vm: &Result<Vec<u8>, Halt>,
    native: &Result<Vec<u8>, Halt>,
) -> Option<String> {
    let is_same = match (vm, native) {
        (Err(vm), Err(native)) => is_same_halt(vm, native),
        _ => vm == native,
    };
    (!is_same).then(|| said("the answer", vm, native))
}

fn is_same(vm: &Outcome, native: &Outcome) -> bool {
    match (vm, native) {
        (Outcome::Halted { action, halt }, Outcome::Halted { action: other, halt: native }) => {
            action == other && is_same_halt(halt, native)
        }
        _ => vm == native,
    }
}

/// A panic has a message in a development build of the Wasm, and none natively: that goes to the test's own output.
fn is_same_halt(vm: &Halt, native: &Halt) -> bool {
    vm == native || matches!((vm, native), (Halt::Contract { code: 0, .. }, Halt::Unreachable))
}

fn said<T: std::fmt::Debug>(what: &str, vm: &T, native: &T) -> String {
    format!("{what}\n      VM: {vm:?}\n  native: {native:?}")
}

/// Whether it is for want of what native code does not use up: gas, stack, and memory, where a contract's own stack ends.
/// Also if it was a contract called by this one.
pub(super) fn is_limit(halt: &Halt) -> bool {
    let own = [Halt::OutOfGas, Halt::StackOverflow, Halt::MemoryOutOfBounds];
    match halt {
        Halt::Contract { code, data } => match StandardError::from_parts(*code, data) {
            Some(StandardError::CallHalted { halt }) => own.iter().any(|own| own.code() == halt),
            _ => false,
        },
        halt => own.contains(halt),
    }
}

/// Every changed key with its new value, as if gas were free.
fn without_fees(executed: &Executed) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
    let Executed { answers, changes } = executed;
    let mut changes: BTreeMap<_, _> =
        changes.iter().map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))).collect();
    for (sender, answer) in answers {
        let Ok(Receipt { fee, .. }) = answer else { continue };
        // Modulo 2^128: what is put back in one place is taken away in another.
        for (payer, back) in [(*sender, fee.0), (PROPOSER, fee.0.wrapping_neg())] {
            let key = key::account(&payer).to_vec();
            let Some(value) = changes.get_mut(&key) else { continue };
            let account = value.as_deref().map(|value| Account::decode(value).expect("an account"));
            let mut account = account.unwrap_or_default();
            account.balance.0 = account.balance.0.wrapping_add(back);
            *value = Some(lockstep_abi::codec::encode(&account));
        }
    }
    changes
}

/// What a key of the state is, in words.
fn entry(entry: &[u8], names: &Names) -> String {
    let Some((space, owner, own)) = key::parts(entry) else { return format!("the entry 0x{}", hex(entry)) };
    let name = names.get(&Address(owner)).cloned().unwrap_or_else(|| Address(owner).to_string());
    match space {
        key::Space::Storage => format!("what {name} stores under 0x{}", hex(own)),
        key::Space::Account => format!("the account of {name}, fees put back"),
        key::Space::Contract => format!("the record of {name}"),
        key::Space::Code | key::Space::CodeSize => format!("the code {}", hex(&owner)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_one_also_in_a_contract_that_was_called() {
        let called = |halt: &Halt| {
            let error = StandardError::CallHalted { halt: halt.code() };
            Halt::Contract { code: error.code(), data: vec![halt.code()].try_into().unwrap() }
        };
        for halt in [Halt::OutOfGas, Halt::StackOverflow, Halt::MemoryOutOfBounds] {
            assert!(is_limit(&halt) && is_limit(&called(&halt)), "{halt}");
        }
        assert!(!is_limit(&Halt::Unreachable) && !is_limit(&called(&Halt::Unreachable)));
    }
}
