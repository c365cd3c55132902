//! What an instance's memory begins as, and putting it back after a call.
//!
//! Only what may have been written to is cleared: see `window.rs`. After the first call that is found out by looking
//! for what is not zero; from then on, nothing else can be written to unnoticed.

use std::ops::Range;

use wasmer::{Memory, Store};

use crate::{Fault, place::MemoryPlace, window::Window};

/// A memory as it is at the start.
pub(crate) struct Origin {
    memory: Memory,
    length: usize,
    /// Where its bytes are that are not zero, and what they are.
    at: usize,
    bytes: Vec<u8>,
    written: Written,
}

/// Where a memory may have been written to.
enum Written {
    /// Where it is not zero, or was not at the start: no call is over, and everything is seen.
    NotZero,
    /// In the window.
    In(Window),
    Anywhere,
}

impl Origin {
    /// Of a memory that holds `bytes` and was not written to.
    pub(crate) fn new(memory: Memory, bytes: &[u8]) -> Self {
        let (length, extent) = (bytes.len(), extent(bytes));
        let at = extent.start;
        let bytes = bytes.get(extent).unwrap_or_default().to_vec();
        Self { memory, length, at, bytes, written: Written::NotZero }
    }

    /// Makes the memory at `place` what it was at the start.
    ///
    /// # Errors
    /// [`Fault::Memory`] if the operating system refuses.
    pub(crate) fn restore(&mut self, place: &mut MemoryPlace, store: &mut Store) -> Result<(), Fault> {
        const DAMAGED: Fault = Fault::Artifact { what: "a memory as large as at its start" };
        if place.bytes().len() != self.length {
            self.memory.reset(store).map_err(|error| Fault::Memory { reason: error.to_string() })?;
            // That made all of it writable. A contract that grows its memory does so in most calls: no new window.
            self.written = Written::Anywhere;
        }
        let memory = place.bytes();
        let image = self.at..self.at.saturating_add(self.bytes.len());
        let written = match &self.written {
            Written::NotZero => hull(extent(memory), image.clone()),
            Written::In(window) => window.range(),
            Written::Anywhere => 0..self.length,
        };
        memory.get_mut(written.clone()).ok_or(DAMAGED)?.fill(0);
        memory.get_mut(image).ok_or(DAMAGED)?.copy_from_slice(&self.bytes);
        if matches!(self.written, Written::NotZero) {
            #[expect(unsafe_code, reason = "protects the memory")]
            // SAFETY: this is the memory of the store's one instance, and what is written here is in the window.
            let window = unsafe { Window::open(memory, written, store) }?;
            self.written = window.map_or(Written::Anywhere, Written::In);
        }
        Ok(())
    }

    /// Whether the system refused what the last call needed: its answer is not to be believed.
    pub(crate) fn was_refused(&self) -> bool {
        match &self.written {
            Written::In(window) => window.was_refused(),
            Written::NotZero | Written::Anywhere => false,
        }
    }

    /// The window, if there is one.
    #[cfg(test)]
    pub(crate) fn window(&self) -> Option<Range<usize>> {
        match &self.written {
            Written::In(window) => Some(window.range()),
            Written::NotZero | Written::Anywhere => None,
        }
    }
}

/// From the first byte that is not zero to the last.
fn extent(memory: &[u8]) -> Range<usize> {
    const ZEROS: [u8; 4096] = [0; 4096];
    // By blocks first: most of a memory is zeros, and they are compared many at once.
    let has_any = |block: &[u8]| Some(block) != ZEROS.get(..block.len());
    let Some(first) = memory.chunks(ZEROS.len()).position(has_any) else { return 0..0 };
    let last = memory.chunks(ZEROS.len()).rposition(has_any).unwrap_or(first);
    let start = first.saturating_mul(ZEROS.len());
    let end = last.saturating_add(1).saturating_mul(ZEROS.len()).min(memory.len());
    let blocks = memory.get(start..end).unwrap_or_default();
    let leading = blocks.iter().position(|byte| *byte != 0).unwrap_or(0);
    let trailing = blocks.iter().rev().position(|byte| *byte != 0).unwrap_or(0);
    start.saturating_add(leading)..end.saturating_sub(trailing)
}

/// The smallest range that holds both.
fn hull(a: Range<usize>, b: Range<usize>) -> Range<usize> {
    match (a.is_empty(), b.is_empty()) {
        (true, _) => b,
        (_, true) => a,
        _ => a.start.min(b.start)..a.end.max(b.end),
    }
}
