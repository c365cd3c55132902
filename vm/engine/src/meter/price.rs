//! What code costs beside its operators.
//!
//! Operators are priced in `operator.rs`; entering a contract in `lockstep_abi::price`.

/// Gas for each byte of `memory.copy`.
pub(super) const COPY_PER_BYTE: u64 = 100;
/// Gas for each byte of `memory.fill`.
pub(super) const FILL_PER_BYTE: u64 = 100;
/// Gas for each page of `memory.grow`: 64 KiB to be zeroed by the operating system, at the first touch.
pub(super) const GROW_PER_PAGE: u64 = 16_000_000;

/// Gas for entering a function: its frame, and `locals` to be cleared.
pub(super) fn entry(locals: usize) -> u64 {
    const PER_LOCAL: u64 = 300;
    u64::try_from(locals).unwrap_or(u64::MAX).saturating_mul(PER_LOCAL)
}
