//! Other contracts: calling them, creating them, and sending value.
//!
//! A call is synchronous and has a gas limit of its own. If it fails, what it wrote is dropped and the caller
//! goes on with a [`CallError`]. Return it as an error of your own unless the caller's work stands without it.

use alloc::vec::Vec;

use lockstep_abi::{Address, Amount, Gas, Hash};

use crate::{
    codec::{self, Encode, Malformed, Output},
    host::{self, Answer, trap},
};

/// Why another contract did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// It stopped with its own error.
    Failed {
        /// The error's code in its interface, or that of a [`StandardError`](crate::error::StandardError); 0 means that the
        /// payload is a message in UTF-8.
        code: u32,
        /// The error's fields in borsh; [`ContractError::from_parts`](crate::error::ContractError::from_parts)
        /// reads them.
        payload: Vec<u8>,
    },
    /// The VM stopped it: out of gas, a panic, no such contract or method.
    Halted {
        /// The code of the [`Halt`](lockstep_abi::Halt).
        code: u8,
    },
}

/// Arguments that are encoded already, for [`call`]: those of a call that somebody else has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoded<'a>(pub &'a [u8]);

impl Encode for Encoded<'_> {
    const SIZE: Option<usize> = None;

    #[inline(always)]
    fn encode(&self, out: &mut impl Output) {
        out.write(self.0);
    }
}

/// Which contract is called, and with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The contract.
    pub address: Address,
    /// The most gas for the call; all but a 64th of what is left is given at the most.
    pub gas: Gas,
    /// What goes to the contract.
    pub value: Amount,
}

impl Target {
    /// A contract, with all the gas that may be given and no value.
    #[must_use]
    #[inline(always)]
    pub const fn new(address: Address) -> Self {
        Self { address, gas: Gas(u64::MAX), value: Amount::ZERO }
    }
}

/// The contract has less than it wants to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InsufficientBalance;

/// Calls `method` of the contract `to` and returns what it returns, in borsh (see [`codec::decode`]).
///
/// `args` is the tuple of the arguments, `()` for none. `value` goes from this contract to the other.
/// `gas_limit` bounds what the other may use; all but a 64th of what is left is given at the most.
///
/// # Errors
/// [`CallError`] if the call failed; everything that it did is dropped, the value comes back.
pub fn call(
    to: Address,
    method: &str,
    args: &impl Encode,
    value: Amount,
    gas_limit: Gas,
) -> Result<Vec<u8>, CallError> {
    let target = Target { address: to, gas: gas_limit, value };
    codec::with_encoded(args, |args| send(&target, method, args))
}

/// The same with arguments that are encoded. Not inlined: a contract makes several calls.
#[inline(never)]
pub(crate) fn send(target: &Target, method: &str, args: &[u8]) -> Result<Vec<u8>, CallError> {
    returned(host::call(&call_request(target, method, args)))
}

/// What [`create`] makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// The hash of stored code.
    pub code: Hash,
    /// Tells apart the contracts of one creator; the address follows from both.
    pub salt: [u8; 32],
    /// What goes from this contract to the new one.
    pub value: Amount,
    /// Who may change the code; nobody if absent.
    pub admin: Option<Address>,
    /// The most gas for `init`, set-up included.
    pub gas_limit: Gas,
}

/// Creates a contract, runs its `init` method if one is named, and returns its address.
///
/// # Errors
/// [`CallError`] if there is no such code, if the address is taken, or if `init` failed.
pub fn create<A: Encode>(creation: &Creation, init: Option<(&str, &A)>) -> Result<Address, CallError> {
    let request = create_request(creation, init);
    let address = returned(host::create(&request))?;
    match codec::decode(&address) {
        Ok(address) => Ok(address),
        Err(Malformed) => trap("the host returns an address"),
    }
}

/// Sends `amount` of the chain's currency from this contract to `to`. No code of the receiver runs.
///
/// # Errors
/// [`InsufficientBalance`] if this contract has less; nothing was sent.
#[inline]
pub fn transfer(to: Address, amount: Amount) -> Result<(), InsufficientBalance> {
    if host::transfer(&to.0, &amount.0.to_le_bytes()) { Ok(()) } else { Err(InsufficientBalance) }
}

/// The bytes of a `lockstep_abi::host::CallRequest`.
#[inline(always)]
fn call_request(target: &Target, method: &str, args: &[u8]) -> Vec<u8> {
    let Target { address, gas, value } = target;
    codec::encode(&(address, method, args, value, gas.0))
}

/// The bytes of a `lockstep_abi::host::CreateRequest`.
fn create_request<A: Encode>(creation: &Creation, init: Option<(&str, &A)>) -> Vec<u8> {
    let init = init.map(|(method, args)| (method, codec::encode(args)));
    let Creation { code, salt, value, admin, gas_limit } = creation;
    codec::encode(&(code, salt, init, value, admin, gas_limit.0))
}

/// What was returned.
fn returned(answer: Answer) -> Result<Vec<u8>, CallError> {
    match answer {
        Answer::Done(length) => Ok(host::buffer(0, length)),
        Answer::Failed(code) => {
            // The code is before it.
            let payload = host::buffer(code.len(), host::buffer_size().saturating_sub(code.len()));
            Err(CallError::Failed { code: u32::from_le_bytes(code), payload })
        }
        Answer::Halted(code) => Err(CallError::Halted { code }),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use lockstep_abi::{
        MethodName, codec as wire,
        host::{CallRequest, CreateRequest},
        tx::{Input, Invocation},
    };

    use super::*;

    fn arguments() -> Input {
        let bytes: Vec<u8> = wire::encode(&(7_u64, "seven".to_string()));
        Input::try_from(bytes).expect("it is short")
    }

    #[test]
    fn a_call_request_is_written_as_the_host_reads_it() {
        let request = CallRequest {
            to: Address([3; 32]),
            method: "transfer".parse::<MethodName>().expect("it is a name"),
            args: arguments(),
            value: Amount(5),
            gas_limit: Gas::mega(500),
        };
        let target = Target { address: request.to, gas: request.gas_limit, value: request.value };
        let ours = call_request(&target, "transfer", &codec::encode(&(7_u64, "seven")));
        assert_eq!(ours, wire::encode(&request));
    }

    #[test]
    fn encoded_arguments_are_sent_as_they_are() {
        let encoded = codec::encode(&(7_u64, "seven"));
        assert_eq!(codec::encode(&Encoded(&encoded)), encoded);
    }

    #[test]
    fn a_create_request_is_written_as_the_host_reads_it() {
        let method = "new".parse::<MethodName>().expect("it is a name");
        for init in [None, Some(Invocation { method, args: arguments() })] {
            let creation = Creation {
                code: Hash([9; 32]),
                salt: [1; 32],
                value: Amount(8),
                admin: init.is_some().then_some(Address([2; 32])),
                gas_limit: Gas(77),
            };
            let args = (7_u64, "seven");
            let ours = create_request(&creation, init.is_some().then_some(("new", &args)));
            let theirs = CreateRequest {
                code: creation.code,
                salt: creation.salt,
                init,
                value: creation.value,
                admin: creation.admin,
                gas_limit: creation.gas_limit,
            };
            assert_eq!(ours, wire::encode(&theirs));
        }
    }
}
