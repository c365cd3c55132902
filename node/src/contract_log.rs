//! What contracts say in blocks, and where they trap, as the node's log has it: so many lines of a block, and no more.
//!
//! Only of blocks: there it is paid for. What is asked or simulated costs nothing, and whoever could fill
//! the log with it could fill the disk.

use std::sync::atomic::{AtomicU32, Ordering};

use lockstep_abi::Address;
use lockstep_runtime::{CodePlace, Log, Said};

/// Lines of one block, with messages of at most `MAX_LOG_BYTES`.
const MAX_MESSAGES: u32 = 100;

/// The log for the execution of one block.
pub(crate) fn of_block() -> Log {
    let messages = AtomicU32::new(0);
    Log::new(move |contract, said| match messages.fetch_add(1, Ordering::Relaxed) {
        0..MAX_MESSAGES => say(contract, said),
        MAX_MESSAGES => {
            tracing::info!(target: "contract", "the rest of the block's messages is left out");
        }
        // Not so many that the counter comes round: each takes gas.
        _ => {}
    })
}

fn say(contract: &Address, said: Said<'_>) {
    match said {
        Said::Message(message) => {
            let message = String::from_utf8_lossy(message);
            // As `Debug`: a stranger's text must not disturb a terminal.
            tracing::info!(target: "contract", %contract, message = ?message);
        }
        Said::Trapped(trap) => {
            // For `lockstep where`.
            let at: Vec<_> = trap.places.iter().map(CodePlace::to_string).collect();
            tracing::info!(target: "contract", %contract, code = %trap.code, at = at.join(" "), "{}", trap.halt);
        }
    }
}
