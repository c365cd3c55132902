//! Reads a function's native frame from the beginning of its machine code, as Cranelift writes it.
//!
//! Cranelift moves the stack pointer in a function's prologue and epilogue only: room for spilled values,
//! callee-saved registers and the arguments of calls is taken at once. Its prologues have few forms, all listed here
//! (`gen_prologue` and what it calls, in `cranelift-codegen/src/isa/*/abi.rs` of the pinned version). Code that
//! begins in any other way has no known frame. The unwind information would not do: it finds the caller by
//! the frame pointer and does not say how far below it the frame goes.

mod aarch64;
#[cfg(test)]
mod tests;
mod x86_64;

use wasmer::sys::Architecture;

/// Bytes that a function takes of the stack beside the return address and the saved frame pointer; absent if the
/// code does not begin as a function of Cranelift's does.
///
/// A large frame is touched page by page before it is taken, up to a page further than it goes. What is touched and not
/// taken is the next frame's, so it counts once, in the stack's reserve.
pub(super) fn bytes(architecture: Architecture, code: &[u8]) -> Option<usize> {
    match architecture {
        Architecture::X86_64 => x86_64::bytes(code),
        Architecture::Aarch64(_) => aarch64::bytes(code),
        // Others have not been looked at.
        _ => None,
    }
}

/// Bytes between two touches of the stack; a frame as large as this touches it before it takes it.
const PAGE_BYTES: u64 = 4_096;

/// Whether touching the stack down to `probed` goes with a frame of so many bytes. If it does not, the prologue has
/// a form that is not listed here.
fn probes_fit(frame: u64, probed: u64) -> bool {
    /// Return address and frame pointer of the next function, which the probes see to as well.
    const SETUP_BYTES: u64 = 16;
    let reach = |bytes: u64| bytes.saturating_add(PAGE_BYTES);
    frame < reach(probed) && probed < reach(frame).saturating_add(SETUP_BYTES)
}

/// The code that is left to be read.
struct Code<'a>(&'a [u8]);

impl Code<'_> {
    /// Tries to read; what does not read whole is not read at all.
    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let mut code = Code(self.0);
        let result = read(&mut code)?;
        self.0 = code.0;
        Some(result)
    }

    /// Steps over `bytes`, if they are next.
    fn skip(&mut self, bytes: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(bytes)?;
        Some(())
    }

    fn word(&mut self) -> Option<u32> {
        let (word, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*word))
    }
}
