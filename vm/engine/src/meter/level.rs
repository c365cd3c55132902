//! Gas and stack units left, as numbers and as the instance's globals hold them.
//!
//! Compiled code works on 32 bits, which take fewer and shorter instructions than 64: gas is `reserve` times
//! 2^30 plus `tank`. Code subtracts from the tank; where it is checked and below zero, 2^30 are moved over from
//! the reserve, and if nothing is there, gas has run out.

use lockstep_abi::limits::{
    module::{MAX_LOCALS, MAX_OPERANDS},
    run::{FRAME_STACK_UNITS, MAX_STACK_UNITS},
};

use super::plan::{MAX_UNCHECKED, MAX_UNCHECKED_ON_RETURN};
use crate::place::GlobalPlace;

/// The gas of a unit of the reserve, as a power of two.
pub(super) const TANK_BITS: u32 = 30;
/// What is in the tank of a unit of the reserve.
pub(super) const TANK_MASK: i32 = (1 << TANK_BITS) - 1;

/// The most gas that a call can be given: 17 seconds of the reference machine.
pub(crate) const MAX_METERED_GAS: u64 = 1 << 44;

// What is overdrawn between two checks (a block and what it pays ahead on top), also when the deepest recursion
// comes back, and what is given back, fits beside a full tank.
const _: () = assert!(MAX_UNCHECKED * 16 + MAX_FRAMES * MAX_UNCHECKED_ON_RETURN < 1 << TANK_BITS);
const MAX_FRAMES: u64 = (MAX_STACK_UNITS / FRAME_STACK_UNITS) as u64;
const _: () = assert!(MAX_METERED_GAS >> TANK_BITS < 1 << 31);
// As is a stack that is overdrawn by the frame whose entry finds out.
const _: () =
    assert!(MAX_STACK_UNITS as u64 + (MAX_LOCALS + MAX_OPERANDS + FRAME_STACK_UNITS) as u64 <= 1 << 31);

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
}

/// The meters of one instance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meters {
    pub(crate) tank: GlobalPlace,
    pub(crate) reserve: GlobalPlace,
    pub(crate) stack: GlobalPlace,
}

impl Meters {
    /// What is left.
    pub(crate) fn level(self) -> Level {
        Level { gas: self.gas(), stack: i64::from(self.stack.get_i32()) }
    }

    /// The gas that is left; below zero if code has overdrawn it since the last check.
    pub(crate) fn gas(self) -> i64 {
        let reserve = i64::from(self.reserve.get_i32());
        reserve.wrapping_shl(TANK_BITS).wrapping_add(i64::from(self.tank.get_i32()))
    }

    /// Sets what is left: gas below zero counts as -1, and is not above [`MAX_METERED_GAS`].
    pub(crate) fn set_gas(self, gas: i64) {
        let (reserve, tank) = match u64::try_from(gas) {
            Ok(gas) => (gas.wrapping_shr(TANK_BITS), low(gas) & TANK_MASK),
            Err(_) => (0, -1),
        };
        self.reserve.set(low(reserve).into());
        self.tank.set(tank.into());
    }

    /// Takes gas if there is so much.
    pub(crate) fn charge(self, gas: u64) -> bool {
        let tank = self.tank.get_i32();
        // Most often the tank has it; both parts are looked at only if not.
        if let Some(tank) =
            i32::try_from(gas).ok().and_then(|gas| tank.checked_sub(gas)).filter(|tank| *tank >= 0)
        {
            self.tank.set(tank.into());
            return true;
        }
        let left = i64::try_from(gas).ok().and_then(|gas| self.gas().checked_sub(gas)).unwrap_or(-1);
        self.set_gas(left);
        left >= 0
    }

    /// Fills the meters for a call.
    pub(crate) fn fill(self, level: Level) {
        self.set_gas(level.gas);
        self.stack.set(i32::try_from(level.stack).unwrap_or(-1).into());
    }
}

/// The low 31 bits and a sign that is not set.
fn low(bits: u64) -> i32 {
    i32::try_from(bits & 0x7FFF_FFFF).unwrap_or(i32::MAX)
}
