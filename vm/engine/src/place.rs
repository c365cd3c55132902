//! Where the globals and the memory of an instance are, so that the host reads and writes them as compiled code does; or
//! those of native code, which are in no instance.
//!
//! Through Wasmer's own types each look at a global checks the store and the type and wraps the value, and each look
//! at a memory asks it twice for its length. A host function takes half a dozen such looks, which took longer than
//! what it is called for.

use std::ptr::NonNull;

use wasmer::{AsStoreMut, Store};
use wasmer_types::RawValue;
use wasmer_vm::{LinearMemory, StoreObject, VMExtern, VMGlobalDefinition, VMInstance, VMMemoryDefinition};

/// The place of a global.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GlobalPlace(NonNull<VMGlobalDefinition>);

/// The place of a memory; it stays where it is when the memory grows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MemoryPlace(NonNull<VMMemoryDefinition>);

#[expect(unsafe_code, reason = "a store wants `Send` of what host functions work on")]
// SAFETY: a place is kept beside what it points into, or inside it, and goes where that goes.
unsafe impl Send for GlobalPlace {}
#[expect(unsafe_code, reason = "a store wants `Send` of what host functions work on")]
// SAFETY: as above.
unsafe impl Send for MemoryPlace {}

impl GlobalPlace {
    /// The place of the exported global of this name in the one instance of a store; none if there is no such.
    ///
    /// # Safety
    /// It is not used after the store is gone, nor while another thread uses the store.
    #[expect(unsafe_code, reason = "the result points into the store")]
    pub(crate) unsafe fn of(name: &str, store: &mut Store) -> Option<Self> {
        match lookup(name, store)? {
            VMExtern::Global(global) => Some(Self(global.get(store.objects_mut().as_sys()).vmglobal())),
            VMExtern::Function(_) | VMExtern::Table(_) | VMExtern::Memory(_) | VMExtern::Tag(_) => None,
        }
    }

    /// The place of a global that is in no store.
    ///
    /// # Safety
    /// `global` is used through this alone, and this is not used after it is gone.
    #[expect(unsafe_code, reason = "the result points to what was lent")]
    pub(crate) unsafe fn to(global: &mut VMGlobalDefinition) -> Self {
        Self(NonNull::from(global))
    }

    /// The value, whatever its type.
    pub(crate) fn get(self) -> RawValue {
        #[expect(unsafe_code, reason = "reads what compiled code works on")]
        // SAFETY: `of` and `to` promise that it is there; compiled code does not run while the host does.
        unsafe {
            self.0.as_ref().val
        }
    }

    /// The value of a global of 32 bits.
    pub(crate) fn get_i32(self) -> i32 {
        #[expect(unsafe_code, reason = "reads a union")]
        // SAFETY: every bit pattern is a number, and Wasmer sets all bytes of a value.
        unsafe {
            self.get().i32
        }
    }

    /// Gives it a value, which must be of its type.
    pub(crate) fn set(self, value: RawValue) {
        let Self(mut definition) = self;
        #[expect(unsafe_code, reason = "writes what compiled code works on")]
        // SAFETY: as for `get`.
        unsafe {
            definition.as_mut().val = value;
        }
    }
}

impl MemoryPlace {
    /// The place of the exported memory of this name in the one instance of a store; none if there is no such.
    ///
    /// # Safety
    /// It is not used after the store is gone, nor while another thread uses the store.
    #[expect(unsafe_code, reason = "the result points into the store")]
    pub(crate) unsafe fn of(name: &str, store: &mut Store) -> Option<Self> {
        match lookup(name, store)? {
            VMExtern::Memory(memory) => Some(Self(memory.get(store.objects_mut().as_sys()).vmmemory())),
            VMExtern::Function(_) | VMExtern::Table(_) | VMExtern::Global(_) | VMExtern::Tag(_) => None,
        }
    }

    /// The place of a memory that is in no store.
    ///
    /// # Safety
    /// `memory`, and the bytes that it says, are used through this alone, and this is not used after either is gone.
    #[expect(unsafe_code, reason = "the result points to what was lent")]
    pub(crate) unsafe fn to(memory: &mut VMMemoryDefinition) -> Self {
        Self(NonNull::from(memory))
    }

    /// All bytes, as many as there are now.
    pub(crate) fn bytes(&mut self) -> &mut [u8] {
        #[expect(unsafe_code, reason = "Wasmer's own copy goes through volatile loops of 8 bytes")]
        // SAFETY: `of` and `to` promise that it is there, and nothing runs in the instance or grows its memory while the
        // host looks at it. The host has two copies of the place, one in `Idle` for when nothing is called, and one
        // that a host function has alone.
        unsafe {
            let VMMemoryDefinition { base, current_length } = *self.0.as_ref();
            std::slice::from_raw_parts_mut(base, current_length)
        }
    }
}

/// An export of the one instance of a store.
fn lookup(name: &str, store: &mut Store) -> Option<VMExtern> {
    VMInstance::list_mut(store.objects_mut().as_sys_mut()).first_mut()?.lookup(name)
}
