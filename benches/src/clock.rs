//! The processor time of this process: what a neighbour's turn on the processor does not lengthen.
//!
//! All threads count, so that work which a thread of a compiler or of RocksDB does is in it; what is slept is not.

use std::time::Duration;

/// An instant of this process' time.
#[derive(Debug, Clone, Copy)]
pub struct Started(Duration);

impl Started {
    /// This instant.
    #[must_use]
    pub fn now() -> Self {
        Self(process_time())
    }

    /// What this process has worked since, in picoseconds, as gas counts.
    #[must_use]
    pub fn elapsed_ps(self) -> f64 {
        process_time().saturating_sub(self.0).as_nanos() as f64 * 1_000.0
    }
}

fn process_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    #[expect(unsafe_code, reason = "the standard library has clocks on the wall only")]
    // SAFETY: the pointer is to a value of the right type, which the call fills.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    assert_eq!(result, 0, "the system keeps a process' time");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
