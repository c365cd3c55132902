//! The one list of Wasm operators: what each costs, or why a contract may not use it.
//!
//! The list comes from the parser itself, so an operator that a new version of it knows has no rule here and
//! fails to compile; nothing is let through by default. Used by `prepare` (allowed or not) and by
//! `meter` (the price).

use wasmer::sys::wasmparser::{Operator, for_each_operator};

/// What the rules say of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Allowed, for this much gas each time that it is executed.
    Price(u64),
    /// Not allowed.
    Denied(Denied),
}

/// Why an operator is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Denied {
    /// NaN bits differ between processors.
    #[error("a float; use integers or fixed point, and look for float formatting or parsing in dependencies")]
    Float,
    /// Vector operators: floats among them, and the default compiler has none.
    #[error("SIMD; build without `-C target-feature=+simd128`")]
    Simd,
    /// Atomics: the order of threads differs between runs.
    #[error("a thread or an atomic; build without `-C target-feature=+atomics`")]
    Threads,
    /// An instance is reset by restoring its memory and globals alone, so nothing else may change.
    #[error("a change to a table or a segment; rustc emits none by default")]
    TableMutation,
    /// Not in the profile that a stable rustc emits by default.
    #[error("outside the supported profile; build for wasm32-unknown-unknown without extra target features")]
    Proposal,
}

// The figures are of `cargo bench --workspace --bench calibrate -- operator`, least of many runs: what code for
// Singlepass takes that is made up to be slow. A price is for that code, so most code takes half of what it pays,
// or less. Each line of the bench pays for all its operators, so that a price may be below what its own takes where
// it cannot be had without others.

/// Emits no instruction.
const FREE: u64 = 0;
/// A constant, a local, a move. 0.09 ns; 0.23 ns where operands no longer fit the registers.
const MOVE: u64 = 200;
/// Addition, logic, comparison, shift, extension; a slot of the native stack that is given back. 0.27 ns; 0.6 to
/// 1.1 ns where operands no longer fit the registers.
const ALU: u64 = 400;
/// Multiplication, bit counting. 0.8 ns.
const MUL: u64 = 700;
/// Division and remainder, with the checks for zero and overflow. 5.2 ns, 6.1 ns in a long function.
const DIV: u64 = 5_500;
/// A load: 1.4 ns if the next one's address waits for it. 4.4 ns if it misses the first cache, which is also what a
/// load takes that nothing waits for, anywhere in 16 MiB, or that reads what was just written in parts. A chain of
/// addresses all over 16 MiB takes 30 ns each, and is the worst that a contract can do: priced for that, loads
/// would be all that code pays for.
const LOAD: u64 = 3_000;
/// A store: nothing waits for it. 1.3 ns, anywhere in 16 MiB.
const STORE: u64 = 1_000;
/// A global. 0.3 ns.
const GLOBAL: u64 = 300;
/// A branch, taken or not, and the meter at its target. 0.8 ns; 2.4 ns if half of them are foreseen.
const BRANCH: u64 = 1_200;
/// A jump through a table, which the processor does not foresee. 6 ns.
const BR_TABLE: u64 = 6_000;
/// A call and the return from it, frame and stack metering included. 1.7 ns; 4.1 ns if it is so deep that the return
/// is not foreseen; 12.4 ns with 32 arguments.
const CALL: u64 = 4_500;
/// A call through the table: bounds, null and type checks on top. 3.2 ns; 7 ns if it is not foreseen.
const CALL_INDIRECT: u64 = 8_000;
/// A call into the engine: 4 ns for `memory.size`, 7 ns for bulk memory, whose length is charged besides.
const BUILTIN: u64 = 9_000;
/// A call into the engine that may change the memory's size; its pages are charged besides. 30 ns.
const GROW: u64 = 38_000;

macro_rules! listed {
    ($($rule:expr => $($op:ident)+;)+) => {
        /// A rule for each operator of the proposals that are in, at least in part.
        #[expect(non_upper_case_globals, reason = "named as the parser names the operators")]
        mod listed {
            use super::*;
            $($(pub(super) const $op: Rule = $rule;)+)+
        }
    };
}

