//! Chooses what each block pays ahead, and where the tank is kept.

use super::{
    Charge, Check, Frame, MAX_UNCHECKED, MAX_UNCHECKED_ON_RETURN, Plan, Tank, Turn,
    graph::{Edge, Graph, Head, Next, Node},
};

/// What is known of a block from those after it.
#[derive(Debug, Clone, Copy, Default)]
struct Choice {
    /// The loops that go round with it: fewer than are around its code if it is on the way out.
    rounds: u32,
    /// Its cost and what it pays ahead.
    need: u64,
    ahead: u64,
    /// What each way to it has paid ahead, if there are several.
    paid: u64,
}

/// How often a block runs, roughly, if so many loops go round with it.
fn weight(rounds: u32) -> u64 {
    1 << rounds.min(20).saturating_mul(3)
}

/// The plan for a function.
pub(super) fn choose(mut graph: Graph) -> Plan {
    let mut choices = vec![Choice::default(); graph.nodes.len()];
    for (at, node) in graph.nodes.iter().enumerate().rev() {
        let choice = choose_for(&graph, &choices, node);
        if let Some(chosen) = choices.get_mut(at) {
            *chosen = choice;
        }
    }
    let rounds: Vec<u32> = choices.iter().map(|choice| choice.rounds).collect();
    let calling: Vec<Option<usize>> = (graph.nodes.iter().zip(&rounds))
        .filter(|(node, rounds)| node.calls && node.depth == **rounds)
        .map(|(node, _)| node.in_loop)
        .collect();
    for innermost in calling {
        graph.calls(innermost);
    }
    let mut charges = Charges {
        quiet: Regions(graph.regions(|it| !it.checks)),
        calling: Regions(graph.regions(|it| it.calls)),
        graph: &graph,
        choices: &choices,
        unchecked: vec![0; graph.nodes.len()],
        most_unchecked: 0,
    };
    let mut plan = Plan { charges: Vec::new(), rounds, local_uses: Vec::new() };
    for (at, node) in graph.nodes.iter().enumerate().filter(|(_, node)| node.is_reached()) {
        let charge = charges.of(at, node);
        if charge.local {
            // Read and written by a charge, read by a check.
            let charged = if charge.gas == 0 { 0 } else { 2_u64 };
            let uses = charged.saturating_add((charge.check != Check::Nothing).into());
            plan.local_uses.push((at, uses));
        }
        plan.charges.push(charge);
    }
    plan
}

fn choose_for(graph: &Graph, choices: &[Choice], node: &Node) -> Choice {
    let get = |at: usize| choices.get(at).copied().unwrap_or_default();
    let node_at = |at: usize| graph.nodes.get(at);
    let rounds = |edge: Edge| match edge {
        Edge::Out => 0,
        Edge::Back(at) => graph.loops.get(at).map_or(0, |it| it.depth),
        Edge::Forward(to) => get(to).rounds.min(node_at(to).map_or(0, |node| node.depth)),
    };
    // What the next block needs if nobody else leads to it; else what it wants from everyone.
    let wants = |edge: Edge| match edge {
        Edge::Forward(to) if node_at(to).is_some_and(|node| node.follows().is_some()) => get(to).need,
        Edge::Forward(to) => get(to).paid,
        Edge::Out | Edge::Back(_) => 0,
    };
    let (goes_round, ahead) = match node.next {
        Next::Any => (node.depth, 0),
        Next::Falls(edge) | Next::Goes(edge) => (rounds(edge), wants(edge)),
        Next::Branch { fall, taken, open } => {
            // Who gets what it wants needs no charge of its own. On the other way there is one: in its block, or,
            // if others lead to that too, on the branch, where that can be done.
            let can_adjust = open || follows(graph, taken);
            let for_fall = can_adjust && weight(rounds(fall)) > weight(rounds(taken));
            let best = if for_fall { fall } else { taken };
            (rounds(fall).max(rounds(taken)), wants(best))
        }
    };
    let ahead = if node.checks || ahead > MAX_UNCHECKED { 0 } else { ahead };
    let need = node.cost.saturating_add(ahead);
    let no_check_before = || node.from.iter().all(|from| node_at(*from).is_some_and(|from| !from.checks));
    let paid = if node.joins() && need <= MAX_UNCHECKED && no_check_before() { need } else { 0 };
    Choice { rounds: goes_round.min(node.depth), need, ahead, paid }
}

/// Whether an edge leads to a block to which no other does.
fn follows(graph: &Graph, edge: Edge) -> bool {
    match edge {
        Edge::Forward(to) => graph.nodes.get(to).is_some_and(|node| node.follows().is_some()),
        Edge::Out | Edge::Back(_) => false,
    }
}

