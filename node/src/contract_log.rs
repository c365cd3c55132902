//! What contracts say in blocks, and where they trap, as the node's log has it: so many lines of a block, and no more.
//!
//! Only of blocks: there it is paid for. What is asked or simulated costs nothing, and whoever could fill
//! the log with it could fill the disk.

use std::sync::atomic::{AtomicU32, Ordering};

use lockstep_abi::Address;
use lockstep_runtime::{CodePlace, Log, Said};

/// Messages of one block, of at most `MAX_LOG_BYTES` each.
const MAX_MESSAGES: u32 = 100;
/// Traps of one block. They have lines of their own: what a contract says must not hide where it traps.
const MAX_TRAPS: u32 = 20;

/// The log for the execution of one block.
pub(crate) fn of_block() -> Log {
    let (messages, traps) = (Lines::default(), Lines::default());
    Log::new(move |contract, said| {
        let (lines, limit, what) = match said {
            Said::Message(_) => (&messages, MAX_MESSAGES, "messages"),
            Said::Trapped(_) => (&traps, MAX_TRAPS, "traps"),
        };
        match lines.next(limit) {
            Line::Told => say(contract, said),
            Line::FirstLeftOut => {
                tracing::info!(target: "contract", "the rest of the block's {what} is left out");
            }
            Line::LeftOut => {}
        }
    })
}

/// How many lines of a kind there would have been.
#[derive(Debug, Default)]
struct Lines(AtomicU32);

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Told,
    FirstLeftOut,
    LeftOut,
}

impl Lines {
    fn next(&self, limit: u32) -> Line {
        // Not so many that the counter comes round: each takes gas.
        match self.0.fetch_add(1, Ordering::Relaxed) {
            before if before < limit => Line::Told,
            before if before == limit => Line::FirstLeftOut,
            _ => Line::LeftOut,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_block_so_many_lines_of_a_kind_are_told_and_that_the_rest_is_left_out_once() {
        for limit in [MAX_MESSAGES, MAX_TRAPS] {
            let lines = Lines::default();
            for line in 1..=limit {
                assert_eq!(lines.next(limit), Line::Told, "{line} of {limit}");
            }
            assert_eq!(lines.next(limit), Line::FirstLeftOut);
            assert_eq!([lines.next(limit), lines.next(limit)], [Line::LeftOut; 2]);
        }
    }
}
