//! The part of an instance's memory that calls write to, so that only it is cleared after a call.
//!
//! A contract has a memory of 64 KiB at least, of a megabyte if the linker was not told otherwise, and writes to a few
//! KiB of it: the end of its stack, its data and the beginning of its heap, which lie side by side. What is outside of
//! the window is write-protected by the processor. A write there, by compiled code or by the host for it, raises a
//! signal, and the window is widened before the write is done; by half at least, so that it happens a few times at
//! most in the life of an instance.
//!
//! No guest sees any of it, and no gas depends on it.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use rustix::mm::{MprotectFlags, mprotect};
use wasmer::Store;

use crate::Fault;

/// What may be written to without a signal.
pub(crate) struct Window(Arc<Bounds>);

/// Shared with the handler of signals, which runs on the thread that runs the instance, in the middle of it.
struct Bounds {
    /// The memory's address and length.
    base: usize,
    length: usize,
    page: usize,
    /// Within the memory, on the system's pages.
    low: AtomicUsize,
    high: AtomicUsize,
    /// Whether the system refused to widen it.
    refused: AtomicBool,
}

impl Window {
    /// Protects `memory` but for `written`, for as long as there is the store, and widens the window from then on.
    ///
    /// `None` where that would be of no use, or is not known to work; `memory` must then be cleared whole.
    ///
    /// # Safety
    /// `memory` is all of the one memory of the instance in `store`, and is there as long as the store. Whoever writes
    /// to it outside of a call keeps to [`Self::range`].
    ///
    /// # Errors
    /// [`Fault::Memory`] if the system refuses.
    #[expect(unsafe_code, reason = "protects raw memory")]
    pub(crate) unsafe fn open(
        memory: &mut [u8],
        written: Range<usize>,
        store: &mut Store,
    ) -> Result<Option<Self>, Fault> {
        let (base, length) = (memory.as_mut_ptr().expose_provenance(), memory.len());
        let page = rustix::param::page_size();
        let low = written.start.checked_div(page).unwrap_or(0).saturating_mul(page);
        let high = written.end.div_ceil(page).saturating_mul(page);
        if !cfg!(target_os = "linux") || high.saturating_sub(low) > length / 2 {
            return Ok(None);
        }
        for (start, end) in [(0, low), (high, length)] {
            if start < end {
                // SAFETY: within the memory, as the caller promises.
                unsafe { protect(base, start..end, MprotectFlags::READ) }
                    .map_err(|error| Fault::Memory { reason: error.to_string() })?;
            }
        }
        let (low, high) = (AtomicUsize::new(low), AtomicUsize::new(high));
        let bounds = Arc::new(Bounds { base, length, page, low, high, refused: AtomicBool::new(false) });
        let window = Self(Arc::clone(&bounds));
        store.set_trap_handler(Some(Box::new(move |_, info, _| {
            // SAFETY: the system's description of the signal; another signal's address is not in the memory.
            let address = unsafe { (*info).si_addr() }.addr();
            // SAFETY: the memory is there, since it runs.
            unsafe { bounds.widen(address) }
        })));
        Ok(Some(window))
    }

    /// All that was written to lies in here.
    pub(crate) fn range(&self) -> Range<usize> {
        self.0.range()
    }

    /// Whether the system refused to widen the window: what the guest made of that is not to be believed.
    pub(crate) fn was_refused(&self) -> bool {
        self.0.refused.load(Ordering::Relaxed)
    }
}

impl Bounds {
    fn range(&self) -> Range<usize> {
        self.low.load(Ordering::Relaxed)..self.high.load(Ordering::Relaxed)
    }

    /// Takes the page of this address in; `false` if it is in already, or not of this memory. Called in a handler of
    /// signals: neither allocates nor locks.
    ///
    /// # Safety
    /// The memory is there.
    #[expect(unsafe_code, reason = "protects raw memory")]
    unsafe fn widen(&self, address: usize) -> bool {
        let window = self.range();
        let Some(at) = address.checked_sub(self.base).filter(|at| *at < self.length) else { return false };
        if window.contains(&at) {
            return false;
        }
        let start = at & !self.page.saturating_sub(1);
        let step = (window.len() / 2) & !self.page.saturating_sub(1);
        let low = start.min(if at < window.start { window.start.saturating_sub(step) } else { window.start });
        let end = start.saturating_add(self.page);
        let high = end.max(if at < window.end { window.end } else { window.end.saturating_add(step) });
        let high = high.min(self.length);
        // SAFETY: within the memory.
        let widened = unsafe { protect(self.base, low..high, MprotectFlags::READ | MprotectFlags::WRITE) };
        if widened.is_err() {
            self.refused.store(true, Ordering::Relaxed);
            return false;
        }
        self.low.store(low, Ordering::Relaxed);
        self.high.store(high, Ordering::Relaxed);
        true
    }
}

/// # Safety
/// The range is of a mapping that is there, and on pages.
#[expect(unsafe_code, reason = "protects raw memory")]
unsafe fn protect(base: usize, range: Range<usize>, flags: MprotectFlags) -> rustix::io::Result<()> {
    let start = std::ptr::with_exposed_provenance_mut(base.saturating_add(range.start));
    // SAFETY: the caller's promise.
    unsafe { mprotect(start, range.len(), flags) }
}

#[cfg(test)]
mod tests;
