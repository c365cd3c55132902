//! A function's blocks, how they lead to each other, and its loops.

/// A block of straight code.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) cost: u64,
    pub(super) head: Head,
    /// How many loops are around it, and the innermost.
    pub(super) depth: u32,
    pub(super) in_loop: Option<usize>,
    /// Something in it checks the meter.
    pub(super) checks: bool,
    /// It calls functions of the module.
    pub(super) calls: bool,
    /// The blocks that lead to it; loops that it begins are left out, and tables.
    pub(super) from: Vec<usize>,
    /// A table leads to it.
    pub(super) by_table: bool,
    pub(super) next: Next,
    /// The loops that it enters at its end, or that has ended before it.
    pub(super) enters: Option<usize>,
    pub(super) leaves: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    Entry,
    Loop,
    Plain,
}

/// Where a block leads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Next {
    /// On without a branch.
    Falls(Edge),
    /// To one place, by a branch.
    Goes(Edge),
    Branch {
        fall: Edge,
        taken: Edge,
        /// Whether something can be emitted on the branch that is taken.
        open: bool,
    },
    /// By a table.
    Any,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Edge {
    /// Out of the function, or not known yet.
    Out,
    /// To a block further down.
    Forward(usize),
    /// To the beginning of a loop.
    Back(usize),
}

/// A loop of the function.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loop {
    pub(super) around: Option<usize>,
    pub(super) depth: u32,
    /// Something in it checks the meter.
    pub(super) checks: bool,
    /// A block that goes round with it calls functions of the module.
    pub(super) calls: bool,
    /// There is a way out of it on which nothing can be emitted.
    pub(super) closed: bool,
}

/// All of a function.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) loops: Vec<Loop>,
}

impl Node {
    pub(super) const fn new(start: u32, head: Head, depth: u32, in_loop: Option<usize>) -> Self {
        Self {
            start,
            end: start,
            cost: 0,
            head,
            depth,
            in_loop,
            checks: false,
            calls: false,
            from: Vec::new(),
            by_table: false,
            next: Next::Goes(Edge::Out),
            enters: None,
            leaves: None,
        }
    }

    /// The block that it is reached from, if there is one only, and one way.
    pub(super) fn follows(&self) -> Option<usize> {
        match self.from.as_slice() {
            [from] if self.head == Head::Plain && !self.by_table => Some(*from),
            _ => None,
        }
    }

    /// Whether it is reached in several ways, each of which can be told apart.
    pub(super) fn joins(&self) -> bool {
        self.head == Head::Plain && self.from.len() > 1 && !self.by_table
    }

    pub(super) const fn is_reached(&self) -> bool {
        matches!(self.head, Head::Entry) || self.by_table || !self.from.is_empty()
    }
}

impl Graph {
    /// Remembers that something in these loops checks the meter.
    pub(super) fn checks(&mut self, mut innermost: Option<usize>) {
        while let Some(it) = innermost.and_then(|at| self.loops.get_mut(at)).filter(|it| !it.checks) {
            it.checks = true;
            innermost = it.around;
        }
    }

    /// Remembers a way out of these loops on which nothing can be emitted; up to those not deeper than `depth`.
    pub(super) fn closes(&mut self, mut innermost: Option<usize>, depth: u32) {
        while let Some(it) = innermost.and_then(|at| self.loops.get_mut(at)).filter(|it| it.depth > depth) {
            it.closed = true;
            innermost = it.around;
        }
    }

    /// Remembers that something in these loops calls functions of the module.
    pub(super) fn calls(&mut self, mut innermost: Option<usize>) {
        while let Some(it) = innermost.and_then(|at| self.loops.get_mut(at)).filter(|it| !it.calls) {
            it.calls = true;
            innermost = it.around;
        }
    }

    /// For each loop, the outermost one around it, or itself, that has a property and whose ways out are open.
    pub(super) fn regions(&self, has: impl Fn(&Loop) -> bool) -> Vec<Option<usize>> {
        let mut regions: Vec<Option<usize>> = Vec::with_capacity(self.loops.len());
        // What is around a loop comes before it.
        for (at, it) in self.loops.iter().enumerate() {
            let around = it.around.and_then(|around| *regions.get(around)?);
            regions.push(around.or_else(|| (has(it) && !it.closed).then_some(at)));
        }
        regions
    }
}
