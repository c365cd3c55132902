//! Compiles what transactions bring, on a thread of its own, before they can be in a block.
//!
//! So the thread that executes finds the code ready. Nothing depends on it: whoever executes code that is not
//! there compiles it, and the engine compiles the same code once at a time.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::{self, JoinHandle},
};

use lockstep_runtime::{CheckedTx, CompileError, Fault};

use crate::{STACK_BYTES, hub::Hub};

/// Starts the compiler. It ends when the hub is asked to stop.
pub(crate) fn start(hub: Arc<Hub>) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name("compiler".into()).stack_size(STACK_BYTES).spawn(move || {
        while let Some(tx) = hub.await_code() {
            // What a panic leaves behind is met again by whoever executes the transaction, and reported.
            if let Ok(Err(fault)) = catch_unwind(AssertUnwindSafe(|| compile(&hub, &tx))) {
                hub.report_broken(&fault);
            }
            hub.built(&tx.id());
        }
    })
}

fn compile(hub: &Hub, tx: &CheckedTx) -> Result<(), Fault> {
    for module in tx.modules() {
        match hub.engine.compile(module) {
            // What cannot be compiled is in a block all the same, and pays for it.
            Ok(_) | Err(CompileError::NotCompilable(_)) => {}
            Err(CompileError::Fault(fault)) => return Err(fault),
        }
    }
    Ok(())
}
