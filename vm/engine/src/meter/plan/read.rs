//! Cuts a function into blocks as its operators come.

use wasmer::sys::wasmparser::{BlockType, BrTable, Operator};

use super::{
    MAX_UNCHECKED, Plan,
    choose::choose,
    graph::{Edge, Graph, Head, Loop, Next, Node},
};
use crate::{
    meter::price,
    operator::{self, Rule},
};

/// Reads a function's operators and makes its plan.
#[derive(Debug)]
pub(crate) struct Planner {
    imported_functions: u32,
    graph: Graph,
    labels: Vec<Label>,
    at: u32,
    in_loop: Option<usize>,
    depth: u32,
    /// Whether the code here can be reached.
    live: bool,
}

/// A construct that is open, and who wants to go to its end.
#[derive(Debug)]
struct Label {
    kind: Kind,
    /// Whether a branch to it takes no operands along.
    bare: bool,
    /// The innermost loop around where it leads.
    in_loop: Option<usize>,
    waiting: Vec<(usize, Way)>,
    by_table: bool,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Function,
    Block,
    Loop(usize),
    If { condition: usize },
}

/// Which of a block's edges.
#[derive(Debug, Clone, Copy)]
enum Way {
    Falls,
    Goes,
    Taken,
}

impl Planner {
    /// For a function with so many locals, parameters not counted.
    pub(crate) fn new(imported_functions: u32, locals: u32) -> Self {
        let mut entry = Node::new(0, Head::Entry, 0, None);
        entry.cost = price::entry(locals);
        let mut planner = Self {
            imported_functions,
            graph: Graph { nodes: vec![entry], loops: Vec::new() },
            labels: Vec::new(),
            at: 0,
            in_loop: None,
            depth: 0,
            live: true,
        };
        planner.open(Kind::Function, false);
        planner
    }

    /// The number of the block that the next operator belongs to.
    pub(crate) const fn block(&self) -> usize {
        self.graph.nodes.len().saturating_sub(1)
    }

    /// The next operator; all of a valid function must come, its last `end` included.
    pub(crate) fn operator(&mut self, operator: &Operator<'_>) {
        let cost = match operator::rule(operator) {
            Rule::Price(cost) => cost,
            // Refused by `prepare`; the middleware refuses it too.
            Rule::Denied(_) => 0,
        };
        let block = self.block();
        if let Some(node) = self.graph.nodes.last_mut() {
            node.cost = node.cost.saturating_add(cost);
            node.end = self.at;
        }
        match operator {
            Operator::Block { blockty } => self.open(Kind::Block, matches!(blockty, BlockType::Empty)),
            Operator::Loop { blockty } => self.open_loop(!matches!(blockty, BlockType::FuncType(_))),
            Operator::If { blockty } => {
                self.open(Kind::If { condition: block }, matches!(blockty, BlockType::Empty));
                let then = self.begin(Head::Plain);
                self.branch(block, then, false);
            }
            Operator::Else => self.otherwise(),
            Operator::End => self.close(),
            Operator::Br { relative_depth } => {
                self.go(block, Way::Goes, *relative_depth);
                self.dead();
            }
            Operator::BrIf { relative_depth } => {
                let bare = self.label(*relative_depth).is_some_and(|label| label.bare);
                if !bare {
                    self.graph.closes(self.in_loop, self.depth_of(*relative_depth));
                }
                let after = self.begin(Head::Plain);
                self.branch(block, after, bare);
                self.go(block, Way::Taken, *relative_depth);
            }
            Operator::BrTable { targets } => {
                self.table(block, targets);
                self.dead();
            }
            Operator::Return | Operator::Unreachable => self.dead(),
            Operator::Call { function_index } => self.checks(*function_index >= self.imported_functions),
            Operator::CallIndirect { .. } => self.checks(true),
            Operator::MemoryFill { .. } | Operator::MemoryCopy { .. } | Operator::MemoryGrow { .. } => {
                self.checks(false);
            }
            // Everything else neither branches nor checks; what is allowed at all is said by the rules, which have
            // no default.
            _ => self.cut(),
        }
        self.at = self.at.saturating_add(1);
    }

    /// The plan, once the last operator has come.
    pub(crate) fn finish(self) -> Plan {
        choose(self.graph)
    }

    fn open(&mut self, kind: Kind, bare: bool) {
        self.labels.push(Label { kind, bare, in_loop: self.in_loop, waiting: Vec::new(), by_table: false });
    }

    fn open_loop(&mut self, bare: bool) {
        let before = self.block();
        let inner = self.graph.loops.len();
        self.depth = self.depth.saturating_add(1);
        self.graph.loops.push(Loop {
            around: self.in_loop,
            depth: self.depth,
            checks: false,
            calls: false,
            closed: false,
        });
        self.in_loop = Some(inner);
        self.open(Kind::Loop(inner), bare);
        let head = self.begin(Head::Loop);
        if self.live {
            self.connect(before, Way::Falls, head);
            if let Some(node) = self.graph.nodes.get_mut(before) {
                node.enters = Some(inner);
            }
        }
    }

    /// Begins a block behind the operator under way.
    fn begin(&mut self, head: Head) -> usize {
        let start = self.at.saturating_add(1);
        self.graph.nodes.push(Node::new(start, head, self.depth, self.in_loop));
        self.block()
    }

