//! Puts the charges into one function's code, operator by operator, as its plan says.

use std::{iter::Peekable, vec::IntoIter};

use lockstep_abi::price::PER_PAGE;
use wasmer::sys::wasmparser::{BlockType, Operator};
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState};

use super::{
    Globals,
    plan::{Charge, Check, Frame, Tank, Turn},
    price,
    support::Support,
};
use crate::{
    operator::{self, Rule},
    registers::Swaps,
};

/// Of a 32-bit number, the bit that is set if it is below zero.
const SIGN: i32 = i32::MIN;

/// The middleware for one function of the module.
#[derive(Debug)]
pub(super) struct FunctionMeter {
    pub(super) frame: i32,
    pub(super) globals: Globals,
    /// The local for the tank, in loops that the plan says.
    pub(super) local: u32,
    pub(super) swaps: Swaps,
    /// See [`Support::Divide`].
    pub(super) long: bool,
    /// The index of the first of the meter's own functions.
    pub(super) support: u32,
    pub(super) charges: Peekable<IntoIter<Charge>>,
    /// Of the block under way.
    pub(super) block: Option<Charge>,
    pub(super) at: u32,
}

/// Where a meter is kept.
#[derive(Debug, Clone, Copy)]
enum Place {
    Global(u32),
    Local(u32),
}

impl Place {
    const fn get<'a>(self) -> Operator<'a> {
        match self {
            Self::Global(global_index) => Operator::GlobalGet { global_index },
            Self::Local(local_index) => Operator::LocalGet { local_index },
        }
    }

    const fn set<'a>(self) -> Operator<'a> {
        match self {
            Self::Global(global_index) => Operator::GlobalSet { global_index },
            Self::Local(local_index) => Operator::LocalSet { local_index },
        }
    }

    /// Subtracts; adds, if the amount is below zero.
    fn subtract(self, amount: i32, state: &mut MiddlewareReaderState<'_>) {
        if amount != 0 {
            state.extend([self.get(), Operator::I32Const { value: amount }, Operator::I32Sub, self.set()]);
        }
    }
}

impl FunctionMeter {
    const fn stack(&self) -> Place {
        Place::Global(self.globals.stack)
    }

    const fn tank(&self, block: Charge) -> Place {
        if block.local { Place::Local(self.local) } else { Place::Global(self.globals.tank) }
    }

    fn move_tank(&self, to: Tank, state: &mut MiddlewareReaderState<'_>) {
        let (local, global) = (Place::Local(self.local), Place::Global(self.globals.tank));
        match to {
            Tank::ToLocal => state.extend([global.get(), local.set()]),
            Tank::ToGlobal => state.extend([local.get(), global.set()]),
        }
    }

    fn turn(&self, turn: Turn, state: &mut MiddlewareReaderState<'_>) {
        if let Some(to) = turn.tank {
            self.move_tank(to, state);
        }
        match turn.frame {
            None => {}
            Some(Frame::Take) => self.stack().subtract(self.frame, state),
            Some(Frame::Give) => self.stack().subtract(self.frame.saturating_neg(), state),
        }
    }

    /// Emits what a block begins with.
    fn begin(&self, block: Charge, state: &mut MiddlewareReaderState<'_>) {
        self.turn(block.before, state);
        if block.frame {
            self.stack().subtract(self.frame, state);
        }
        let tank = self.tank(block);
        match (tank, block.check) {
            (Place::Local(local_index), Check::Gas) => state.extend([
                tank.get(),
                Operator::I32Const { value: block.gas },
                Operator::I32Sub,
                Operator::LocalTee { local_index },
            ]),
            (_, check) => {
                tank.subtract(block.gas, state);
                match check {
                    Check::Nothing => return,
                    Check::Gas => state.push_operator(tank.get()),
                    Check::Both => state.extend([tank.get(), self.stack().get(), Operator::I32Or]),
                }
            }
        }
        // Not `< 0`: Singlepass makes a number of a comparison before it branches.
        state.extend([
            Operator::I32Const { value: SIGN },
            Operator::I32And,
            Operator::If { blockty: BlockType::Empty },
        ]);
        if block.local {
            self.move_tank(Tank::ToGlobal, state);
        }
        state.extend([
            Operator::I32Const { value: block.ahead },
            Operator::Call { function_index: Support::Refill.index(self.support) },
        ]);
        if block.local {
            self.move_tank(Tank::ToLocal, state);
        }
        state.push_operator(Operator::End);
    }

    /// Emits the charge for an operator whose price follows from the `u32` on top of the stack.
    fn by_length(&self, price: u64, state: &mut MiddlewareReaderState<'_>) {
        state.extend([
            Operator::I32Const { value: i32::try_from(price).unwrap_or(i32::MAX) },
            Operator::Call { function_index: Support::ByLength.index(self.support) },
        ]);
    }
}

impl<'a> FunctionMiddleware<'a> for FunctionMeter {
    fn feed(
        &mut self,
        operator: Operator<'a>,
        state: &mut MiddlewareReaderState<'a>,
    ) -> Result<(), MiddlewareError> {
        let Rule::Price(_) = operator::rule(&operator) else {
            return Err(MiddlewareError::new("meter", "an operator that was not prepared"));
        };
        if self.at == 0 {
            state.extend(self.swaps.enter());
        }
        let operator = self.swaps.apply(operator);
        let ends = self.block.filter(|block| block.end == self.at);
        if ends.is_some_and(|block| block.frame) {
            self.stack().subtract(self.frame.saturating_neg(), state);
        }
        if let Some(block) = self.charges.next_if(|block| block.start == self.at) {
            self.begin(block, state);
            self.block = Some(block);
        }
        let last = self.block.filter(|block| block.end == self.at);
        self.at = self.at.saturating_add(1);
        match operator {
            Operator::BrIf { relative_depth } => {
                let Some(block) = last.filter(|block| block.refund != 0 || block.after != Turn::NONE) else {
                    state.push_operator(operator);
                    return Ok(());
                };
                state.push_operator(Operator::If { blockty: BlockType::Empty });
                self.tank(block).subtract(block.refund.saturating_neg(), state);
                self.turn(block.after, state);
                state.extend([
                    Operator::Br { relative_depth: relative_depth.saturating_add(1) },
                    Operator::End,
                ]);
                return Ok(());
            }
            Operator::I64DivU if self.long => {
                let function_index = Support::Divide.index(self.support);
                state.push_operator(Operator::Call { function_index });
                return Ok(());
            }
            Operator::MemoryFill { .. } => self.by_length(price::FILL_PER_BYTE, state),
            Operator::MemoryCopy { .. } => self.by_length(price::COPY_PER_BYTE, state),
            Operator::MemoryGrow { .. } => self.by_length(PER_PAGE, state),
            // Nothing else costs by length; what is allowed at all is said by the rules, which have no default.
            _ => self.turn(last.map_or(Turn::NONE, |block| block.after), state),
        }
        state.push_operator(operator);
        Ok(())
    }
}

// Prices are handed over as 32 bits, and times a length they fit 63.
const _: () = assert!(price::FILL_PER_BYTE < 1 << 30 && price::COPY_PER_BYTE < 1 << 30 && PER_PAGE < 1 << 30);
