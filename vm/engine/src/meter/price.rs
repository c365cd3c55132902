//! What code costs beside its operators.
//!
//! Operators are priced in `operator.rs`; entering a contract in `lockstep_abi::price`.

/// Gas for each byte of `memory.copy`.
pub(crate) const COPY_PER_BYTE: u64 = 100;
/// Gas for each byte of `memory.fill`.
pub(crate) const FILL_PER_BYTE: u64 = 100;

/// Gas for each local of a function that is entered.
pub(crate) const PER_LOCAL: u64 = 300;

/// Gas for entering a function: `locals` to be cleared. The frame is in the price of the call.
pub(super) const fn entry(locals: u32) -> u64 {
    (locals as u64).saturating_mul(PER_LOCAL)
}
