//! The boundary to the VM: every host function, as a safe function of slices.
//!
//! The externs are an expansion of the one table in `lockstep_abi::host`. What is handed over are pointers and
//! lengths of live slices; what is believed is that the host writes where it was told, as much as it was told,
//! and no further.
//!
//! Natively whoever runs the contract answers, see `native.rs`.
#![allow(unsafe_code, reason = "calls into the host go through pointers")]

use alloc::vec::Vec;
use core::mem::MaybeUninit;

use lockstep_abi::host::status;

use crate::codec::allocate;

/// Memory that the host fills.
pub(crate) type Free = [MaybeUninit<u8>];

macro_rules! externs {
    ($($(#[doc = $doc:literal])+ [$access:ident, $fixed:literal, $per_byte:literal]
        fn $name:ident($($param:ident: $type:ty),*) $(-> $result:ty)?;)+) => {
        #[cfg_attr(
            not(target_family = "wasm"),
            expect(clippy::too_many_arguments, reason = "the table says how many")
        )]
        #[cfg_attr(target_family = "wasm", expect(dead_code, reason = "`ambient` declares some in another form"))]
        mod extern_fns {
            #[cfg(not(target_family = "wasm"))]
            use lockstep_abi::host::{HostFunction, native::Word};

            #[cfg(target_family = "wasm")]
            #[link(wasm_import_module = "lockstep")]
            unsafe extern "C" {
                $($(#[doc = $doc])+ pub(super) fn $name($($param: $type),*) $(-> $result)?;)+
            }

            $(
                $(#[doc = $doc])+
                #[cfg(not(target_family = "wasm"))]
                pub(super) unsafe fn $name($($param: $type),*) $(-> $result)? {
                    // SAFETY: the room for what the host writes is the caller's to give, as in the VM.
                    let word = unsafe { crate::native::ask(HostFunction::$name, &[$($param.into_word()),*]) };
                    Word::from_word(word)
                }
            )+
        }
    };
}

lockstep_abi::for_each_host_function!(externs);

/// The offset of bytes that the host reads.
#[cfg(target_family = "wasm")]
#[inline(always)]
fn at(bytes: &[u8]) -> u32 {
    bytes.as_ptr() as usize as u32
}

/// The offset of a slice that the host writes to.
#[cfg(target_family = "wasm")]
#[inline(always)]
fn room<T>(slice: &mut [T]) -> u32 {
    slice.as_mut_ptr() as usize as u32
}

#[cfg(not(target_family = "wasm"))]
use crate::native::{at, room};

/// The length of a slice.
#[inline(always)]
fn len<T>(slice: &[T]) -> u32 {
    slice.len() as u32
}

#[inline(always)]
pub(crate) fn input_size() -> usize {
    // SAFETY: no pointer is passed.
    unsafe { extern_fns::input_size() as usize }
}

/// Fills `out`, which is at least as long as the input, and returns the input's length.
#[inline(always)]
pub(crate) fn input_read(out: &mut Free) -> usize {
    // SAFETY: the host writes at most `len(out)` bytes to `out`.
    unsafe { extern_fns::input_read(room(out), len(out)) as usize }
}

/// All bytes of the input.
#[inline(never)]
pub(crate) fn input() -> Vec<u8> {
    let length = input_size();
    let mut bytes = allocate(length);
    input_read(bytes.spare_capacity_mut());
    // SAFETY: the host has written the whole input, which is that long, or halted.
    unsafe { bytes.set_len(length) };
    bytes
}

/// How many bytes are in the host's buffer.
pub(crate) fn buffer_size() -> usize {
    // SAFETY: the function touches no memory.
    unsafe { extern_fns::buffer_size() as usize }
}

/// `length` bytes of the host's buffer, those behind the first `from`.
#[inline(never)]
pub(crate) fn buffer(from: usize, length: usize) -> Vec<u8> {
    let mut bytes = allocate(length);
    // SAFETY: the host writes exactly `length` bytes into room for as many, or halts.
    unsafe {
        extern_fns::buffer_read(from as u32, room(bytes.spare_capacity_mut()), length as u32);
        bytes.set_len(length);
    }
    bytes
}

#[inline(always)]
pub(crate) fn return_data(bytes: &[u8]) {
    // SAFETY: the host reads `bytes`.
    unsafe { extern_fns::return_data(at(bytes), len(bytes)) }
}

#[inline(always)]
pub(crate) fn fail(code: u32, payload: &[u8]) -> ! {
    // SAFETY: the host reads `payload`.
    unsafe { extern_fns::fail(code, at(payload), len(payload)) };
    trap("the host returns from `fail`")
}

#[inline(always)]
pub(crate) fn debug_log(text: &[u8]) {
    // SAFETY: the host reads `text`.
    unsafe { extern_fns::debug_log(at(text), len(text)) }
}

/// The length of the entry, negative if there is none; as much of it as there is room for is in `out`.
#[inline(always)]
pub(crate) fn storage_get(key: &[u8], out: &mut Free) -> i32 {
    // SAFETY: the host reads `key` and writes at most `len(out)` bytes to `out`.
    let length = unsafe { extern_fns::storage_get(at(key), len(key), room(out), len(out)) };
    // A value has at most 64 KiB.
    length as i32
}

#[inline(always)]
pub(crate) fn storage_has(key: &[u8]) -> bool {
    // SAFETY: the host reads `key`.
    unsafe { extern_fns::storage_has(at(key), len(key)) != 0 }
}

#[inline(always)]
pub(crate) fn storage_set(key: &[u8], value: &[u8]) {
    // SAFETY: the host reads `key` and `value`.
    unsafe { extern_fns::storage_set(at(key), len(key), at(value), len(value)) }
}

#[inline(always)]
pub(crate) fn storage_remove(key: &[u8]) {
    // SAFETY: the host reads `key`.
    unsafe { extern_fns::storage_remove(at(key), len(key)) }
}

/// The length of the row of entries, of which the beginning is in `out`.
pub(crate) fn storage_range(start: &[u8], end: &[u8], descending: u32, limit: u32, out: &mut Free) -> usize {
    // SAFETY: the host reads `start` and `end` and writes at most `len(out)` bytes to `out`.
    let length = unsafe {
        extern_fns::storage_range(
            at(start),
            len(start),
            at(end),
            len(end),
            descending,
            limit,
            room(out),
            len(out),
        )
    };
    length as usize
}

/// Bytes that a host function writes where its caller wants them.
#[repr(C)]
struct Written<const N: usize>([u8; N]);

/// Functions of the table that take nothing but the offset to write bytes to, declared a second time as what the
/// C ABI makes the same of: functions that return the bytes. Of what is returned, the compiler knows that no
/// address escapes; through a pointer, the bytes would be copied to where they are wanted, which takes more code.
macro_rules! ambient {
    ($($name:ident: $bytes:literal,)+) => {
        #[cfg(target_family = "wasm")]
        mod ambient {
            #[link(wasm_import_module = "lockstep")]
            unsafe extern "C" {
                $(pub(super) safe fn $name() -> super::Written<$bytes>;)+
            }
        }

        #[cfg(not(target_family = "wasm"))]
        mod ambient {
            $(pub(super) fn $name() -> super::Written<$bytes> {
                // SAFETY: the host writes that many bytes.
                super::Written(unsafe { super::written(|out| super::extern_fns::$name(out)) })
            })+
        }

        $(#[inline(always)]
        pub(crate) fn $name() -> [u8; $bytes] {
            ambient::$name().0
        })+
    };
}

ambient! {
    caller: 32,
    own_address: 32,
    origin: 32,
    value: 16,
}

#[inline(always)]
pub(crate) fn balance(address: &[u8; 32]) -> [u8; 16] {
    // SAFETY: the host reads 32 bytes and writes 16.
    unsafe { written(|out| extern_fns::balance(at(address), out)) }
}

#[inline(always)]
pub(crate) fn block_height() -> u64 {
    // SAFETY: no pointer is passed.
    unsafe { extern_fns::block_height() }
}

#[inline(always)]
pub(crate) fn block_time() -> u64 {
    // SAFETY: no pointer is passed.
    unsafe { extern_fns::block_time() }
}

/// The name of the chain, if `out` is long enough for one.
#[inline(always)]
pub(crate) fn chain_id(out: &mut Free) -> Option<&[u8]> {
    // SAFETY: the host writes at most `len(out)` bytes to `out`.
    let length = unsafe { extern_fns::chain_id(room(out), len(out)) };
    let name = out.get(..length as usize)?;
    // SAFETY: it has written as many as it reports and as there is room for.
    Some(unsafe { name.assume_init_ref() })
}

#[inline(always)]
pub(crate) fn emit(topics: &[u8], data: &[u8]) {
    // SAFETY: the host reads `topics` and `data`.
    unsafe { extern_fns::emit(at(topics), len(topics), at(data), len(data)) }
}

/// Whether the balance was large enough.
#[inline(always)]
pub(crate) fn transfer(to: &[u8; 32], amount: &[u8; 16]) -> bool {
    // SAFETY: the host reads 32 and 16 bytes.
    unsafe { extern_fns::transfer(at(to), at(amount)) == 0 }
}

/// What a call or a creation came to.
pub(crate) enum Answer {
    /// It returned; so many bytes are in the host's buffer.
    Done(usize),
    /// It stopped with its own error, of this code.
    Failed([u8; 4]),
    /// It halted otherwise, with this code.
    Halted(u8),
}

pub(crate) fn call(request: &[u8]) -> Answer {
    // SAFETY: the host reads `request` and writes at most `cap` bytes to `out`.
    answer(|out, cap| unsafe { extern_fns::call(at(request), len(request), out, cap) })
}

pub(crate) fn create(request: &[u8]) -> Answer {
    // SAFETY: the host reads `request` and writes at most `cap` bytes to `out`.
    answer(|out, cap| unsafe { extern_fns::create(at(request), len(request), out, cap) })
}

#[inline(always)]
fn answer(call: impl FnOnce(u32, u32) -> i64) -> Answer {
    let mut code = [0; 4];
    match call(room(&mut code), len(&code)) {
        status::FAILED => Answer::Failed(code),
        status::HALTED => Answer::Halted(code[0]),
        length => Answer::Done(length as usize),
    }
}

#[inline(always)]
pub(crate) fn blake3(bytes: &[u8]) -> [u8; 32] {
    // SAFETY: the host reads `bytes` and writes 32 bytes.
    unsafe { written(|out| extern_fns::blake3(at(bytes), len(bytes), out)) }
}

#[inline(always)]
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    // SAFETY: the host reads `bytes` and writes 32 bytes.
    unsafe { written(|out| extern_fns::sha256(at(bytes), len(bytes), out)) }
}

#[inline(always)]
pub(crate) fn keccak256(bytes: &[u8]) -> [u8; 32] {
    // SAFETY: the host reads `bytes` and writes 32 bytes.
    unsafe { written(|out| extern_fns::keccak256(at(bytes), len(bytes), out)) }
}

#[inline(always)]
pub(crate) fn ed25519_verify(public_key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> bool {
    // SAFETY: the host reads 32 bytes, 64 bytes and `message`.
    unsafe { extern_fns::ed25519_verify(at(public_key), at(signature), at(message), len(message)) != 0 }
}

/// The key, if there is one.
#[inline(always)]
pub(crate) fn secp256k1_recover(hash: &[u8; 32], signature: &[u8; 64], recovery_id: u8) -> Option<[u8; 64]> {
    let mut key = [0; 64];
    // SAFETY: the host reads 32 and 64 bytes and writes 64, or none.
    let found = unsafe {
        extern_fns::secp256k1_recover(at(hash), at(signature), u32::from(recovery_id), room(&mut key))
    };
    (found != 0).then_some(key)
}

/// The bytes that `write` lets the host write at an offset.
///
/// # Safety
/// It writes all `N`.
#[inline(always)]
unsafe fn written<const N: usize>(write: impl FnOnce(u32)) -> [u8; N] {
    let mut bytes = MaybeUninit::<[u8; N]>::uninit();
    write(room(core::slice::from_mut(&mut bytes)));
    // SAFETY: as promised.
    unsafe { bytes.assume_init() }
}

/// The first `length` bytes of `free`.
///
/// # Safety
/// The host has written them.
#[inline(always)]
pub(crate) unsafe fn filled(free: &Free, length: usize) -> &[u8] {
    // SAFETY: as promised.
    unsafe { free[..length].assume_init_ref() }
}

/// Stops: with `reason` natively and in development builds, in a released contract by `unreachable` alone.
#[cold]
#[inline(always)]
pub(crate) fn trap(reason: &str) -> ! {
    #[cfg(all(target_family = "wasm", not(debug_assertions)))]
    {
        let _ = reason;
        core::arch::wasm32::unreachable()
    }
    #[cfg(not(all(target_family = "wasm", not(debug_assertions))))]
    panic!("{reason}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_externs_import_from_the_module_that_the_engine_serves() {
        // The attribute above takes a literal only.
        assert_eq!(lockstep_abi::host::IMPORT_MODULE, "lockstep");
    }

    #[test]
    #[should_panic = "nobody answers the host function `input_size`"]
    fn a_host_function_that_nobody_answers_says_so() {
        super::input_size();
    }
}
