//! Functions of the meter's own, added to the end of each module: what is rare or long.
//!
//! A middleware cannot add functions, so they are in the module that the compiler is given. Those that need the
//! meters' globals trap there; the middleware puts the code in, since only then are the globals there.

use wasmer::sys::wasmparser::{BlockType, Operator};
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState};

use super::{
    Globals,
    level::{TANK_BITS, TANK_MASK},
};

/// A function of the meter's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Support {
    /// `(ahead: i32)`. Called if the tank or the stack is below zero: refills the tank from the reserve. Traps if
    /// there is none and the tank would be below zero without what was paid ahead, and if the stack is.
    Refill,
    /// `(length: i32, price: i32) -> length`. Charges a price for each unit of an unsigned length; traps if there is
    /// less gas than that.
    ByLength,
    /// `(u64, u64) -> u64`: `i64.div_u`. In a long function it is called instead. Singlepass on AArch64 jumps from a
    /// division by zero to the function's end, which must be within 1 MiB (`emit_binop_udiv64` in
    /// `machine_arm64.rs`; the other divisions jump by way of a second jump): a function that x86-64 compiles and
    /// AArch64 does not would fork the chain.
    Divide,
}

impl Support {
    /// All, in the order in which they are added.
    pub(crate) const ALL: [Self; 3] = [Self::Refill, Self::ByLength, Self::Divide];

    /// Its index if the first has this one.
    pub(super) const fn index(self, first: u32) -> u32 {
        first.saturating_add(self as u32)
    }

    /// Its type as the type section holds it.
    pub(crate) const fn ty(self) -> &'static [u8] {
        match self {
            Self::Refill => &[0x60, 1, 0x7F, 0],
            Self::ByLength => &[0x60, 2, 0x7F, 0x7F, 1, 0x7F],
            Self::Divide => &[0x60, 2, 0x7E, 0x7E, 1, 0x7E],
        }
    }

    /// Its body as the code section holds it.
    pub(crate) const fn body(self) -> &'static [u8] {
        match self {
            // A local of 64 bits, `unreachable`.
            Self::Refill | Self::ByLength => &[5, 1, 1, 0x7E, 0x00, 0x0B],
            // `local.get 0`, `local.get 1`, `i64.div_u`.
            Self::Divide => &[7, 0, 0x20, 0, 0x20, 1, 0x80, 0x0B],
        }
    }

    /// What stands for `unreachable` in its body.
    fn code(self, globals: Globals) -> Vec<Operator<'static>> {
        let get = |global_index| Operator::GlobalGet { global_index };
        let set = |global_index| Operator::GlobalSet { global_index };
        let local = |local_index| Operator::LocalGet { local_index };
        let int = |value| Operator::I32Const { value };
        let long = |value| Operator::I64Const { value };
        let branch = Operator::If { blockty: BlockType::Empty };
        let Globals { tank, reserve, stack } = globals;
        match self {
            Self::Refill => [
                trap_below_zero(vec![get(stack)]),
                vec![get(reserve), Operator::I32Eqz, branch],
                trap_below_zero(vec![get(tank), local(0), Operator::I32Add]),
                vec![Operator::Else],
                vec![get(reserve), int(1), Operator::I32Sub, set(reserve)],
                vec![get(tank), int(1 << TANK_BITS), Operator::I32Add, set(tank)],
                vec![Operator::End],
            ]
            .concat(),
            Self::ByLength => [
                vec![get(reserve), Operator::I64ExtendI32U, long(TANK_BITS.into()), Operator::I64Shl],
                vec![get(tank), Operator::I64ExtendI32S, Operator::I64Add],
                vec![local(0), Operator::I64ExtendI32U, local(1), Operator::I64ExtendI32U, Operator::I64Mul],
                vec![Operator::I64Sub, Operator::LocalTee { local_index: 2 }],
                vec![long(0), Operator::I64LtS, branch],
                vec![int(0), set(reserve), int(-1), set(tank), Operator::Unreachable, Operator::End],
                vec![local(2), long(TANK_BITS.into()), Operator::I64ShrU, Operator::I32WrapI64, set(reserve)],
                vec![local(2), Operator::I32WrapI64, int(TANK_MASK), Operator::I32And, set(tank)],
                vec![local(0)],
            ]
            .concat(),
            Self::Divide => vec![Operator::Unreachable],
        }
    }
}

fn trap_below_zero(value: Vec<Operator<'static>>) -> Vec<Operator<'static>> {
    let trap = [
        Operator::I32Const { value: 0 },
        Operator::I32LtS,
        Operator::If { blockty: BlockType::Empty },
        Operator::Unreachable,
        Operator::End,
    ];
    value.into_iter().chain(trap).collect()
}

/// The middleware for a function of the meter's.
#[derive(Debug)]
pub(super) struct SupportMeter {
    pub(super) function: Support,
    pub(super) globals: Globals,
}

impl<'a> FunctionMiddleware<'a> for SupportMeter {
    fn feed(
        &mut self,
        operator: Operator<'a>,
        state: &mut MiddlewareReaderState<'a>,
    ) -> Result<(), MiddlewareError> {
        match operator {
            Operator::Unreachable => state.extend(self.function.code(self.globals)),
            operator => state.push_operator(operator),
        }
        Ok(())
    }
}
