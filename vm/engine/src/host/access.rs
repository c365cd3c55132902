//! The only way from the host to a contract's gas and memory.
//!
//! The order inside a host function is: fixed charge, length against its limit, charge per byte, copy, work.
//! The type here cannot be had without the first, and copies only after the others.

use std::ops::Range;

use lockstep_abi::{
    Gas, Halt,
    host::{Access, HostFunction, Price},
    limits::run::MAX_KEY_BYTES,
};

use super::{CallContext, Env, Handles, Running};
use crate::{Budget, Fault, World, meter::Meters, outcome::Stop, place::MemoryPlace};

/// A host function under way, paid for.
pub(crate) struct HostCall<'a> {
    running: &'a mut Running,
    meters: Meters,
    memory: Option<MemoryPlace>,
    price: Price,
}

/// Bytes of the contract's memory that are there and paid for.
pub(super) struct Span(Range<usize>);

impl<'a> HostCall<'a> {
    /// Refuses what a read-only call may not do, and takes the fixed charge.
    pub(super) fn enter(env: &'a mut Env, row: HostFunction) -> Result<Self, Stop> {
        let Env { call: Some(running), handles: Some(Handles { memory, meters }) } = env else {
            return Err(Fault::Artifact { what: "a call under way" }.into());
        };
        let price = row.price();
        let mut call = Self { running, meters: *meters, memory: *memory, price };
        call.charge(price.fixed)?;
        match (row.access(), call.context().access) {
            (Access::Write, Access::Read) => Err(Halt::WriteInView.into()),
            (Access::Read, _) | (Access::Write, Access::Write) => Ok(call),
        }
    }

    /// Takes `gas`, before the work that it is for.
    ///
    /// # Errors
    /// [`Halt::OutOfGas`] if less is left, or if the code before already overdrew.
    pub(super) fn charge(&mut self, gas: u64) -> Result<(), Stop> {
        if self.meters.charge(gas) { Ok(()) } else { Err(Halt::OutOfGas.into()) }
    }

    /// What a contract that is called from here may use: all but a 64th of the gas that is left, so that the
    /// caller can always deal with the answer, and all of the stack.
    pub(super) fn budget(&mut self, gas_limit: Gas) -> Result<Budget, Stop> {
        let Gas(gas) = self.gas_left()?;
        let stack = u32::try_from(self.meters.level().stack).map_err(|_| Halt::StackOverflow)?;
        let most = Gas(gas.saturating_sub(gas.div_ceil(64)));
        Ok(Budget { gas: most.min(gas_limit), stack_units: stack })
    }

    /// The gas that is left.
    pub(super) fn gas_left(&mut self) -> Result<Gas, Stop> {
        let left = u64::try_from(self.meters.gas()).map_err(|_| Halt::OutOfGas)?;
        Ok(Gas(left))
    }

    /// The call that this one is a part of.
    pub(super) fn running(&mut self) -> &mut Running {
        self.running
    }

    pub(super) fn context(&self) -> &CallContext {
        &self.running.context
    }

    pub(super) fn world(&mut self) -> &mut dyn World {
        self.running.world()
    }

    /// Takes the price of reading `len` bytes, and sees that they are there.
    ///
    /// # Errors
    /// [`Halt::HostArgument`] over `max`; [`Halt::HostMemory`] outside the memory.
    pub(super) fn span(&mut self, ptr: u32, len: u32, max: u32) -> Result<Span, Stop> {
        if len > max {
            return Err(Halt::HostArgument.into());
        }
        self.charge_bytes(len as usize)?;
        let start = ptr as usize;
        let length = memory(&mut self.memory)?.len();
        let end = start.checked_add(len as usize).filter(|end| *end <= length).ok_or(Halt::HostMemory)?;
        Ok(Span(start..end))
    }

    /// The span of a key.
    pub(super) fn key(&mut self, ptr: u32, len: u32) -> Result<Span, Stop> {
        self.span(ptr, len, MAX_KEY_BYTES)
    }

    /// The bytes of a span, in place, and the world that they are for.
    pub(super) fn lend(&mut self, Span(span): &Span) -> (&[u8], &mut dyn World) {
        let bytes = memory(&mut self.memory).ok().and_then(|memory| memory.get(span.clone()));
        (bytes.unwrap_or_default(), self.running.world())
    }

    /// Copies `len` bytes out of the contract's memory.
    ///
    /// # Errors
    /// As [`Self::span`].
    pub(super) fn read(&mut self, ptr: u32, len: u32, max: u32) -> Result<Vec<u8>, Stop> {
        let span = self.span(ptr, len, max)?;
        Ok(self.lend(&span).0.to_vec())
    }

    /// Copies a fixed number of bytes out of the contract's memory.
    pub(super) fn read_array<const N: usize>(&mut self, ptr: u32) -> Result<[u8; N], Stop> {
        self.charge_bytes(N)?;
        let bytes = memory(&mut self.memory)?.get(ptr as usize..).and_then(<[u8]>::first_chunk).copied();
        bytes.ok_or_else(|| Halt::HostMemory.into())
    }

    /// Copies bytes into the contract's memory.
    ///
    /// # Errors
    /// [`Halt::HostMemory`] outside the memory.
    pub(super) fn write(&mut self, ptr: u32, bytes: &[u8]) -> Result<(), Stop> {
        self.charge_bytes(bytes.len())?;
        copy_in(&mut self.memory, ptr, bytes)
    }

    /// Keeps a result of unknown length in the buffer and copies what fits; returns the whole length, which
    /// is what is paid for.
    pub(super) fn answer(&mut self, out: u32, cap: u32, bytes: Vec<u8>) -> Result<u32, Stop> {
        self.charge_bytes(bytes.len())?;
        let length = u32::try_from(bytes.len()).map_err(|_| Halt::HostArgument)?;
        let fits = bytes.get(..cap.min(length) as usize).unwrap_or_default();
        copy_in(&mut self.memory, out, fits)?;
        self.running.buffer = bytes;
        Ok(length)
    }

    /// Copies what the call under way holds, and is paid for, into the contract's memory.
    ///
    /// # Errors
    /// [`Halt::HostArgument`] if it holds no such thing; [`Halt::HostMemory`] outside the memory.
    pub(super) fn copy_in(
        &mut self,
        ptr: u32,
        find: impl FnOnce(&Running) -> Option<&[u8]>,
    ) -> Result<(), Stop> {
        let bytes = find(self.running).ok_or(Halt::HostArgument)?;
        copy_in(&mut self.memory, ptr, bytes)
    }

    /// Takes the row's price for so many bytes.
    pub(super) fn charge_bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        self.charge((bytes as u64).saturating_mul(self.price.per_byte))
    }
}

/// The contract's memory; without one, no address is in it.
fn memory(place: &mut Option<MemoryPlace>) -> Result<&mut [u8], Halt> {
    place.as_mut().map(MemoryPlace::bytes).ok_or(Halt::HostMemory)
}

fn copy_in(place: &mut Option<MemoryPlace>, ptr: u32, bytes: &[u8]) -> Result<(), Stop> {
    let start = ptr as usize;
    let to = start.checked_add(bytes.len()).and_then(|end| memory(place).ok()?.get_mut(start..end));
    to.ok_or(Halt::HostMemory)?.copy_from_slice(bytes);
    Ok(())
}
