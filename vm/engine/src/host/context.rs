//! Who calls, with what, in which block; and balances.

use lockstep_abi::Address;

use super::access::HostCall;
use crate::outcome::Stop;

pub(super) fn caller(call: &mut HostCall<'_>, out: u32) -> Result<(), Stop> {
    let caller = call.context().caller;
    call.write(out, caller.as_bytes())
}

pub(super) fn own_address(call: &mut HostCall<'_>, out: u32) -> Result<(), Stop> {
    let own = call.context().own_address;
    call.write(out, own.as_bytes())
}

pub(super) fn origin(call: &mut HostCall<'_>, out: u32) -> Result<(), Stop> {
    let origin = call.context().origin;
    call.write(out, origin.as_bytes())
}

pub(super) fn value(call: &mut HostCall<'_>, out: u32) -> Result<(), Stop> {
    let value = call.context().value;
    call.write(out, &value.0.to_le_bytes())
}

pub(super) fn balance(call: &mut HostCall<'_>, address: u32, out: u32) -> Result<(), Stop> {
    let address = Address(call.read_array(address)?);
    let balance = call.world().balance(&address)?;
    call.write(out, &balance.0.to_le_bytes())
}

pub(super) fn block_height(call: &mut HostCall<'_>) -> Result<u64, Stop> {
    Ok(call.context().block.height.0)
}

pub(super) fn block_time(call: &mut HostCall<'_>) -> Result<u64, Stop> {
    Ok(call.context().block.time_ms)
}

pub(super) fn chain_id(call: &mut HostCall<'_>, out: u32, cap: u32) -> Result<u32, Stop> {
    let chain_id = call.context().block.chain_id.as_str().as_bytes().to_vec();
    call.answer(out, cap, chain_id)
}
