//! Puts the charges into one function's code, operator by operator.
//!
//! Operators are held back until their basic block ends, since only then is its price known.

use wasmer::sys::wasmparser::{BlockType, Operator, ValType};
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState};

use super::{Globals, price};
use crate::operator::{self, Rule};

/// Gas that can be spent without a look at whether it is there: a microsecond.
const MAX_UNCHECKED: u64 = 1_000_000;

/// Whether a block's head also looks whether a meter is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    /// Function entry or loop head: every cycle passes one.
    Checked,
    /// Any other; bounded by the code until the next checked head.
    Plain,
}

/// The middleware for one function.
#[derive(Debug)]
pub(super) struct FunctionMeter<'a> {
    /// The function's stack units and the module's meter globals; absent only if the module is not the
    /// one that was prepared.
    known: Option<(u32, Globals)>,
    imported_functions: u32,
    head: Head,
    cost: u64,
    /// What the blocks since the last check can have cost together.
    unchecked: u64,
    held: Vec<Operator<'a>>,
}

impl<'a> FunctionMeter<'a> {
    pub(super) const fn new(known: Option<(u32, Globals)>, imported_functions: u32) -> Self {
        Self { known, imported_functions, head: Head::Checked, cost: 0, unchecked: 0, held: Vec::new() }
    }

    /// Emits the block that ends here: its charge, then its operators.
    fn flush(&mut self, globals: Globals, next: Head, state: &mut MiddlewareReaderState<'a>) {
        charge(globals, self.cost, state);
        // Code goes forward only, but for loops: no path between two checks costs more than this sum.
        self.unchecked = self.unchecked.saturating_add(self.cost);
        if self.head == Head::Checked || self.unchecked > MAX_UNCHECKED {
            check(globals, state);
            self.unchecked = 0;
        }
        state.extend(self.held.drain(..));
        self.cost = 0;
        self.head = next;
    }

    /// Holds a call back with the caller's frame taken from the stack units while it runs.
    fn call(&mut self, call: Operator<'a>, frame: u32, globals: Globals) {
        let frame = i64::from(frame);
        self.held.extend([
            Operator::GlobalGet { global_index: globals.stack },
            Operator::I64Const { value: frame },
            Operator::I64Sub,
            Operator::GlobalSet { global_index: globals.stack },
            call,
            Operator::GlobalGet { global_index: globals.stack },
            Operator::I64Const { value: frame },
            Operator::I64Add,
            Operator::GlobalSet { global_index: globals.stack },
        ]);
    }

    /// Holds an operator back whose price follows from the `u32` on top of the stack, behind its own
    /// charge and check.
    fn by_length(&mut self, operator: Operator<'a>, per_unit: u64, globals: Globals) {
        let Globals { gas, scratch, .. } = globals;
        self.held.extend([
            Operator::GlobalSet { global_index: scratch },
            Operator::GlobalGet { global_index: gas },
            Operator::GlobalGet { global_index: scratch },
            Operator::I64ExtendI32U,
            // No overflow: under 2^32 units of under 2^30 gas.
            Operator::I64Const { value: i64::try_from(per_unit).unwrap_or(i64::MAX) },
            Operator::I64Mul,
            Operator::I64Sub,
            Operator::GlobalSet { global_index: gas },
            // Only gas: a stack below zero is caught at the callee's entry.
            Operator::GlobalGet { global_index: gas },
            Operator::I64Const { value: 0 },
            Operator::I64LtS,
            Operator::If { blockty: BlockType::Empty },
            Operator::Unreachable,
            Operator::End,
            Operator::GlobalGet { global_index: scratch },
            operator,
        ]);
    }
}

impl<'a> FunctionMiddleware<'a> for FunctionMeter<'a> {
    fn locals_info(&mut self, locals: &[ValType]) {
        // Singlepass clears each local at every call.
        self.cost = price::entry(locals.len());
    }

    fn feed(
        &mut self,
        operator: Operator<'a>,
        state: &mut MiddlewareReaderState<'a>,
    ) -> Result<(), MiddlewareError> {
        let Some((frame, globals)) = self.known else {
            return Err(MiddlewareError::new("meter", "a function that was not prepared"));
        };
        let Rule::Price(cost) = operator::rule(&operator) else {
            return Err(MiddlewareError::new("meter", "an operator that was not prepared"));
        };
        self.cost = self.cost.saturating_add(cost);
        match operator {
            Operator::Loop { .. } => {
                self.held.push(operator);
                self.flush(globals, Head::Checked, state);
            }
            Operator::If { .. }
            | Operator::Else
            | Operator::End
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::BrTable { .. }
            | Operator::Return
            | Operator::Unreachable => {
                self.held.push(operator);
                self.flush(globals, Head::Plain, state);
            }
            Operator::Call { function_index } if function_index < self.imported_functions => {
                // A host function takes no frame of the guest's; what it calls is told what is left.
                self.held.push(operator);
            }
            Operator::Call { .. } | Operator::CallIndirect { .. } => self.call(operator, frame, globals),
            Operator::MemoryFill { .. } => self.by_length(operator, price::FILL_PER_BYTE, globals),
            Operator::MemoryCopy { .. } => self.by_length(operator, price::COPY_PER_BYTE, globals),
            Operator::MemoryGrow { .. } => self.by_length(operator, lockstep_abi::price::PER_PAGE, globals),
            // Everything else neither branches nor costs by length; what is allowed at all is said by the
            // rules, which have no default.
            operator => self.held.push(operator),
        }
        Ok(())
    }
}

/// Subtracts `cost` from the gas left.
fn charge(globals: Globals, cost: u64, state: &mut MiddlewareReaderState<'_>) {
    if cost == 0 {
        return;
    }
    state.extend([
        Operator::GlobalGet { global_index: globals.gas },
        Operator::I64Const { value: i64::try_from(cost).unwrap_or(i64::MAX) },
        Operator::I64Sub,
        Operator::GlobalSet { global_index: globals.gas },
    ]);
}

/// Traps if either meter is below zero: one branch, since the sign of `a | b` is set if either's is.
fn check(globals: Globals, state: &mut MiddlewareReaderState<'_>) {
    state.extend([
        Operator::GlobalGet { global_index: globals.gas },
        Operator::GlobalGet { global_index: globals.stack },
        Operator::I64Or,
        Operator::I64Const { value: 0 },
        Operator::I64LtS,
        Operator::If { blockty: BlockType::Empty },
        Operator::Unreachable,
        Operator::End,
    ]);
}
