//! Storing code: checked as it arrives, compiled, kept. Per byte, of modules of 200 kB.
//!
//! What takes a compiler longest for a byte: constructs that are short and make it forget what is in registers,
//! branches with many targets, calls with many arguments, functions with many locals.

use std::fmt::Write;

use lockstep_abi::Action;
use lockstep_benches::{
    Chain, Spent, Started, built, chain_id,
    module::{like_rustc, repeated},
};
use lockstep_runtime::{Engine, check};

use crate::{Row, translate};

/// Bytes of a module: its fixed costs no longer count, and the worst still takes less than a second.
const BYTES: usize = 200_000;

pub(crate) fn measure(report: &mut dyn FnMut(Row)) {
    let mut row = |what: &str, wasm: Vec<u8>| {
        let what = format!("a byte of {what}");
        report(Row { price: "STORE_CODE_PER_BYTE", what, spent: store(wasm) });
    };
    row("the example token", built("contracts/token"));
    row("code like rustc's", translate(&like_rustc(BYTES)));
    for (what, code, each) in [
        ("`loop`", "(loop)", 3),
        ("`block`", "(block)", 3),
        ("`if`", "(if (local.get 0) (then))", 5),
        ("`loop` with `br_if`", "(loop (br_if 0 (local.get 0)))", 7),
        ("`br_if`", "(br_if 0 (local.get 0))", 4),
        ("`i64.add`", "(local.set 1 (i64.add (local.get 1) (local.get 1)))", 7),
        ("`i64.popcnt`", "(drop (i64.popcnt (local.get 1)))", 4),
        ("`i64.rem_s`", "(drop (i64.rem_s (local.get 1) (local.get 1)))", 6),
        ("`i64.load8_s`", "(drop (i64.load8_s (local.get 0)))", 6),
        ("`global.get`", "(drop (global.get $g))", 3),
        ("`i32.const`", "(drop (i32.const 0))", 3),
        ("`call`", "(call 1)", 2),
        (
            "`call` with eight arguments",
            "(call $many (local.get 1) (local.get 1) (local.get 1) (local.get 1) (local.get 1) (local.get 1) (local.get 1) (local.get 1))",
            18,
        ),
        ("`call_indirect`", "(call_indirect (local.get 0))", 5),
        ("`memory.grow`", "(drop (memory.grow (local.get 0)))", 5),
        ("`memory.fill`", "(memory.fill (local.get 0) (local.get 0) (local.get 0))", 9),
        ("`memory.size`", "(drop (memory.size))", 3),
        ("`return` in an arm", "(if (local.get 0) (then (return)))", 6),
        ("`unreachable`", "unreachable ", 1),
        ("`nop`", "nop ", 1),
    ] {
        row(what, translate(&repeated(code, each, BYTES)));
    }
    let targets = "0 ".repeat(4_000);
    row(
        "`br_table`",
        translate(&repeated(&format!("(block (br_table {targets} (local.get 0)))"), 4_010, BYTES)),
    );
    let nested = "(loop ".repeat(500) + &")".repeat(500);
    row("nested `loop`", translate(&repeated(&nested, 1_500, BYTES)));
    let blocks = "(block ".repeat(500) + &"(br_if 0 (local.get 0))".repeat(500) + &")".repeat(500);
    row("nested `block`, `br_if`", translate(&repeated(&blocks, 3_500, BYTES)));
    let mut text = String::from("(module (func (export \"f\"))");
    let locals = "(local i64)".repeat(1_000);
    (0..9_999).for_each(|_| write!(text, "(func {locals})").expect("a string grows"));
    row("functions with 1,000 locals", translate(&(text + ")")));
    let text = String::from("(module (func (export \"f\"))") + &"(func)".repeat(9_999) + ")";
    row("functions of nothing", translate(&text));
    let params = format!(
        "(module (func (export \"f\")) {})",
        format!("(func (param {}))", "i64 ".repeat(32)).repeat(9_999)
    );
    row("functions with 32 parameters", translate(&params));
}

fn store(wasm: Vec<u8>) -> Spent {
    let chain = Chain::default();
    let bytes = wasm.len() as f64;
    let actions = vec![Action::StoreCode { code: wasm.try_into().expect("a module within its limit") }];
    let encoded = chain.sign(actions).encode();
    let mut spent = Spent::WORST;
    for _ in 0..4 {
        let engine = Engine::default();
        let start = Started::now();
        let tx = check(&encoded, &chain_id()).expect("a valid transaction");
        let (_, receipt, _) = chain.execute(&engine, &chain.state, &tx);
        let ps = start.elapsed_ps();
        assert!(receipt.is_success(), "{:?}", receipt.outcome);
        spent = spent.least(Spent { ps, gas: receipt.gas_used.0 as f64 });
    }
    spent.over(bytes)
}
