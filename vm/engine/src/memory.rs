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
        let memory = unsafe { VMOwnedMemory::from_definition(&Self::capped(ty), style, definition)? };
        Ok(VMMemory(Box::new(LimitedMemory { inner: memory, refused: Arc::clone(&self.refused) })))
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

/// A memory that tells the limit's refusal from the operating system's.
#[derive(Debug)]
struct LimitedMemory {
    inner: VMOwnedMemory,
    refused: Arc<AtomicBool>,
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

    fn reset(&mut self) -> Result<(), MemoryError> {
        self.inner.reset()
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
