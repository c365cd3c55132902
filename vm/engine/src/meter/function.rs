//! Puts the charges into one function's code, operator by operator.
//!
//! Operators are held back until their basic block ends, since only then is its price known.

use lockstep_abi::price::PER_PAGE;
use wasmer::sys::wasmparser::{BlockType, Operator, ValType};
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState};

use super::{
    Globals,
    level::{CHECK_MASK, CHECK_OK, MAX_METERED_GAS, delta},
    price,
};
use crate::operator::{self, Rule};

/// Gas that can be spent without a look at whether it is there: a microsecond.
const MAX_UNCHECKED: u64 = 1_000_000;

/// What a block begins as; every cycle of execution passes an entry or a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    /// The function: both meters are checked.
    Entry,
    /// A loop: gas is checked. The stack is as it was at the entry.
    Loop,
    /// Any other, bounded by the code until the next check.
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
    /// Whether the block under way calls a function of the module.
    calls: bool,
    /// What the blocks since the last check can have cost together.
    unchecked: u64,
    held: Vec<Operator<'a>>,
}

impl<'a> FunctionMeter<'a> {
    pub(super) const fn new(known: Option<(u32, Globals)>, imported_functions: u32) -> Self {
        let held = Vec::new();
        Self { known, imported_functions, head: Head::Entry, cost: 0, calls: false, unchecked: 0, held }
    }

    /// Emits the block that `last` ends: its charge, its operators, and the frame back before it is left.
    fn flush(
        &mut self,
        last: Operator<'a>,
        (frame, globals): (u32, Globals),
        next: Head,
        state: &mut MiddlewareReaderState<'a>,
    ) {
        let frame = if self.calls { frame } else { 0 };
        subtract(delta(self.cost, frame), globals, state);
        // Code goes forward only, but for loops: no path between two checks costs more than this sum.
        self.unchecked = self.unchecked.saturating_add(self.cost);
        match self.head {
            Head::Entry => check(globals, state),
            Head::Loop => check_gas(globals, state),
            Head::Plain if self.unchecked > MAX_UNCHECKED => check_gas(globals, state),
            Head::Plain => {}
        }
        if self.head != Head::Plain || self.unchecked > MAX_UNCHECKED {
            self.unchecked = 0;
        }
        state.extend(self.held.drain(..));
        subtract(delta(0, frame).wrapping_neg(), globals, state);
        state.push_operator(last);
        (self.cost, self.calls, self.head) = (0, false, next);
    }

    /// Holds an operator back whose price follows from the `u32` on top of the stack, behind its own
    /// charge and check.
    fn by_length(&mut self, operator: Operator<'a>, unit: Unit, globals: Globals) {
        let Globals { meter, scratch } = globals;
        self.held.extend([
            Operator::GlobalSet { global_index: scratch },
            Operator::GlobalGet { global_index: meter },
            Operator::GlobalGet { global_index: scratch },
        ]);
        if let Some(most) = unit.most {
            // More than that fails in any case; the product must not overflow.
            self.held.extend([
                Operator::I32Const { value: most },
                Operator::GlobalGet { global_index: scratch },
                Operator::I32Const { value: most },
                Operator::I32LtU,
                Operator::Select,
            ]);
        }
        self.held.extend([
            Operator::I64ExtendI32U,
            Operator::I64Const { value: delta(unit.price, 0) },
            Operator::I64Mul,
            Operator::I64Sub,
            Operator::GlobalSet { global_index: meter },
            Operator::GlobalGet { global_index: meter },
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
        let function = (frame, globals);
        match operator {
            Operator::Loop { .. } => self.flush(operator, function, Head::Loop, state),
            Operator::If { .. }
            | Operator::Else
            | Operator::End
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::BrTable { .. }
            | Operator::Return
            | Operator::Unreachable => self.flush(operator, function, Head::Plain, state),
            Operator::Call { function_index } if function_index < self.imported_functions => {
                // A host function takes no frame of the guest's; what it calls is told what is left.
                self.held.push(operator);
            }
            Operator::Call { .. } | Operator::CallIndirect { .. } => {
                self.calls = true;
                self.held.push(operator);
            }
            Operator::MemoryFill { .. } => self.by_length(operator, FILL, globals),
            Operator::MemoryCopy { .. } => self.by_length(operator, COPY, globals),
            Operator::MemoryGrow { .. } => self.by_length(operator, GROW, globals),
            // Everything else neither branches nor costs by length; what is allowed at all is said by the
            // rules, which have no default.
            operator => self.held.push(operator),
        }
        Ok(())
    }
}

/// What an operator charges for each unit of the length on top of the stack.
#[derive(Debug, Clone, Copy)]
struct Unit {
    price: u64,
    /// The length from which on the price stays the same.
    most: Option<i32>,
}

const FILL: Unit = Unit { price: price::FILL_PER_BYTE, most: None };
const COPY: Unit = Unit { price: price::COPY_PER_BYTE, most: None };
const GROW: Unit = Unit { price: PER_PAGE, most: Some(1 << 16) };

// The longest of each, charged at once, fits beside the gas that is left.
const _: () = assert!(price::FILL_PER_BYTE << 32 < MAX_METERED_GAS);
const _: () = assert!(price::COPY_PER_BYTE << 32 < MAX_METERED_GAS);
const _: () = assert!(PER_PAGE << 16 < MAX_METERED_GAS);

/// Subtracts from the meters' level.
fn subtract(delta: i64, globals: Globals, state: &mut MiddlewareReaderState<'_>) {
    if delta == 0 {
        return;
    }
    state.extend([
        Operator::GlobalGet { global_index: globals.meter },
        Operator::I64Const { value: delta },
        Operator::I64Sub,
        Operator::GlobalSet { global_index: globals.meter },
    ]);
}

/// Traps if either meter is below zero.
fn check(globals: Globals, state: &mut MiddlewareReaderState<'_>) {
    state.extend([
        Operator::GlobalGet { global_index: globals.meter },
        Operator::I64Const { value: CHECK_MASK },
        Operator::I64And,
        Operator::I64Const { value: CHECK_OK },
        Operator::I64Ne,
        Operator::If { blockty: BlockType::Empty },
        Operator::Unreachable,
        Operator::End,
    ]);
}

/// Traps if gas is below zero.
fn check_gas(globals: Globals, state: &mut MiddlewareReaderState<'_>) {
    state.extend([
        Operator::GlobalGet { global_index: globals.meter },
        Operator::I64Const { value: 0 },
        Operator::I64LtS,
        Operator::If { blockty: BlockType::Empty },
        Operator::Unreachable,
        Operator::End,
    ]);
}
