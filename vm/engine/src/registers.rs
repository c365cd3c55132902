//! Gives registers to the locals that are used most.
//!
//! Singlepass keeps a function's first locals in registers, parameters first, whatever they are used for. Here pairs
//! of locals change places before it sees them; the meter does that on its way, since each middleware passes on all
//! operators, which takes time. Types do not matter to it: every local is a slot of 64 bits,
//! and floats, whose locals it treats in another way, are refused.

use wasmer::sys::wasmparser::Operator;

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
#[derive(Debug, Clone, Default)]
pub(crate) struct Swaps(Vec<(u32, u32)>);

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
        let pairs = cold.iter().zip(hot.iter()).take_while(pays);
        Swaps(pairs.map(|((_, cold), (_, hot))| (*cold, *hot)).collect())
    }
}

impl Swaps {
    /// Where a local is.
    pub(crate) fn place(&self, local: u32) -> u32 {
        let found = self.0.iter().find_map(|(a, b)| match local {
            _ if local == *a => Some(*b),
            _ if local == *b => Some(*a),
            _ => None,
        });
        found.unwrap_or(local)
    }

    /// An operator with its local where it is.
    pub(crate) fn apply<'a>(&self, operator: Operator<'a>) -> Operator<'a> {
        match operator {
            Operator::LocalGet { local_index } => Operator::LocalGet { local_index: self.place(local_index) },
            Operator::LocalSet { local_index } => Operator::LocalSet { local_index: self.place(local_index) },
            Operator::LocalTee { local_index } => Operator::LocalTee { local_index: self.place(local_index) },
            operator => operator,
        }
    }

    /// What exchanges the values at the function's entry: parameters come where they were declared.
    pub(crate) fn enter<'a>(&self) -> impl Iterator<Item = Operator<'a>> {
        self.0.iter().flat_map(|&(a, b)| {
            [
                Operator::LocalGet { local_index: a },
                Operator::LocalGet { local_index: b },
                Operator::LocalSet { local_index: a },
                Operator::LocalSet { local_index: b },
            ]
        })
    }
}
