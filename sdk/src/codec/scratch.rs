//! Bytes of values, where they are needed for a moment: most have a few dozen and stay on the stack.
//!
//! Longer ones are counted first and then written into an allocation of exactly that size. So nothing
//! here grows, and the code for growing a vector is in a contract only if its author's code needs it.
#![allow(unsafe_code, reason = "reads back the initialised part of a buffer")]

use alloc::{
    alloc::{Layout, alloc},
    vec::Vec,
};
use core::mem::MaybeUninit;

use super::{Encode, Output};
use crate::host::{Free, trap};

/// Bytes that stay on the stack; as many as a key of storage may have.
pub(crate) const SCRATCH_BYTES: usize = lockstep_abi::limits::run::MAX_KEY_BYTES as usize;

/// A buffer on the stack.
pub(crate) type Scratch = [MaybeUninit<u8>; SCRATCH_BYTES];

/// An empty buffer on the stack.
#[inline(always)]
pub(crate) const fn scratch() -> Scratch {
    [MaybeUninit::uninit(); SCRATCH_BYTES]
}

/// An [`Output`] over a buffer. Writing more than fits traps.
pub(crate) struct Cursor<'a> {
    buffer: &'a mut Free,
    length: usize,
}

impl<'a> Cursor<'a> {
    #[inline(always)]
    pub(crate) const fn new(buffer: &'a mut Free) -> Self {
        Self { buffer, length: 0 }
    }

    /// What was written.
    #[inline(always)]
    pub(crate) fn written(self) -> &'a [u8] {
        // SAFETY: `write` has initialised the first `length` bytes, and checked that they fit.
        unsafe { self.buffer.get_unchecked(..self.length).assume_init_ref() }
    }
}

impl Output for Cursor<'_> {
    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) {
        // `length` is at most the buffer's.
        if bytes.len() > self.buffer.len().wrapping_sub(self.length) {
            trap("the encoding is longer than its limit");
        }
        // SAFETY: there is room for `bytes` behind the first `length` bytes, as was checked. Not a copy between
        // slices: its own check that the lengths agree would bring in the formatting of numbers.
        unsafe {
            let free = self.buffer.as_mut_ptr().cast::<u8>().add(self.length);
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), free, bytes.len());
        }
        self.length = self.length.wrapping_add(bytes.len());
    }
}

/// A [`Cursor`] for values of any length. Not inlined, since they take many writes.
struct Long<'a>(Cursor<'a>);

impl Output for Long<'_> {
    #[inline(never)]
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
}

/// An [`Output`] that only counts.
struct Count(usize);

impl Output for Count {
    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) {
        self.0 = self.0.wrapping_add(bytes.len());
    }
}

/// The bytes of `value`.
#[inline(always)]
pub(super) fn encode<T: Encode + ?Sized>(value: &T) -> Vec<u8> {
    let size = match T::SIZE {
        Some(size) => size,
        None => {
            let mut count = Count(0);
            value.encode(&mut count);
            count.0
        }
    };
    let mut bytes = allocate(size);
    let mut long = Long(Cursor::new(bytes.spare_capacity_mut()));
    value.encode(&mut long);
    let length = long.0.length;
    // SAFETY: that many were written.
    unsafe { bytes.set_len(length) };
    bytes
}

/// Hands the bytes of `value` to `user`: from the stack if no value of the type is long.
#[inline(always)]
pub(crate) fn with_encoded<T: Encode + ?Sized, R>(value: &T, user: impl FnOnce(&[u8]) -> R) -> R {
    if const { is_short(T::MAX_SIZE) } {
        let mut scratch = scratch();
        let mut cursor = Cursor::new(&mut scratch);
        value.encode(&mut cursor);
        user(cursor.written())
    } else {
        user(&encode(value))
    }
}

/// A copy of `bytes`.
#[inline(never)]
pub(crate) fn copy(bytes: &[u8]) -> Vec<u8> {
    let mut copy = allocate(bytes.len());
    let mut cursor = Cursor::new(copy.spare_capacity_mut());
    cursor.write(bytes);
    // SAFETY: all were written.
    unsafe { copy.set_len(bytes.len()) };
    copy
}

/// An empty vector with room for `capacity` bytes.
///
/// Not `Vec::with_capacity`: its answers to a size over half the memory and to a failed allocation are three
/// times as long, and the allocator of a contract never fails.
#[inline(never)]
pub(crate) fn allocate(capacity: usize) -> Vec<u8> {
    let Ok(layout) = Layout::array::<u8>(capacity) else { trap("longer than the memory") };
    if capacity == 0 {
        return Vec::new();
    }
    // SAFETY: the size is not 0.
    let block = unsafe { alloc(layout) };
    if block.is_null() {
        trap("out of memory");
    }
    // SAFETY: the block was just allocated by the global allocator with this size and alignment.
    unsafe { Vec::from_raw_parts(block, 0, capacity) }
}

pub(crate) const fn is_short(size: Option<usize>) -> bool {
    match size {
        Some(size) => size <= SCRATCH_BYTES,
        None => false,
    }
}
