//! Idle instances of one module, kept for its next calls.

use std::sync::{Mutex, PoisonError};

use crate::{CompiledModule, Fault, instance::Idle, outcome::Stop};

/// Idle instances that a module keeps. One serves a module that is called again and again; the second is for
/// nested calls and queries beside a block. Each reserves 8 GiB of addresses and holds its memory.
pub(crate) const MAX_IDLE: usize = 2;

/// The idle instances of one module.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Vec<Idle>>);

impl Pool {
    /// An instance to run in: an idle one, or a new one.
    pub(crate) fn take(&self, module: &CompiledModule) -> Result<Idle, Stop> {
        // Taken in a statement of its own: a new instance is made without the lock.
        let idle = self.idle().pop();
        idle.map_or_else(|| Idle::new(module), Ok)
    }

    /// Takes an instance back after a call, reset, unless there are enough.
    ///
    /// # Errors
    /// [`Fault`] if it cannot be reset.
    pub(crate) fn give_back(&self, mut instance: Idle) -> Result<(), Fault> {
        if self.idle().len() >= MAX_IDLE {
            return Ok(());
        }
        // Without the lock: another instance may come back meanwhile.
        instance.reset()?;
        let mut idle = self.idle();
        if idle.len() < MAX_IDLE {
            idle.push(instance);
        }
        Ok(())
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        // Whole at every instant: a panic elsewhere cannot leave half an instance here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