listed! {
    Rule::Price(FREE) =>
        Unreachable Nop Block Loop Else End;
    Rule::Price(MOVE) =>
        Select LocalGet LocalSet LocalTee I32Const I64Const I32WrapI64;
    Rule::Price(ALU) =>
        I32Eqz I32Eq I32Ne I32LtS I32LtU I32GtS I32GtU I32LeS I32LeU I32GeS I32GeU I64Eqz I64Eq
        I64Ne I64LtS I64LtU I64GtS I64GtU I64LeS I64LeU I64GeS I64GeU I32Add I32Sub I32And I32Or
        I32Xor I32Shl I32ShrS I32ShrU I32Rotl I32Rotr I64Add I64Sub I64And I64Or I64Xor I64Shl
        I64ShrS I64ShrU I64Rotl I64Rotr I64ExtendI32S I64ExtendI32U I32Extend8S I32Extend16S
        I64Extend8S I64Extend16S I64Extend32S Drop;
    Rule::Price(MUL) =>
        I32Clz I32Ctz I32Popcnt I32Mul I64Clz I64Ctz I64Popcnt I64Mul;
    Rule::Price(DIV) =>
        I32DivS I32DivU I32RemS I32RemU I64DivS I64DivU I64RemS I64RemU;
    Rule::Price(LOAD) =>
        I32Load I64Load I32Load8S I32Load8U I32Load16S I32Load16U I64Load8S I64Load8U I64Load16S
        I64Load16U I64Load32S I64Load32U;
    Rule::Price(STORE) =>
        I32Store I64Store I32Store8 I32Store16 I64Store8 I64Store16 I64Store32;
    Rule::Price(GLOBAL) =>
        GlobalGet GlobalSet;
    Rule::Price(BRANCH) =>
        If Br BrIf Return;
    Rule::Price(BR_TABLE) =>
        BrTable;
    Rule::Price(CALL) =>
        Call;
    Rule::Price(CALL_INDIRECT) =>
        CallIndirect;
    Rule::Price(BUILTIN) =>
        MemorySize MemoryCopy MemoryFill;
    Rule::Price(GROW) =>
        MemoryGrow;
    Rule::Denied(Denied::Float) =>
        F32Load F64Load F32Store F64Store F32Const F64Const F32Eq F32Ne F32Lt F32Gt F32Le F32Ge
        F64Eq F64Ne F64Lt F64Gt F64Le F64Ge F32Abs F32Neg F32Ceil F32Floor F32Trunc F32Nearest
        F32Sqrt F32Add F32Sub F32Mul F32Div F32Min F32Max F32Copysign F64Abs F64Neg F64Ceil F64Floor
        F64Trunc F64Nearest F64Sqrt F64Add F64Sub F64Mul F64Div F64Min F64Max F64Copysign
        I32TruncF32S I32TruncF32U I32TruncF64S I32TruncF64U I64TruncF32S I64TruncF32U I64TruncF64S
        I64TruncF64U F32ConvertI32S F32ConvertI32U F32ConvertI64S F32ConvertI64U F32DemoteF64
        F64ConvertI32S F64ConvertI32U F64ConvertI64S F64ConvertI64U F64PromoteF32 I32ReinterpretF32
        I64ReinterpretF64 F32ReinterpretI32 F64ReinterpretI64;
    Rule::Denied(Denied::TableMutation) =>
        MemoryInit DataDrop TableInit ElemDrop TableCopy;
}

/// A proposal is in (each of its operators is listed above) or out as a whole.
macro_rules! rule {
    (mvp $op:ident) => {
        listed::$op
    };
    (sign_extension $op:ident) => {
        listed::$op
    };
    (bulk_memory $op:ident) => {
        listed::$op
    };
    (reference_types $op:ident) => {
        Rule::Denied(Denied::TableMutation)
    };
    (saturating_float_to_int $op:ident) => {
        Rule::Denied(Denied::Float)
    };
    (simd $op:ident) => {
        Rule::Denied(Denied::Simd)
    };
    (relaxed_simd $op:ident) => {
        Rule::Denied(Denied::Simd)
    };
    (threads $op:ident) => {
        Rule::Denied(Denied::Threads)
    };
    (shared_everything_threads $op:ident) => {
        Rule::Denied(Denied::Threads)
    };
    (gc $op:ident) => {
        Rule::Denied(Denied::Proposal)
    };
    (custom_descriptors $op:ident) => {
        Rule::Denied(Denied::Proposal)
    };
    (tail_call $op:ident) => {
        Rule::Denied(Denied::Proposal)
    };
    (memory_control $op:ident) => {
        Rule::Denied(Denied::Proposal)
    };
    (exceptions $op:ident) => {
        Rule::Denied(Denied::Proposal)
    };
    (legacy_exceptions $op:ident) => {
        Rule::Denied(Denied::Proposal)
    };
    (function_references $op:ident) => {
        Rule::Denied(Denied::Proposal)
    };
    (stack_switching $op:ident) => {
        Rule::Denied(Denied::Proposal)
    };
    (wide_arithmetic $op:ident) => {
        Rule::Denied(Denied::Proposal)
    };
}

