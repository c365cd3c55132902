//! Reads and writes what the chain itself keeps in the state: accounts, contracts, code.
//!
//! The records' types and form are `lockstep-abi`'s, since a light client reads them too.

use borsh::{BorshDeserialize, BorshSerialize};
use lockstep_abi::{Address, Amount, Hash};
use lockstep_engine::Fault;
use lockstep_state::{Delta, Read, StateError, key};

pub use lockstep_abi::state::{Account, ContractRecord};

/// The store under the state failed: a fault of this machine.
pub(crate) fn broken(error: StateError) -> Fault {
    Fault::World(Box::new(error))
}

/// The account of an address; an empty one if it is unknown.
///
/// # Errors
/// [`Fault`] if the state cannot be read.
pub fn account(state: &dyn Read, address: &Address) -> Result<Account, Fault> {
    Ok(record(state, &key::account(address))?.unwrap_or_default())
}

/// The contract at an address, if there is one.
///
/// # Errors
/// [`Fault`] if the state cannot be read.
pub fn contract(state: &dyn Read, address: &Address) -> Result<Option<ContractRecord>, Fault> {
    record(state, &key::contract(address))
}

/// Stored code, if there is any of this hash.
///
/// # Errors
/// [`Fault`] if the state cannot be read.
pub fn code(state: &dyn Read, hash: &Hash) -> Result<Option<Vec<u8>>, Fault> {
    state.get(&key::code(hash)).map_err(broken)
}

/// How many bytes stored code has, if there is any of this hash. Does not read the code.
pub(crate) fn code_size(state: &dyn Read, hash: &Hash) -> Result<Option<u32>, Fault> {
    record(state, &key::code_size(hash))
}

/// Stores code and its size.
pub(crate) fn set_code(state: &mut Delta<'_>, hash: &Hash, wasm: &[u8]) {
    // A module has a mebibyte at the most.
    let size = u32::try_from(wasm.len()).unwrap_or(u32::MAX);
    state.set(key::code_size(hash), encode(&size));
    state.set(key::code(hash), wasm.to_vec());
}

fn record<T: BorshDeserialize>(state: &dyn Read, key: &[u8]) -> Result<Option<T>, Fault> {
    match state.get(key).map_err(broken)? {
        None => Ok(None),
        // Not `codec::decode`, which encodes again and compares: records are of types that have one form only.
        Some(bytes) => borsh::from_slice(&bytes).map(Some).map_err(|_| {
            broken(StateError::Damaged { what: "a record of the chain's own cannot be decoded" })
        }),
    }
}

fn encode<T: BorshSerialize>(record: &T) -> Vec<u8> {
    // Not `codec::encode`: it makes room for a kilobyte, and a block holds every record that it wrote.
    let mut bytes = Vec::with_capacity(size_of::<T>());
    record.serialize(&mut bytes).expect("a record is written to memory");
    bytes
}

pub(crate) fn set_account(state: &mut Delta<'_>, address: &Address, account: Account) {
    let key = key::account(address);
    if account == Account::default() {
        state.remove(key);
    } else {
        state.set(key, encode(&account));
    }
}

pub(crate) fn set_contract(state: &mut Delta<'_>, address: &Address, contract: &ContractRecord) {
    state.set(key::contract(address), encode(contract));
}

/// Adds to a balance.
///
/// # Errors
/// [`Fault`] if the sum overflows: the supply is fixed at genesis to fit, so this is our bug.
pub(crate) fn credit(state: &mut Delta<'_>, to: &Address, amount: Amount) -> Result<(), Fault> {
    let mut account = account(state, to)?;
    account.balance = account
        .balance
        .checked_add(amount)
        .map_err(|_| broken(StateError::Damaged { what: "there is more currency than genesis made" }))?;
    set_account(state, to, account);
    Ok(())
}

/// Moves `amount`; `false`, and nothing moves, if `from` has less.
pub(crate) fn transfer(
    state: &mut Delta<'_>,
    from: &Address,
    to: &Address,
    amount: Amount,
) -> Result<bool, Fault> {
    let mut sender = account(state, from)?;
    let Ok(left) = sender.balance.checked_sub(amount) else { return Ok(false) };
    // Written before the receiver is read: they may be the same.
    sender.balance = left;
    set_account(state, from, sender);
    credit(state, to, amount)?;
    Ok(true)
}
