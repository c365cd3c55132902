//! The heap: a pointer that moves up.
//!
//! A call lives for microseconds and its memory is thrown away, so there are no free lists. The last block can
//! be given back or grown in place, which is what temporary buffers and growing vectors do.
//!
//! Memory that cannot be had is a trap, never a null pointer.
#![allow(unsafe_code, reason = "an allocator is unsafe by its definition")]

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::{memory_grow, memory_size},
    cell::Cell,
    ptr,
};

use crate::host::trap;

/// Bytes of a page of memory.
const PAGE_BYTES: usize = 64 << 10;

unsafe extern "C" {
    /// Where the linker says that the heap begins.
    static __heap_base: u8;
}

struct Bump {
    /// The first free byte; 0 before the first allocation.
    top: Cell<usize>,
}

// SAFETY: a contract has one thread.
unsafe impl Sync for Bump {}

#[global_allocator]
static HEAP: Bump = Bump { top: Cell::new(0) };

impl Bump {
    /// Moves the top to `end`, with as many pages as that takes.
    fn rise(&self, end: usize) {
        // Pages, not bytes: a memory of 65,536 pages has more bytes than a `usize` counts.
        let pages = end.div_ceil(PAGE_BYTES);
        let have = memory_size(0);
        if pages > have && memory_grow(0, pages.wrapping_sub(have)) == usize::MAX {
            trap("out of memory");
        }
        self.top.set(end);
    }

    fn is_last(&self, block: *mut u8, layout: Layout) -> bool {
        block.addr().wrapping_add(layout.size()) == self.top.get()
    }
}

// SAFETY: blocks are disjoint, since the top passes each before the next begins, and goes back only over the
// last one; they are aligned and inside the memory.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let top = match self.top.get() {
            0 => (&raw const __heap_base).addr(),
            top => top,
        };
        let Some(start) = top.checked_next_multiple_of(layout.align()) else { trap("out of memory") };
        let Some(end) = start.checked_add(layout.size()) else { trap("out of memory") };
        self.rise(end);
        ptr::with_exposed_provenance_mut(start)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if self.is_last(block, layout) {
            self.top.set(block.addr());
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if self.is_last(block, layout) {
            let Some(end) = block.addr().checked_add(size) else { trap("out of memory") };
            self.rise(end);
            return block;
        }
        // SAFETY: the caller promises a valid size; the alignment was valid before.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        // SAFETY: both blocks have that many bytes, and a new block overlaps no other.
        unsafe { ptr::copy_nonoverlapping(block, new, layout.size().min(size)) };
        new
    }
}
