//! Gas and stack units left, in one number of 64 bits.
//!
//! ```text
//! bit  63 ........ 18   17 ......... 0
//!      gas, signed      stack units + 2^17
//! ```
//!
//! Gas below zero makes the number negative. Stack units are kept 2^17 too high, so that bit 17 is set until
//! they are below zero; they then are so by less than a frame, since every function's entry checks them,
//! and nothing is borrowed from the gas.

use lockstep_abi::limits::{
    module::{MAX_LOCALS, MAX_OPERANDS},
    run::{FRAME_STACK_UNITS, MAX_STACK_UNITS},
};

/// Where the gas begins.
const GAS_SHIFT: u32 = 18;
/// The bit that is set while stack units are not below zero.
const STACK_BIT: i64 = 1 << 17;
const STACK_MASK: i64 = (1 << GAS_SHIFT) - 1;

/// The most gas that a call can be given: 17 seconds of the reference machine.
pub(crate) const MAX_METERED_GAS: u64 = 1 << 44;

/// What is left in the meters; negative when used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) gas: i64,
    pub(crate) stack: i64,
}

impl Level {
    /// What a call begins with; both within their limits.
    pub(crate) fn new(gas: u64, stack_units: u32) -> Self {
        let gas = i64::try_from(gas.min(MAX_METERED_GAS)).unwrap_or(i64::MAX);
        Self { gas, stack: i64::from(stack_units.min(MAX_STACK_UNITS)) }
    }

    /// As the global holds it.
    pub(crate) const fn pack(self) -> i64 {
        // Wrapping: neither wraps within the limits.
        self.gas.wrapping_shl(GAS_SHIFT) | self.stack.wrapping_add(STACK_BIT) & STACK_MASK
    }

    pub(crate) const fn unpack(packed: i64) -> Self {
        Self { gas: packed.wrapping_shr(GAS_SHIFT), stack: (packed & STACK_MASK).wrapping_sub(STACK_BIT) }
    }
}

/// What to subtract from the global for so much gas and so many stack units.
pub(super) fn delta(gas: u64, stack_units: u32) -> i64 {
    let gas = i64::try_from(gas.min(MAX_METERED_GAS)).unwrap_or(i64::MAX);
    gas.wrapping_shl(GAS_SHIFT).wrapping_add(i64::from(stack_units))
}

/// `level & CHECK_MASK` is `CHECK_OK` while neither meter is below zero.
pub(super) const CHECK_MASK: i64 = i64::MIN | STACK_BIT;
/// See [`CHECK_MASK`].
pub(super) const CHECK_OK: i64 = STACK_BIT;

// A full stack and an overdraft of one frame both fit below the gas.
const _: () = assert!((MAX_STACK_UNITS as i64) < STACK_BIT);
const _: () = assert!(((MAX_LOCALS + MAX_OPERANDS + FRAME_STACK_UNITS) as i64) < STACK_BIT);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_read_back_and_charges_do_not_touch_each_other() {
        for gas in [-1_000_000, -1, 0, 1, 1 << 44] {
            for stack in [-5_000, -1, 0, 1, i64::from(MAX_STACK_UNITS)] {
                let level = Level { gas, stack };
                assert_eq!(Level::unpack(level.pack()), level);
                let after = level.pack().wrapping_sub(delta(3, 20));
                assert_eq!(Level::unpack(after), Level { gas: gas - 3, stack: stack - 20 });
            }
        }
    }

    #[test]
    fn one_comparison_tells_whether_either_is_used_up() {
        for (gas, stack, ok) in [(0, 0, true), (-1, 0, false), (0, -1, false), (1 << 44, -5_000, false)] {
            let packed = Level { gas, stack }.pack();
            assert_eq!(packed & CHECK_MASK == CHECK_OK, ok, "{gas} {stack}");
            assert_eq!(packed < 0, gas < 0);
        }
    }
}