    /// What comes now is reached by no one yet.
    fn dead(&mut self) {
        self.begin(Head::Plain);
        self.live = false;
    }

    fn checks(&mut self, calls: bool) {
        if let Some(node) = self.graph.nodes.last_mut() {
            node.checks = true;
            node.calls |= calls;
        }
        self.graph.checks(self.in_loop);
        self.cut();
    }

    /// Ends the block if it has become too dear to run unchecked.
    fn cut(&mut self) {
        let block = self.block();
        let Some(node) = self.graph.nodes.last_mut().filter(|node| node.cost > MAX_UNCHECKED) else { return };
        node.end = self.at.saturating_add(1);
        let next = self.begin(Head::Plain);
        if self.live {
            self.connect(block, Way::Falls, next);
        }
    }

    fn connect(&mut self, from: usize, way: Way, to: usize) {
        if let Some(node) = self.graph.nodes.get_mut(to) {
            node.from.push(from);
        }
        self.set(from, way, Edge::Forward(to));
    }

    fn set(&mut self, from: usize, way: Way, edge: Edge) {
        let Some(node) = self.graph.nodes.get_mut(from) else { return };
        match (way, &mut node.next) {
            (Way::Falls, next) => *next = Next::Falls(edge),
            (Way::Goes, next) => *next = Next::Goes(edge),
            (Way::Taken, Next::Branch { taken, .. }) => *taken = edge,
            // Only of a block that branches.
            (Way::Taken, Next::Falls(_) | Next::Goes(_) | Next::Any) => {}
        }
    }

    /// Makes `from` a branch that falls through to `to`.
    fn branch(&mut self, from: usize, to: usize, open: bool) {
        if !self.live {
            return;
        }
        self.connect(from, Way::Falls, to);
        if let Some(node) = self.graph.nodes.get_mut(from) {
            node.next = Next::Branch { fall: Edge::Forward(to), taken: Edge::Out, open };
        }
    }

    fn is_branch(&self, block: usize) -> bool {
        matches!(self.graph.nodes.get(block), Some(Node { next: Next::Branch { .. }, .. }))
    }

    fn label(&self, relative_depth: u32) -> Option<&Label> {
        self.labels.iter().rev().nth(relative_depth as usize)
    }

    /// How many loops are around where a label leads.
    fn depth_of(&self, relative_depth: u32) -> u32 {
        let label = self.label(relative_depth).and_then(|label| label.in_loop);
        label.and_then(|at| self.graph.loops.get(at)).map_or(0, |it| it.depth)
    }

    /// A branch of `from` to a label.
    fn go(&mut self, from: usize, way: Way, relative_depth: u32) {
        if !self.live {
            return;
        }
        let Some(label) = self.labels.iter_mut().rev().nth(relative_depth as usize) else { return };
        match label.kind {
            Kind::Function => self.set(from, way, Edge::Out),
            Kind::Loop(at) => self.set(from, way, Edge::Back(at)),
            Kind::Block | Kind::If { .. } => label.waiting.push((from, way)),
        }
    }

    fn table(&mut self, from: usize, targets: &BrTable<'_>) {
        let targets = || targets.targets().flatten().chain([targets.default()]);
        let outermost = targets().map(|target| self.depth_of(target)).min().unwrap_or(0);
        self.graph.closes(self.in_loop, outermost);
        if !self.live {
            return;
        }
        for target in targets() {
            let label = self.labels.iter_mut().rev().nth(target as usize);
            // A loop begins anew, which its head expects.
            if let Some(label) = label.filter(|label| !matches!(label.kind, Kind::Loop(_))) {
                label.by_table = true;
            }
        }
        if let Some(node) = self.graph.nodes.get_mut(from) {
            node.next = Next::Any;
        }
    }

    fn otherwise(&mut self) {
        let then = self.block();
        let live = self.live;
        let Some(label) = self.labels.last_mut() else { return };
        if live {
            label.waiting.push((then, Way::Falls));
        }
        let Kind::If { condition } = label.kind else { return };
        label.kind = Kind::Block;
        let arm = self.begin(Head::Plain);
        self.live = self.is_branch(condition);
        if self.live {
            self.connect(condition, Way::Taken, arm);
        }
    }

    fn close(&mut self) {
        let Some(label) = self.labels.pop() else { return };
        if matches!(label.kind, Kind::Function) {
            return;
        }
        let before = self.block();
        if let Kind::Loop(at) = label.kind {
            self.in_loop = self.graph.loops.get(at).and_then(|it| it.around);
            self.depth = self.depth.saturating_sub(1);
        }
        let after = self.begin(Head::Plain);
        if self.live {
            self.connect(before, Way::Falls, after);
        }
        match label.kind {
            Kind::Loop(at) => {
                if let Some(node) = self.graph.nodes.get_mut(after) {
                    node.leaves = Some(at);
                }
            }
            Kind::If { condition } if self.is_branch(condition) => self.connect(condition, Way::Taken, after),
            Kind::If { .. } | Kind::Block | Kind::Function => {}
        }
        for (from, way) in label.waiting {
            self.connect(from, way, after);
        }
        if let Some(node) = self.graph.nodes.get_mut(after) {
            node.by_table = label.by_table;
            self.live = node.is_reached();
        }
    }
}
