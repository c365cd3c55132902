//! Other contracts: sending to them, calling them, creating them.

use borsh::{BorshDeserialize, BorshSerialize};
use lockstep_abi::{
    Address, Amount, Halt, codec,
    halt::ErrorData,
    host::{Access, CallRequest, CreateRequest, status},
    limits::run::MAX_INPUT_BYTES,
};

use super::access::HostCall;
use crate::{Answer, outcome::Stop};

/// Bytes of an encoded request: the arguments and room for what is around them.
const MAX_REQUEST_BYTES: u32 = MAX_INPUT_BYTES + 512;

pub(super) fn transfer(call: &mut HostCall<'_>, to: u32, amount: u32) -> Result<u32, Stop> {
    let to = Address(call.read_array(to)?);
    let amount = Amount(u128::from_le_bytes(call.read_array(amount)?));
    let sent = call.world().transfer(&to, amount)?;
    Ok(u32::from(!sent))
}

pub(super) fn call(
    call: &mut HostCall<'_>,
    request: u32,
    request_len: u32,
    out: u32,
    cap: u32,
) -> Result<i64, Stop> {
    let request: CallRequest = read_request(call, request, request_len)?;
    if call.context().access == Access::Read && request.value != Amount::ZERO {
        return Err(Halt::WriteInView.into());
    }
    let budget = call.budget(request.gas_limit)?;
    let answer = call.world().call(request, budget)?;
    settle(call, answer, out, cap)
}

pub(super) fn create(
    call: &mut HostCall<'_>,
    request: u32,
    request_len: u32,
    out: u32,
    cap: u32,
) -> Result<i64, Stop> {
    let request: CreateRequest = read_request(call, request, request_len)?;
    let budget = call.budget(request.gas_limit)?;
    let answer = call.world().create(request, budget)?;
    settle(call, answer, out, cap)
}

fn read_request<T: BorshSerialize + BorshDeserialize>(
    call: &mut HostCall<'_>,
    ptr: u32,
    len: u32,
) -> Result<T, Stop> {
    let bytes = call.read(ptr, len, MAX_REQUEST_BYTES)?;
    codec::decode(&bytes, bytes.len()).map_err(|_| Halt::HostArgument.into())
}

/// Takes what the callee used and hands its answer to the caller.
fn settle(call: &mut HostCall<'_>, answer: Answer, out: u32, cap: u32) -> Result<i64, Stop> {
    call.charge(answer.gas_used.0)?;
    match answer.result {
        Ok(data) => call.answer(out, cap, data).map(i64::from),
        Err(Halt::Contract { code, data }) => {
            let payload = [code.to_le_bytes().as_slice(), &data as &ErrorData].concat();
            call.answer(out, cap, payload)?;
            Ok(status::FAILED)
        }
        Err(halt) => {
            call.answer(out, cap, vec![halt.code()])?;
            Ok(status::HALTED)
        }
    }
}
