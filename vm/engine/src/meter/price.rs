//! What code costs beside its operators.
//!
//! Operators are priced in `operator.rs`; entering a contract in `lockstep_abi::price`.

// Figures: `cargo bench --workspace --bench calibrate -- operator`. A quarter is added.

/// Gas for each byte of `memory.copy`: 34 ps between two parts of memory that no cache holds.
pub(crate) const COPY_PER_BYTE: u64 = 43;
/// Gas for each byte of `memory.fill`: 18 ps all over memory.
pub(crate) const FILL_PER_BYTE: u64 = 23;

/// Gas for each local of a function that is entered: 13.7 ns for 20 of them, the call included, 6.0 ns for 5 to 12.
pub(crate) const PER_LOCAL: u64 = 600;

/// Gas for entering a function: `locals` to be cleared. The frame is in the price of the call.
pub(super) const fn entry(locals: u32) -> u64 {
    (locals as u64).saturating_mul(PER_LOCAL)
}
