//! Compares what a block or a query came to in the VM with what it came to natively.
//!
//! Gas differs between the two, so fees do: each is put back where it came from before balances are compared.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_abi::{
    Address, Halt, Receipt,
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

/// Where the two differ, in words; `None` if they do not, or if a limit ended the first, which the second does not have.
pub(super) fn difference(vm: &Executed, native: &Executed, names: &Names) -> Option<String> {
    for (index, ((_, vm), (_, native))) in vm.answers.iter().zip(&native.answers).enumerate() {
        let (Ok(vm), Ok(native)) = (vm, native) else {
            if vm == native {
                continue;
            }
            return Some(said(&format!("transaction {index}"), vm, native));
        };
        if let Outcome::Halted { halt, .. } = &vm.outcome
            && is_limit(halt)
        {
            return None;
        }
        if vm.outcome != native.outcome {
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

/// Where the answers to a query differ, in words; as [`difference`].
pub(super) fn difference_of_answers(
    vm: &Result<Vec<u8>, Halt>,
    native: &Result<Vec<u8>, Halt>,
) -> Option<String> {
    let is_compared = !vm.as_ref().err().is_some_and(is_limit);
    (is_compared && vm != native).then(|| said("the answer", vm, native))
}

fn said<T: std::fmt::Debug>(what: &str, vm: &T, native: &T) -> String {
    format!("{what}\n      VM: {vm:?}\n  native: {native:?}")
}

/// Whether it is for want of what native code does not use up.
const fn is_limit(halt: &Halt) -> bool {
    matches!(halt, Halt::OutOfGas | Halt::StackOverflow)
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