macro_rules! define {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        /// The rule for an operator.
        pub(crate) const fn rule(operator: &Operator<'_>) -> Rule {
            match operator {
                $(Operator::$op $({ $($arg: _),* })? => rule!($proposal $op),)*
                // Only there because the enum is `non_exhaustive`: the macro names all operators.
                _ => Rule::Denied(Denied::Proposal),
            }
        }

        /// Every operator that the parser knows, with its rule.
        #[cfg(test)]
        const ALL: &[(&str, Rule)] = &[$((stringify!($op), rule!($proposal $op))),*];

        /// The name of an operator, as the parser spells it.
        pub(crate) const fn name(operator: &Operator<'_>) -> &'static str {
            match operator {
                $(Operator::$op $({ $($arg: _),* })? => stringify!($op),)*
                _ => "unknown",
            }
        }
    };
}

for_each_operator!(define);

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, env, fmt::Write, fs, path::Path};

    use lockstep_abi::{host::HostFunction, price};

    use super::{ALL, Rule};
    use crate::meter::{COPY_PER_BYTE, FILL_PER_BYTE, PER_LOCAL};

    /// A price that changes under the same version forks the chain: compiled code keeps the old one.
    #[test]
    fn every_price_is_written_down_with_the_version_of_the_schedule() {
        let path = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("PRICES.md");
        let now = page();
        if env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
            fs::write(&path, &now).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == now,
            "prices differ from {}; if that is meant, raise SCHEDULE_VERSION and run\n\
             UPDATE_GOLDEN=1 cargo test -p lockstep-engine --lib",
            path.display()
        );
    }

    #[test]
    fn every_operator_with_a_float_is_denied() {
        for (name, rule) in ALL.iter().filter(|(name, _)| name.contains("F32") || name.contains("F64")) {
            assert!(matches!(rule, Rule::Denied(_)), "{name}");
        }
    }

    fn page() -> String {
        let mut page = format!(
            "# Prices\n\nSchedule {}, in gas. 1 gas is 1 picosecond of the reference machine. Generated by a test from \
             the sources; see there for reasons.\n",
            price::SCHEDULE_VERSION
        );
        let mut table = |title: &str, head: &str, rows: Vec<String>| {
            write!(page, "\n## {title}\n\n{head}\n").unwrap();
            rows.iter().for_each(|row| writeln!(page, "{row}").unwrap());
        };
        let own =
            [("COPY_PER_BYTE", COPY_PER_BYTE), ("FILL_PER_BYTE", FILL_PER_BYTE), ("PER_LOCAL", PER_LOCAL)];
        let rows = price::ALL.iter().chain(&own).map(|(name, gas)| format!("| `{name}` | {gas} |"));
        table("Transactions, contracts, memory", "| | gas |\n|---|---|", rows.collect());
        let rows = HostFunction::ALL.iter().map(|row| {
            let price = row.price();
            format!("| `{}` | {} | {} |", row.name(), price.fixed, price.per_byte)
        });
        table("Host functions", "| | fixed | per byte |\n|---|---|---|", rows.collect());
        let mut classes: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
        for (name, rule) in ALL {
            if let Rule::Price(gas) = rule {
                classes.entry(*gas).or_default().push(name);
            }
        }
        let rows = classes.iter().map(|(gas, names)| format!("| {gas} | {} |", names.join(", ")));
        table("Operators", "| gas | |\n|---|---|", rows.collect());
        page
    }
}
