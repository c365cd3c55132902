//! The only way from the host to a contract's gas and memory.
//!
//! The order inside a host function is: fixed charge, length against its limit, charge per byte, copy, work.
//! The type here cannot be had without the first, and copies only after the others.

use lockstep_abi::{
    Gas, Halt,
    host::{Access, HostFunction, Price},
};
use wasmer::FunctionEnvMut;

use super::{CallContext, Env, Handles, Running};
use crate::{Budget, Fault, World, meter::Level, outcome::Stop};

/// A host function under way, paid for.
pub(crate) struct HostCall<'a> {
    env: FunctionEnvMut<'a, Env>,
    handles: Handles,
    price: Price,
}

impl<'a> HostCall<'a> {
    /// Refuses what a read-only call may not do, and takes the fixed charge.
    pub(super) fn enter(env: FunctionEnvMut<'a, Env>, row: HostFunction) -> Result<Self, Stop> {
        let handles = env.data().handles.clone().ok_or(Fault::Artifact { what: "an instance" })?;
        let price = row.price();
        let mut call = Self { env, handles, price };
        call.charge(price.fixed)?;
        match (row.access(), call.running()?.context.access) {
            (Access::Write, Access::Read) => Err(Halt::WriteInView.into()),
            (Access::Read, _) | (Access::Write, Access::Write) => Ok(call),
        }
    }

    /// Takes `gas`, before the work that it is for.
    ///
    /// # Errors
    /// [`Halt::OutOfGas`] if less is left, or if the code before already overdrew.
    pub(super) fn charge(&mut self, gas: u64) -> Result<(), Stop> {
        if self.handles.meters.charge(&mut self.env, gas)? { Ok(()) } else { Err(Halt::OutOfGas.into()) }
    }

    /// What a contract that is called from here may use: all but a 64th of the gas that is left, so that the
    /// caller can always deal with the answer, and all of the stack.
    pub(super) fn budget(&mut self, gas_limit: Gas) -> Result<Budget, Stop> {
        let Gas(gas) = self.gas_left()?;
        let stack = u32::try_from(self.level()?.stack).map_err(|_| Halt::StackOverflow)?;
        let most = Gas(gas.saturating_sub(gas.div_ceil(64)));
        Ok(Budget { gas: most.min(gas_limit), stack_units: stack })
    }

    /// The gas that is left.
    pub(super) fn gas_left(&mut self) -> Result<Gas, Stop> {
        let left = u64::try_from(self.level()?.gas).map_err(|_| Halt::OutOfGas)?;
        Ok(Gas(left))
    }

    fn level(&mut self) -> Result<Level, Fault> {
        self.handles.meters.level(&mut self.env)
    }

    /// The call that this one is a part of.
    pub(super) fn running(&mut self) -> Result<&mut Running, Fault> {
        self.env.data_mut().call.as_mut().ok_or(Fault::Artifact { what: "a call under way" })
    }

    pub(super) fn context(&mut self) -> Result<&CallContext, Fault> {
        Ok(&self.running()?.context)
    }

    pub(super) fn world(&mut self) -> Result<&mut dyn World, Fault> {
        Ok(self.running()?.world())
    }

    /// Copies `len` bytes out of the contract's memory.
    ///
    /// # Errors
    /// [`Halt::HostArgument`] over `max`; [`Halt::HostMemory`] outside the memory.
    pub(super) fn read(&mut self, ptr: u32, len: u32, max: u32) -> Result<Vec<u8>, Stop> {
        if len > max {
            return Err(Halt::HostArgument.into());
        }
        self.charge_bytes(len as usize)?;
        self.with_memory(|memory| {
            let end = (ptr as usize).checked_add(len as usize)?;
            memory.get(ptr as usize..end).map(<[u8]>::to_vec)
        })
    }

    /// Copies a fixed number of bytes out of the contract's memory.
    pub(super) fn read_array<const N: usize>(&mut self, ptr: u32) -> Result<[u8; N], Stop> {
        self.charge_bytes(N)?;
        self.with_memory(|memory| memory.get(ptr as usize..)?.first_chunk().copied())
    }

    /// Copies bytes into the contract's memory.
    ///
    /// # Errors
    /// [`Halt::HostMemory`] outside the memory.
    pub(super) fn write(&mut self, ptr: u32, bytes: &[u8]) -> Result<(), Stop> {
        self.charge_bytes(bytes.len())?;
        self.copy_in(ptr, bytes)
    }

    /// Keeps a result of unknown length in the buffer and copies what fits; returns the whole length, which
    /// is what is paid for.
    pub(super) fn answer(&mut self, out: u32, cap: u32, bytes: Vec<u8>) -> Result<u32, Stop> {
        self.charge_bytes(bytes.len())?;
        let length = u32::try_from(bytes.len()).map_err(|_| Halt::HostArgument)?;
        let fits = bytes.get(..cap.min(length) as usize).unwrap_or_default();
        self.copy_in(out, fits)?;
        self.running()?.buffer = bytes;
        Ok(length)
    }

    /// Copies bytes that are paid for into the contract's memory.
    pub(super) fn copy_in(&mut self, ptr: u32, bytes: &[u8]) -> Result<(), Stop> {
        self.with_memory(|memory| {
            let end = (ptr as usize).checked_add(bytes.len())?;
            memory.get_mut(ptr as usize..end).map(|to| to.copy_from_slice(bytes))
        })
    }

    /// Takes the row's price for so many bytes.
    pub(super) fn charge_bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        self.charge((bytes as u64).saturating_mul(self.price.per_byte))
    }

    fn with_memory<T>(&mut self, use_it: impl FnOnce(&mut [u8]) -> Option<T>) -> Result<T, Stop> {
        let Some(memory) = &self.handles.memory else { return Err(Halt::HostMemory.into()) };
        let view = memory.view(&self.env);
        // SAFETY: one thread runs the instance, and it waits for this function; nothing grows the memory
        // while the slice lives.
        #[expect(unsafe_code, reason = "Wasmer's own copy goes through volatile loops of 8 bytes")]
        let bytes = unsafe { view.data_unchecked_mut() };
        use_it(bytes).ok_or_else(|| Halt::HostMemory.into())
    }
}
