//! Walks through random functions as their plan says, and compares with what each operator costs.

#![expect(clippy::arithmetic_side_effects, reason = "small figures of the tests' own")]

use proptest::{prelude::*, test_runner::TestCaseError};
use wasmer::sys::wasmparser::{Operator, Parser, Payload};

use super::{Charge, Check, Frame, MAX_UNCHECKED, MAX_UNCHECKED_ON_RETURN, Plan, Planner, Tank, Turn};
use crate::{
    meter::price,
    operator::{self, Rule},
};

/// A piece of code; operands are left out, since a plan does not look at them.
#[derive(Debug, Clone)]
enum Code {
    Work(u8),
    /// A third of what may run unchecked.
    Dear,
    CallHost,
    CallOwn,
    Fill,
    Block(Vec<Code>),
    Loop(Vec<Code>),
    If(Vec<Code>, Option<Vec<Code>>),
    Br(u8),
    BrIf(u8),
    BrTable(Vec<u8>),
    Return,
    Unreachable,
}

fn code() -> impl Strategy<Value = Vec<Code>> {
    let leaf = prop_oneof![
        6 => (0..4_u8).prop_map(Code::Work),
        3 => Just(Code::Dear),
        2 => Just(Code::CallHost),
        2 => Just(Code::CallOwn),
        1 => Just(Code::Fill),
        2 => any::<u8>().prop_map(Code::Br),
        6 => any::<u8>().prop_map(Code::BrIf),
        1 => prop::collection::vec(any::<u8>(), 1..4).prop_map(Code::BrTable),
        1 => Just(Code::Return),
        1 => Just(Code::Unreachable),
    ];
    let piece = leaf.prop_recursive(5, 60, 6, |inner| {
        let some = prop::collection::vec(inner, 0..6);
        prop_oneof![
            1 => some.clone().prop_map(Code::Block),
            3 => some.clone().prop_map(Code::Loop),
            2 => (some.clone(), prop::option::of(some)).prop_map(|(then, other)| Code::If(then, other)),
        ]
    });
    prop::collection::vec(piece, 0..8)
}

/// As text; `depth` constructs are around it, the function included.
fn text(code: &[Code], depth: u8, out: &mut String) {
    let label = |target: u8| target % depth;
    for piece in code {
        match piece {
            Code::Work(n) => (0..*n).for_each(|_| *out += "i32.add\n"),
            Code::Dear => {
                let divisions = MAX_UNCHECKED / 3 / cost(&Operator::I64DivS) as u64;
                (0..divisions).for_each(|_| *out += "i64.div_s\n");
            }
            Code::CallHost => *out += "call 0\n",
            Code::CallOwn => *out += "call 1\n",
            Code::Fill => *out += "memory.fill\n",
            Code::Block(inner) => nested("block", inner, depth, out),
            Code::Loop(inner) => nested("loop", inner, depth, out),
            Code::If(then, other) => {
                *out += "if\n";
                text(then, depth + 1, out);
                if let Some(other) = other {
                    *out += "else\n";
                    text(other, depth + 1, out);
                }
                *out += "end\n";
            }
            Code::Br(target) => *out += &format!("br {}\n", label(*target)),
            Code::BrIf(target) => *out += &format!("br_if {}\n", label(*target)),
            Code::BrTable(targets) => {
                *out += "br_table";
                targets.iter().for_each(|target| *out += &format!(" {}", label(*target)));
                *out += "\n";
            }
            Code::Return => *out += "return\n",
            Code::Unreachable => *out += "unreachable\n",
        }
    }
}

fn nested(head: &str, inner: &[Code], depth: u8, out: &mut String) {
    *out += head;
    *out += "\n";
    text(inner, depth + 1, out);
    *out += "end\n";
}

fn cost(operator: &Operator<'_>) -> i64 {
    match operator::rule(operator) {
        Rule::Price(cost) => cost as i64,
        Rule::Denied(_) => 0,
    }
}

fn checks(operator: &Operator<'_>) -> bool {
    matches!(operator, Operator::Call { .. } | Operator::MemoryFill { .. })
}

fn ends_block(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::Loop { .. }
            | O::If { .. }
            | O::Else
            | O::End
            | O::Br { .. }
            | O::BrIf { .. }
            | O::BrTable { .. }
            | O::Return
            | O::Unreachable
    )
}

