//! The SDK outside of the VM: host functions are answered by whoever runs a method.
//!
//! Native pointers do not fit the offsets of the host table, so what a function reads is copied to the front of a small
//! memory, and what it writes is copied back from there. Everything else of a contract is the same code as in the VM.
//!
//! `lockstep-testing` runs contracts so, to debug them and to compare both ways. With nobody to answer, as in a unit
//! test of a contract's crate, a host function panics.
#![allow(unsafe_code, reason = "what the host writes goes through pointers, as in the VM")]

extern crate std;

use alloc::{boxed::Box, vec::Vec};
use core::{
    cell::Cell,
    mem,
    ptr::{self, NonNull},
};
use std::panic::{catch_unwind, resume_unwind};

use lockstep_abi::host::{
    HostFunction,
    native::{Host, Over},
};

use crate::method::{Contract, Export};

std::thread_local! {
    /// Who answers the method that runs on this thread, if one does.
    static HOST: Cell<Option<NonNull<dyn Host>>> = const { Cell::new(None) };
    /// What the next host function reads, and where it writes.
    static MEMORY: Cell<Memory> = const { Cell::new(Memory { bytes: Vec::new(), rooms: Vec::new() }) };
}

/// The memory that offsets are in, for one host function.
#[derive(Default)]
struct Memory {
    bytes: Vec<u8>,
    rooms: Vec<Room>,
}

/// Bytes that the host may write, and where they go.
struct Room {
    offset: usize,
    to: *mut u8,
    length: usize,
}

/// Runs the method of `C` with this name, whose host functions `host` answers.
///
/// # Errors
/// [`Over`] if it did not come to its end: the host ended the call, or it panicked.
///
/// # Panics
/// If `C` has no such method.
pub fn run<C: Contract>(method: &str, host: &mut dyn Host) -> Result<(), Over> {
    let mut exports = C::EXPORTS.iter().copied().flatten();
    let export = exports.find(|export| export.name == method);
    let Export { run, .. } = export.unwrap_or_else(|| panic!("the contract has no method `{method}`"));
    // SAFETY: only the lifetime changes, and the pointer is taken back before this function is left.
    let host = unsafe { mem::transmute::<NonNull<dyn Host + '_>, NonNull<dyn Host>>(NonNull::from(host)) };
    let caller = HOST.replace(Some(host));
    let ended = catch_unwind(|| run());
    HOST.set(caller);
    ended.map_err(|_| Over)
}

/// The offset at which the host finds a copy of `bytes`.
pub(crate) fn at(bytes: &[u8]) -> u32 {
    let mut memory = MEMORY.take();
    let offset = memory.bytes.len();
    memory.bytes.extend_from_slice(bytes);
    MEMORY.set(memory);
    offset as u32
}

/// The offset at which the host finds room for `out`, which gets what is there after the next host function: what the
/// host has written, and zeros.
pub(crate) fn room<T>(out: &mut [T]) -> u32 {
    let mut memory = MEMORY.take();
    let (offset, length) = (memory.bytes.len(), size_of_val(out));
    memory.bytes.resize(offset + length, 0);
    memory.rooms.push(Room { offset, to: out.as_mut_ptr().cast(), length });
    MEMORY.set(memory);
    offset as u32
}

/// Asks the host.
///
/// # Safety
/// What [`room`] was given since the last question is still there, and may have any bytes.
pub(crate) unsafe fn ask(function: HostFunction, arguments: &[u64]) -> u64 {
    let Memory { mut bytes, mut rooms } = MEMORY.take();
    let Some(mut host) = HOST.take() else {
        // It panicked itself, and a destructor asks while that is on its way.
        if std::thread::panicking() {
            return 0;
        }
        panic!(
            "nobody answers the host function `{}`: contracts are run by `lockstep-testing`",
            function.name()
        )
    };
    // SAFETY: `run` has lent it, and nobody else has it: it is not in `HOST`.
    let answer = unsafe { host.as_mut() }.answer(function, arguments, &mut bytes);
    HOST.set(Some(host));
    let answer = match answer {
        Ok(answer) => answer,
        // A destructor asks, of which the VM runs none after a halt: it gets zeros, since unwinding twice would abort.
        Err(Over) if std::thread::panicking() => 0,
        // Not a panic: nothing is wrong, and nothing is to be printed.
        Err(Over) => resume_unwind(Box::new(Over)),
    };
    for Room { offset, to, length } in rooms.drain(..) {
        let from = &bytes[offset..offset + length];
        // SAFETY: there is room for as many bytes, as the caller promises, and the memory is no part of it.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), to, length) };
    }
    // The next one begins with the same allocations.
    bytes.clear();
    MEMORY.set(Memory { bytes, rooms });
    answer
}
