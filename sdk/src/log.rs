//! Messages for whoever runs the node. Nothing on the chain depends on them.

use crate::host;

/// Writes `message` to the node's log, if it keeps one; at most 1 KiB.
#[inline]
pub fn debug(message: &str) {
    host::debug_log(message.as_bytes());
}