/// A function under way: what it did, and what was charged as the plan says.
struct Walk<'a> {
    operators: &'a [Operator<'a>],
    plan: &'a Plan,
    /// For each open construct, where a branch to it goes on.
    labels: Vec<usize>,
    block: Option<Charge>,
    at: usize,
    executed: i64,
    charged: i64,
    local: bool,
    frames: i32,
    /// What was paid for when the meter was last checked.
    checked: i64,
}

impl Walk<'_> {
    /// The operator's construct ends here; for an `if`, also where its `else` is.
    fn end_of(&self, from: usize) -> (Option<usize>, usize) {
        let (mut depth, mut other) = (0, None);
        for (at, operator) in self.operators.iter().enumerate().skip(from) {
            match operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth += 1,
                Operator::Else if depth == 1 => other = Some(at),
                Operator::End => {
                    depth -= 1;
                    if depth == 0 {
                        return (other, at);
                    }
                }
                _ => {}
            }
        }
        (other, self.operators.len())
    }

    /// What the rest of the block costs from here, this operator included.
    fn rest(&self) -> i64 {
        let end = self.block.map_or(0, |block| block.end as usize);
        // A block that was cut does not end with a branch: what stands there is the next one's, be it a branch too.
        let begins = |block: &Charge| block.start as usize == end && self.block != Some(*block);
        let cut = self.plan.charges.iter().any(begins);
        let end = end + usize::from(!cut && self.operators.get(end).is_some_and(ends_block));
        self.operators.get(self.at..end).unwrap_or_default().iter().map(cost).sum()
    }

    fn turn(&mut self, turn: Turn) -> Result<(), TestCaseError> {
        match turn.tank {
            None => {}
            Some(Tank::ToLocal) => {
                prop_assert!(!self.local);
                self.local = true;
            }
            Some(Tank::ToGlobal) => {
                prop_assert!(self.local);
                self.local = false;
            }
        }
        match turn.frame {
            None => {}
            Some(Frame::Take) => self.frames += 1,
            Some(Frame::Give) => self.frames -= 1,
        }
        prop_assert!((0..=1).contains(&self.frames), "{} frames", self.frames);
        Ok(())
    }

    /// What the middleware emits before the operator.
    fn before(&mut self) -> Result<(), TestCaseError> {
        if self.block.is_some_and(|block| block.end as usize == self.at && block.frame) {
            self.frames -= 1;
        }
        if let Some(block) = self.plan.charges.iter().find(|block| block.start as usize == self.at) {
            self.turn(block.before)?;
            prop_assert_eq!(block.local, self.local);
            self.charged += i64::from(block.gas);
            self.frames += i32::from(block.frame);
            self.block = Some(*block);
            if block.check != Check::Nothing {
                prop_assert_eq!(self.charged - i64::from(block.ahead), self.executed + self.rest());
                self.checked = self.executed + self.rest();
            }
        }
        Ok(())
    }

    /// Goes on at a label, or leaves the function.
    fn branch(&mut self, relative_depth: usize) -> bool {
        let index = self.labels.len() - 1 - relative_depth;
        let to = self.labels[index];
        let is_loop = to <= self.at;
        // Behind a construct's end it is not open any more.
        self.labels.truncate(if is_loop { index + 1 } else { index });
        self.at = to;
        index != 0
    }

    /// Runs to the end, or for so many operators; `choose` says which of so many ways it goes.
    fn run(&mut self, mut choose: impl FnMut(usize) -> usize) -> Result<(), TestCaseError> {
        self.labels.push(self.operators.len());
        for _ in 0..2_000 {
            let Some(operator) = self.operators.get(self.at) else { break };
            self.before()?;
            prop_assert!(self.charged >= self.executed + cost(operator), "unpaid at {}", self.at);
            let ends = self.block.filter(|block| block.end as usize == self.at);
            let after = ends.map_or(Turn::NONE, |block| block.after);
            let calls_own = matches!(operator, Operator::Call { function_index: 1 });
            if checks(operator) {
                prop_assert_eq!(self.charged, self.executed + self.rest());
                prop_assert!(!self.local);
                self.checked = self.executed + self.rest();
            }
            if calls_own {
                // As dear as it can be, unchecked.
                self.checked -= (MAX_UNCHECKED - MAX_UNCHECKED_ON_RETURN) as i64;
            }
            prop_assert_eq!(calls_own && self.frames != 1, false, "a call without a frame");
            // Twice, since a loop whose first block calls leaves the check to the callee.
            let most = 2 * MAX_UNCHECKED as i64;
            prop_assert!(self.executed - self.checked <= most, "unchecked at {}", self.at);
            self.executed += cost(operator);
            if !matches!(operator, Operator::BrIf { .. }) {
                self.turn(after)?;
            }
            let next = self.at + 1;
            let goes_on = match operator {
                Operator::Block { .. } => {
                    self.labels.push(self.end_of(self.at).1 + 1);
                    self.at = next;
                    true
                }
                Operator::Loop { .. } => {
                    self.labels.push(next);
                    self.at = next;
                    true
                }
                Operator::If { .. } => {
                    let (other, end) = self.end_of(self.at);
                    let then = choose(2) == 0;
                    match other {
                        _ if then => self.at = next,
                        Some(other) => self.at = other + 1,
                        None => self.at = end + 1,
                    }
                    if then || other.is_some() {
                        self.labels.push(end + 1);
                    }
                    true
                }
                Operator::Else => {
                    self.at = self.labels.pop().unwrap();
                    true
                }
                Operator::End => {
                    self.labels.pop();
                    self.at = next;
                    !self.labels.is_empty()
                }
                Operator::Br { relative_depth } => self.branch(*relative_depth as usize),
                Operator::BrIf { relative_depth } if choose(2) == 0 => {
                    self.charged -= ends.map_or(0, |block| i64::from(block.refund));
                    self.turn(after)?;
                    self.branch(*relative_depth as usize)
                }
                Operator::BrTable { targets } => {
                    let all: Vec<u32> = targets.targets().flatten().chain([targets.default()]).collect();
                    self.branch(all[choose(all.len())] as usize)
                }
                Operator::Return | Operator::Unreachable => false,
                _ => {
                    self.at = next;
                    true
                }
            };
            if !goes_on {
                prop_assert_eq!(self.charged, self.executed);
                prop_assert!(!self.local);
                prop_assert_eq!(self.frames, 0);
                break;
            }
        }
        Ok(())
    }
}

