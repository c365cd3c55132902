//! Linear memory under the limits that every machine shares.
//!
//! Wasmer answers -1 to `memory.grow` both when the declared maximum is reached, which every machine sees
//! alike, and when the operating system refuses, which forks the chain. Here a refusal of the system
//! raises a flag, and the call ends in a [`Fault`](crate::Fault) whatever the guest made of the -1.

use std::{
    ptr::NonNull,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use lockstep_abi::limits::module::MAX_MEMORY_PAGES;
use wasmer::sys::{BaseTunables, Tunables};
use wasmer_types::{MemoryError, MemoryStyle, MemoryType, Pages, TableStyle, TableType};
use wasmer_vm::{
    LinearMemory, ThreadConditions, Trap, VMConfig, VMMemory, VMMemoryDefinition, VMOwnedMemory,
    VMSharedMemory, VMTable, VMTableDefinition,
};

/// Makes memories and stacks as the limits say.
pub(crate) struct LimitedTunables {
    base: BaseTunables,
    config: VMConfig,
    refused: Arc<AtomicBool>,
}

impl LimitedTunables {
    /// Native stacks get `stack_bytes`; `refused` is raised when the operating system refuses memory.
    pub(crate) fn new(stack_bytes: usize, refused: Arc<AtomicBool>) -> Self {
        Self { base: BaseTunables::new(), config: VMConfig { wasm_stack_size: Some(stack_bytes) }, refused }
    }

    fn capped(ty: &MemoryType) -> MemoryType {
        let cap = Pages(MAX_MEMORY_PAGES);
        MemoryType { maximum: Some(ty.maximum.map_or(cap, |declared| declared.min(cap))), ..*ty }
    }
}

impl Tunables for LimitedTunables {
    fn memory_style(&self, memory: &MemoryType) -> MemoryStyle {
        self.base.memory_style(memory)
    }

    fn table_style(&self, table: &TableType) -> TableStyle {
        self.base.table_style(table)
    }

    fn create_host_memory(&self, ty: &MemoryType, style: &MemoryStyle) -> Result<VMMemory, MemoryError> {
        self.base.create_host_memory(&Self::capped(ty), style)
    }

    #[expect(unsafe_code, reason = "the trait's method is unsafe")]
    unsafe fn create_vm_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
        definition: NonNull<VMMemoryDefinition>,
    ) -> Result<VMMemory, MemoryError> {
        // SAFETY: the caller promises a valid location; it is handed on as it came.
        let inner = unsafe { VMOwnedMemory::from_definition(&Self::capped(ty), style, definition)? };
        let refused = Arc::clone(&self.refused);
        Ok(VMMemory(Box::new(LimitedMemory { inner, initial: ty.minimum, refused })))
    }

    fn create_host_table(&self, ty: &TableType, style: &TableStyle) -> Result<VMTable, String> {
        self.base.create_host_table(ty, style)
    }

    #[expect(unsafe_code, reason = "the trait's method is unsafe")]
    unsafe fn create_vm_table(
        &self,
        ty: &TableType,
        style: &TableStyle,
        definition: NonNull<VMTableDefinition>,
    ) -> Result<VMTable, String> {
        // SAFETY: the caller promises a valid location; it is handed on as it came.
        unsafe { self.base.create_vm_table(ty, style, definition) }
    }

    fn vmconfig(&self) -> &VMConfig {
        &self.config
    }
}

/// A memory that tells the limit's refusal from the operating system's, and that can begin anew.
#[derive(Debug)]
struct LimitedMemory {
    inner: VMOwnedMemory,
    initial: Pages,
    refused: Arc<AtomicBool>,
}

/// Makes accessible memory read as zeros, and gives it back to the system where that is a way to do so.
///
/// # Safety
/// `base..base + length` is accessible, page-aligned, private to the process, and looked at by nobody.
#[expect(unsafe_code, reason = "works on raw memory")]
unsafe fn clear(base: *mut u8, length: usize) -> Result<(), MemoryError> {
    // Only Linux promises zeros afterwards.
    #[cfg(target_os = "linux")]
    // SAFETY: the caller's promise.
    unsafe {
        rustix::mm::madvise(base.cast(), length, rustix::mm::Advice::LinuxDontNeed).map_err(refused)
    }
    #[cfg(not(target_os = "linux"))]
    // SAFETY: the caller's promise.
    unsafe {
        base.write_bytes(0, length);
        Ok(())
    }
}

fn refused(error: rustix::io::Errno) -> MemoryError {
    MemoryError::Region(error.to_string())
}

impl LinearMemory for LimitedMemory {
    fn ty(&self) -> MemoryType {
        self.inner.ty()
    }

    fn size(&self) -> Pages {
        self.inner.size()
    }

    fn style(&self) -> MemoryStyle {
        self.inner.style()
    }

    fn grow(&mut self, delta: Pages) -> Result<Pages, MemoryError> {
        self.inner.grow(delta).inspect_err(|error| match error {
            MemoryError::CouldNotGrow { .. } => {}
            _ => self.refused.store(true, Ordering::Relaxed),
        })
    }

    fn grow_at_least(&mut self, min_size: u64) -> Result<(), MemoryError> {
        self.inner.grow_at_least(min_size)
    }

    /// As large as at the start, and writable. What was grown is given back to the system and cannot be
    /// touched again: there are no bounds checks but the pages' protection. What is left is not cleared.
    fn reset(&mut self) -> Result<(), MemoryError> {
        #[expect(unsafe_code, reason = "the definition is shared with compiled code")]
        // SAFETY: the definition lives as long as the memory, and nothing runs in the instance now.
        let (base, length) = unsafe {
            let definition = self.vmmemory();
            let definition = definition.as_ref();
            (definition.base, definition.current_length)
        };
        let initial = self.initial.bytes().0;
        if let Some(grown) = length.checked_sub(initial).filter(|grown| *grown > 0) {
            #[expect(unsafe_code, reason = "gives pages back and protects them")]
            // SAFETY: `initial..length` is a part of this memory's own mapping, and page-aligned.
            unsafe {
                clear(base.add(initial), grown)?;
                let grown_base = base.add(initial).cast();
                rustix::mm::mprotect(grown_base, grown, rustix::mm::MprotectFlags::empty())
                    .map_err(refused)?;
            }
            self.inner.reset()?;
            self.inner.grow(self.initial)?;
        }
        Ok(())
    }

    fn vmmemory(&self) -> NonNull<VMMemoryDefinition> {
        self.inner.vmmemory()
    }

    fn try_clone(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        self.inner.try_clone()
    }

    #[expect(unsafe_code, reason = "the trait's method is unsafe")]
    unsafe fn initialize_with_data(&self, start: usize, data: &[u8]) -> Result<(), Trap> {
        // SAFETY: the caller's promise is handed on as it came.
        unsafe { self.inner.initialize_with_data(start, data) }
    }

    fn copy(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        LinearMemory::copy(&self.inner)
    }

    fn as_shared(&self) -> Result<VMSharedMemory, MemoryError> {
        self.inner.as_shared()
    }

    fn thread_conditions(&self) -> Option<&ThreadConditions> {
        self.inner.thread_conditions()
    }
}
