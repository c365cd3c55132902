//! Decides what each part of a function charges, before any of it is emitted.
//!
//! A function is cut into blocks: straight code that runs to its end once it begins. A block is charged at its
//! head, before its work. The rest is how to do that with few instructions, and short ones:
//!
//! - A block may pay **ahead** for the one that likely follows. The other way out of it gets the difference: at the
//!   head of its own block if that can be reached from nowhere else, or on the branch itself. What a path has
//!   paid at its end is the sum of its blocks, whatever was paid ahead on the way.
//! - Nothing is paid ahead by a block that does something which checks the meter itself (a call, bulk memory), so
//!   gas that can be seen is exact.
//! - Gas is checked at the function's entry and where a loop begins, unless the loop's first block calls anything: the
//!   callee checks. It is checked too before a block after which more than [`MAX_UNCHECKED`] could have run since the
//!   last check, on whatever way; and soon after a call, lest a deep recursion does much on its way back.
//! - In a loop in which nothing checks the meter itself, the tank is kept in a **local**: through memory, each round
//!   waits for the one before. It is put back on every way out but a trap in the middle of a block; such a trap takes
//!   all gas, see `outcome.rs`.
//! - A block that calls takes the function's frame and gives it back; a loop with such blocks does so as a whole.
//!
//! The check knows how much was paid ahead and does not count it, so a call that has just enough gas is not stopped.

mod choose;
mod graph;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use read::Planner;

/// Gas that can be spent without a look at whether it is there: a microsecond. A block of more is cut.
pub(super) const MAX_UNCHECKED: u64 = 1_000_000;

/// Gas that can be spent without a look between a call's return and the function's own: about what its frame paid.
pub(super) const MAX_UNCHECKED_ON_RETURN: u64 = 16_000;

/// What is emitted for each block of a function, in the order of its code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(super) charges: Vec<Charge>,
    /// For each block, those that cannot be reached included, how many loops go round with it.
    pub(crate) rounds: Vec<u32>,
    /// What each block does with the local for the tank, by block.
    pub(crate) local_uses: Vec<(usize, u64)>,
}

/// What is emitted for one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Charge {
    /// The operator before which it stands, counted from the function's first.
    pub(super) start: u32,
    /// The operator before which the frame is given back: the last, or the one behind a block that was cut.
    pub(super) end: u32,
    /// Gas to subtract; below zero if more was paid ahead than this way costs.
    pub(super) gas: i32,
    /// Whether the block takes a frame and gives it back.
    pub(super) frame: bool,
    pub(super) check: Check,
    /// What `gas` pays ahead for the next block.
    pub(super) ahead: i32,
    /// Given back if the branch at the end is taken; below zero if that way wants more.
    pub(super) refund: i32,
    /// Whether the tank is in the local here.
    pub(super) local: bool,
    /// What happens before the block.
    pub(super) before: Turn,
    /// What happens at its end, or on the branch there that is taken.
    pub(super) after: Turn,
}

/// What is done where a loop is entered or left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) tank: Option<Tank>,
    pub(super) frame: Option<Frame>,
}

/// What is checked at a block's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    Nothing,
    Gas,
    /// Gas and stack: the function's entry.
    Both,
}

/// Where the tank goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tank {
    ToLocal,
    ToGlobal,
}

/// What happens to the function's frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    Take,
    Give,
}

impl Turn {
    /// Nothing is done.
    pub(super) const NONE: Self = Self { tank: None, frame: None };
}

impl Plan {
    /// Whether a local for the tank is needed.
    pub(crate) fn needs_local(&self) -> bool {
        !self.local_uses.is_empty()
    }
}