/// The loops that are kept out of or in something as a whole, by the loops in them.
struct Regions(Vec<Option<usize>>);

impl Regions {
    fn of(&self, in_loop: Option<usize>) -> Option<usize> {
        *self.0.get(in_loop?)?
    }

    fn is_one(&self, at: Option<usize>) -> bool {
        at.is_some() && self.of(at) == at
    }

    /// What happens before a block and at its end, as far as this goes; `enter` and `leave` a region.
    fn turns<T: Copy>(&self, graph: &Graph, node: &Node, enter: T, leave: T) -> (Option<T>, Option<T>) {
        let region = self.of(node.in_loop);
        let stays = |edge: Edge| match edge {
            Edge::Out => false,
            Edge::Forward(to) => graph.nodes.get(to).is_some_and(|node| self.of(node.in_loop) == region),
            Edge::Back(at) => self.of(Some(at)) == region,
        };
        if region.is_none() {
            let before = self.is_one(node.leaves).then_some(leave);
            return (before, self.is_one(node.enters).then_some(enter));
        }
        let after = match node.next {
            // What falls out of a loop is behind the loop's end.
            Next::Falls(_) | Next::Any => None,
            Next::Goes(edge) | Next::Branch { taken: edge, .. } => (!stays(edge)).then_some(leave),
        };
        (None, after)
    }
}

/// Makes the charges of a function, block by block.
struct Charges<'a> {
    graph: &'a Graph,
    choices: &'a [Choice],
    /// Loops in which nothing checks the meter: the tank is in the local.
    quiet: Regions,
    /// Loops that call functions of the module: the frame is taken once for all.
    calling: Regions,
    /// For each block, the most gas on any way to its end since the last check.
    unchecked: Vec<u64>,
    /// The most of all so far.
    most_unchecked: u64,
}

impl Charges<'_> {
    /// What a block checks, so that on no way more than [`MAX_UNCHECKED`] runs between two checks. Code goes forward
    /// only, but for loops, which check in each round: what leads to a block was looked at before.
    fn check(&mut self, at: usize, node: &Node) -> Check {
        let of = |from: &usize| self.unchecked.get(*from).copied().unwrap_or(0);
        let before = match node.by_table {
            true => self.most_unchecked,
            false => node.from.iter().map(of).max().unwrap_or(0),
        };
        let unchecked = before.saturating_add(node.cost);
        let check = match node.head {
            Head::Entry => Check::Both,
            Head::Loop if !node.checks => Check::Gas,
            Head::Loop | Head::Plain if unchecked > MAX_UNCHECKED => Check::Gas,
            Head::Loop | Head::Plain => Check::Nothing,
        };
        let after = match check {
            // The callee may have come back just before a check.
            _ if node.calls => MAX_UNCHECKED.saturating_sub(MAX_UNCHECKED_ON_RETURN),
            Check::Nothing if !node.checks => unchecked,
            // All of the block is paid where it is checked.
            Check::Nothing | Check::Gas | Check::Both => 0,
        };
        self.most_unchecked = self.most_unchecked.max(after);
        if let Some(unchecked) = self.unchecked.get_mut(at) {
            *unchecked = after;
        }
        check
    }

    fn of(&mut self, at: usize, node: &Node) -> Charge {
        let choice = |at: usize| self.choices.get(at).copied().unwrap_or_default();
        let Choice { need, ahead, paid, .. } = choice(at);
        let paid = node.follows().map_or(paid, |from| choice(from).ahead);
        let refund = match node.next {
            Next::Branch { taken, .. } if follows(self.graph, taken) => 0,
            Next::Branch { taken: Edge::Forward(to), .. } => difference(ahead, choice(to).paid),
            Next::Branch { .. } => difference(ahead, 0),
            Next::Falls(_) | Next::Goes(_) | Next::Any => 0,
        };
        let check = self.check(at, node);
        let tank = self.quiet.turns(self.graph, node, Tank::ToLocal, Tank::ToGlobal);
        let frame = self.calling.turns(self.graph, node, Frame::Take, Frame::Give);
        Charge {
            start: node.start,
            end: node.end,
            gas: difference(need, paid),
            frame: node.calls && self.calling.of(node.in_loop).is_none(),
            check,
            ahead: difference(ahead, 0),
            refund,
            local: self.quiet.of(node.in_loop).is_some(),
            before: Turn { tank: tank.0, frame: frame.0 },
            after: Turn { tank: tank.1, frame: frame.1 },
        }
    }
}

/// Of amounts that are at most a cut block and what is paid ahead.
fn difference(a: u64, b: u64) -> i32 {
    let small = |gas: u64| i32::try_from(gas).unwrap_or(i32::MAX);
    small(a).saturating_sub(small(b))
}
