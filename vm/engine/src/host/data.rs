//! Arguments, results, errors, the log.

use lockstep_abi::{
    Bytes, Halt,
    limits::run::{MAX_ERROR_BYTES, MAX_LOG_BYTES, MAX_RESULT_BYTES},
};

use super::access::HostCall;
use crate::outcome::Stop;

pub(super) fn input_size(call: &mut HostCall<'_>) -> Result<u32, Stop> {
    u32::try_from(call.running().input.len()).map_err(|_| Halt::HostArgument.into())
}

pub(super) fn input_read(call: &mut HostCall<'_>, out: u32, cap: u32) -> Result<u32, Stop> {
    let length = input_size(call)?;
    if length > cap {
        return Err(Halt::HostArgument.into());
    }
    call.charge_bytes(length as usize)?;
    call.copy_in(out, |running| Some(&running.input))?;
    Ok(length)
}

pub(super) fn buffer_size(call: &mut HostCall<'_>) -> Result<u32, Stop> {
    u32::try_from(call.running().buffer.len()).map_err(|_| Halt::HostArgument.into())
}

pub(super) fn buffer_read(call: &mut HostCall<'_>, offset: u32, out: u32, len: u32) -> Result<(), Stop> {
    call.charge_bytes(len as usize)?;
    let from = offset as usize;
    call.copy_in(out, |running| running.buffer.get(from..from.checked_add(len as usize)?))
}

pub(super) fn return_data(call: &mut HostCall<'_>, ptr: u32, len: u32) -> Result<(), Stop> {
    let data = call.read(ptr, len, MAX_RESULT_BYTES)?;
    call.running().result = data;
    Ok(())
}

pub(super) fn fail(call: &mut HostCall<'_>, code: u32, ptr: u32, len: u32) -> Result<(), Stop> {
    let data = Bytes::try_from(call.read(ptr, len, MAX_ERROR_BYTES)?).map_err(|_| Halt::HostArgument)?;
    Err(Halt::Contract { code, data }.into())
}

pub(super) fn debug_log(call: &mut HostCall<'_>, ptr: u32, len: u32) -> Result<(), Stop> {
    let span = call.span(ptr, len, MAX_LOG_BYTES)?;
    let (message, world) = call.lend(&span);
    world.log(message);
    Ok(())
}
