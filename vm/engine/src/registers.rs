//! Gives registers to the locals that are used most.
//!
//! Singlepass keeps a function's first locals in registers, parameters first, whatever they are used for. Here pairs
//! of locals change places before it sees them. Types do not matter to it: every local is a slot of 64 bits,
//! and floats, whose locals it treats in another way, are refused.

use wasmer::LocalFunctionIndex;
use wasmer::sys::wasmparser::Operator;
use wasmer::sys::{FunctionMiddleware, MiddlewareError, MiddlewareReaderState, ModuleMiddleware};

/// How many locals of a function Singlepass keeps in registers.
const REGISTERS: usize = if cfg!(target_arch = "aarch64") { 8 } else { 4 };

/// Instructions that it costs to exchange two locals at the function's entry.
const EXCHANGE: u64 = 6;

/// Where each local of a function is used.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// The block, the local, and the cost.
    uses: Vec<(usize, u32, u64)>,
}

/// Pairs of locals that change places.
pub(crate) type Swaps = Vec<(u32, u32)>;

impl Uses {
    /// The next operator of the function, in the block of this number.
    pub(crate) fn operator(&mut self, operator: &Operator<'_>, block: usize) {
        match operator {
            Operator::LocalGet { local_index }
            | Operator::LocalSet { local_index }
            | Operator::LocalTee { local_index } => self.push(block, *local_index, 1),
            // Says nothing about locals.
            _ => {}
        }
    }

    /// A use in a block, and what it costs if the local is not in a register.
    pub(crate) fn push(&mut self, block: usize, local: u32, cost: u64) {
        self.uses.push((block, local, cost));
    }

    /// The exchanges that pay, if so many loops go round with each block.
    pub(crate) fn swaps(self, loops: &[u32]) -> Swaps {
        let mut locals: Vec<(u64, u32)> = Vec::new();
        for (block, local, cost) in self.uses {
            while locals.len() <= local as usize {
                locals.push((0, u32::try_from(locals.len()).unwrap_or(u32::MAX)));
            }
            // A loop is worth eight rounds, six deep.
            let rounds = loops.get(block).map_or(0, |loops| *loops.min(&6));
            if let Some((uses, _)) = locals.get_mut(local as usize) {
                *uses = uses.saturating_add(cost << rounds.saturating_mul(3));
            }
        }
        let registers = REGISTERS.min(locals.len());
        let (cold, hot) = locals.split_at_mut(registers);
        cold.sort_unstable();
        hot.sort_unstable_by(|(a, i), (b, j)| b.cmp(a).then(i.cmp(j)));
        let pays = |((cold, _), (hot, _)): &(&(u64, u32), &(u64, u32))| *hot > cold.saturating_add(EXCHANGE);
        cold.iter().zip(hot.iter()).take_while(pays).map(|((_, cold), (_, hot))| (*cold, *hot)).collect()
    }
}

/// The middleware for one module.
#[derive(Debug)]
pub(crate) struct Registers(pub(crate) Vec<Swaps>);

#[derive(Debug)]
struct Exchange {
    swaps: Swaps,
    entered: bool,
}

impl ModuleMiddleware for Registers {
    fn generate_function_middleware<'a>(
        &self,
        function: LocalFunctionIndex,
    ) -> Box<dyn FunctionMiddleware<'a> + 'a> {
        let swaps = self.0.get(function.as_u32() as usize).cloned().unwrap_or_default();
        Box::new(Exchange { swaps, entered: false })
    }
}

impl Exchange {
    fn place(&self, local: u32) -> u32 {
        let found = self.swaps.iter().find_map(|(a, b)| match local {
            _ if local == *a => Some(*b),
            _ if local == *b => Some(*a),
            _ => None,
        });
        found.unwrap_or(local)
    }
}

impl<'a> FunctionMiddleware<'a> for Exchange {
    fn feed(
        &mut self,
        operator: Operator<'a>,
        state: &mut MiddlewareReaderState<'a>,
    ) -> Result<(), MiddlewareError> {
        if !self.entered {
            self.entered = true;
            for (a, b) in &self.swaps {
                state.extend([
                    Operator::LocalGet { local_index: *a },
                    Operator::LocalGet { local_index: *b },
                    Operator::LocalSet { local_index: *a },
                    Operator::LocalSet { local_index: *b },
                ]);
            }
        }
        state.push_operator(match operator {
            Operator::LocalGet { local_index } => Operator::LocalGet { local_index: self.place(local_index) },
            Operator::LocalSet { local_index } => Operator::LocalSet { local_index: self.place(local_index) },
            Operator::LocalTee { local_index } => Operator::LocalTee { local_index: self.place(local_index) },
            operator => operator,
        });
        Ok(())
    }
}
