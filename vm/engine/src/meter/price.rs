//! What code costs beside its operators.
//!
//! Operators are priced in `operator.rs`; entering a contract in `lockstep_abi::price`.

/// Gas for each byte of `memory.copy`.
pub(super) const COPY_PER_BYTE: u64 = 100;
/// Gas for each byte of `memory.fill`.
pub(super) const FILL_PER_BYTE: u64 = 100;

/// Gas for entering a function: `locals` to be cleared. The frame is in the price of the call.
pub(super) fn entry(locals: usize) -> u64 {
    const PER_LOCAL: u64 = 300;
    u64::try_from(locals).unwrap_or(u64::MAX).saturating_mul(PER_LOCAL)
}