/// The operators of the module's only function.
fn operators(wasm: &[u8]) -> Vec<Operator<'_>> {
    Parser::new(0)
        .parse_all(wasm)
        .find_map(|payload| match payload.unwrap() {
            Payload::CodeSectionEntry(body) => {
                Some(body.get_operators_reader().unwrap().into_iter().collect::<Result<_, _>>().unwrap())
            }
            _ => None,
        })
        .unwrap()
}

fn walk(code: &[Code], choices: &[u8]) -> Result<(), TestCaseError> {
    let mut body = String::new();
    text(code, 1, &mut body);
    let module = format!("(module (import \"\" \"\" (func)) (memory 1) (func {body}))");
    let wasm = wat::parse_str(&module).unwrap();
    let operators = operators(&wasm);
    let mut planner = Planner::new(1, 0);
    operators.iter().for_each(|operator| planner.operator(operator));
    let plan = planner.finish();
    let mut walk = Walk {
        operators: &operators,
        plan: &plan,
        labels: Vec::new(),
        block: None,
        at: 0,
        executed: i64::try_from(price::entry(0)).unwrap(),
        charged: 0,
        local: false,
        frames: 0,
        checked: 0,
    };
    let mut choices = choices.iter().cycle();
    walk.run(|ways| choices.next().map_or(0, |choice| usize::from(*choice) % ways))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_path_pays_for_what_it_executes_before_it_does(
        code in code(),
        choices in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        walk(&code, &choices)?;
    }
}

/// Long code without loops passes no check of its own, so it is cut where it becomes too dear.
#[test]
fn straight_code_is_checked_every_microsecond() {
    let divisions = "i32.div_u\n".repeat(1_000);
    let wasm = wat::parse_str(format!("(module (func {divisions}))")).unwrap();
    let mut planner = Planner::new(0, 0);
    for operator in &operators(&wasm) {
        planner.operator(operator);
    }
    let plan = planner.finish();
    let total: i64 = plan.charges.iter().map(|charge| i64::from(charge.gas)).sum();
    assert_eq!(total, 5_500_000);
    let (last, others) = plan.charges.split_last().unwrap();
    assert!(others.len() > 4, "{} blocks", others.len());
    assert!(others.iter().all(|charge| charge.check != Check::Nothing));
    assert!(others.iter().chain([last]).all(|charge| charge.gas - charge.ahead <= 1_005_500));
}
