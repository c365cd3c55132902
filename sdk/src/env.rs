//! What surrounds a call: who called, with what value, in which block.

use alloc::string::String;

use lockstep_abi::{Address, Amount, Height, Time, limits::wire::MAX_CHAIN_ID_BYTES};

use crate::{
    codec::{self, SCRATCH_BYTES, scratch},
    host::{self, trap},
};

/// Who called: the account that signed, or the contract that made the call.
///
/// The one to check permissions with. [`origin`] is not: a malicious contract that the owner happens to use would pass.
#[must_use]
#[inline(always)]
pub fn caller() -> Address {
    Address(host::caller())
}

/// The contract itself.
#[must_use]
#[inline(always)]
pub fn own_address() -> Address {
    Address(host::own_address())
}

/// Who signed the transaction. Not a permission: see [`caller`].
#[must_use]
#[inline(always)]
pub fn origin() -> Address {
    Address(host::origin())
}

/// What came with the call, in the chain's currency. Zero in all methods but `#[payable]` ones.
#[must_use]
#[inline(always)]
pub fn value() -> Amount {
    Amount(u128::from_le_bytes(host::value()))
}

/// The balance of any account or contract, in the chain's currency.
#[must_use]
#[inline(always)]
pub fn balance(of: Address) -> Amount {
    Amount(u128::from_le_bytes(host::balance(&of.0)))
}

/// The height of the block.
#[must_use]
#[inline(always)]
pub fn block_height() -> Height {
    Height(host::block_height())
}

/// The time of the block. The producer chooses it, after the parent's.
#[must_use]
#[inline(always)]
pub fn block_time() -> Time {
    Time(host::block_time())
}

/// The name of the chain.
#[must_use]
pub fn chain_id() -> String {
    const { assert!(MAX_CHAIN_ID_BYTES <= SCRATCH_BYTES, "it is read at once") };
    let mut scratch = scratch();
    match host::chain_id(&mut scratch).map(|name| codec::text(codec::copy(name))) {
        Some(Ok(name)) => name,
        _ => trap("the name of a chain is ASCII"),
    }
}
