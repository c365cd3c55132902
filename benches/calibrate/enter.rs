//! Entering a contract: by a new engine over a folder of compiled code, as after whatever emptied its cache.
//!
//! Loading, the instance, the call, and dropping them. The file is in the page cache. A module with much of one
//! thing is measured against one with none of it; its bytes are paid for too, and counted.

use lockstep_abi::{Action, Amount};
use lockstep_benches::{Chain, Spent, Started, host::CALLEE, invocation};
use lockstep_runtime::{Engine, EngineConfig};
use tempfile::TempDir;

use crate::{Row, translate};

pub(crate) fn measure(report: &mut dyn FnMut(Row)) {
    let method = "(func (export \"f\"))";
    let base = cold(&format!("(module {method})"));
    report(Row { price: "ENTER_FIXED", what: "an empty contract, cold".into(), spent: base });
    report(Row { price: "ENTER_FIXED", what: "a contract of one page, warm".into(), spent: warm(CALLEE) });

    let import = "(import \"lockstep\" \"caller\" (func (param i32)))";
    let several = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    let module = |items: String| format!("(module {items} {method})");
    let memory = |items: String| module(format!("(memory (export \"memory\") 17) {items}"));
    let data = "a".repeat(1 << 19);
    let names: String = (0..10_000).map(|_| "$e ").collect();
    for (price, what, count, text) in [
        ("ENTER_PER_IMPORT", "an import", 128, module(several(128, &|_| import.into()))),
        (
            "ENTER_PER_EXPORT",
            "an export",
            500,
            module(several(500, &|at| format!("(func (export \"f{at}\"))"))),
        ),
        ("ENTER_PER_FUNCTION", "a function", 10_000, module(several(9_999, &|_| "(func)".into()))),
        (
            "PER_PAGE",
            "a page at the start, not touched",
            256,
            module("(memory (export \"memory\") 256)".into()),
        ),
        (
            "ENTER_PER_SEGMENT",
            "a data segment",
            1_000,
            memory(several(1_000, &|at| format!("(data (i32.const {}) \"a\")", at * 1_024))),
        ),
        (
            "ENTER_PER_DATA_BYTE",
            "a byte of data",
            1 << 19,
            memory(format!("(data (i32.const 0) \"{data}\")")),
        ),
        ("ENTER_PER_TABLE_ENTRY", "an entry of a table", 10_000, module("(table 10000 funcref)".into())),
        (
            "ENTER_PER_TABLE_ENTRY",
            "an entry of a table, and its element",
            10_000,
            module(format!("(table 10000 funcref) (func $e) (elem (i32.const 0) {names})")),
        ),
        (
            "ENTER_PER_SEGMENT",
            "an element segment",
            256,
            module("(table 1 funcref) (func $e)".to_owned() + &"(elem (i32.const 0) $e)".repeat(256)),
        ),
        (
            "ENTER_PER_CODE_BYTE",
            "a byte of code that is large when compiled",
            400_000,
            module(format!("(func {})", "(loop)".repeat(65_000)).repeat(2)),
        ),
        (
            "ENTER_PER_CODE_BYTE",
            "a byte of code like rustc's",
            350_000,
            lockstep_benches::module::like_rustc(350_000),
        ),
    ] {
        let spent = cold(&text);
        report(Row { price, what: what.into(), spent: spent.less(base).over(f64::from(count)) });
    }
}

fn call_of(text: &str) -> (Chain, lockstep_runtime::CheckedTx, f64) {
    let mut chain = Chain::default();
    let to = chain.deploy(translate(text), 0, None, Amount::ZERO);
    let tx = |method: &str| {
        let call = Action::Call { to, invocation: invocation(method, Vec::new()), value: Amount::ZERO };
        chain.checked(vec![call])
    };
    // What the transaction costs by itself: it asks for a contract that is not there.
    let nobody = Action::Call {
        to: lockstep_abi::Address([9; 32]),
        invocation: invocation("f", Vec::new()),
        value: Amount::ZERO,
    };
    let by_itself =
        chain.execute(&chain.engine, &chain.state, &chain.checked(vec![nobody])).1.gas_used.0 as f64;
    let tx = tx("f");
    (chain, tx, by_itself)
}

fn cold(text: &str) -> Spent {
    let (chain, tx, by_itself) = call_of(text);
    let folder = TempDir::new().expect("a folder");
    let config = EngineConfig { artifacts: Some(folder.path().into()), ..EngineConfig::default() };
    let mut spent = Spent::WORST;
    for _ in 0..40 {
        let engine = Engine::new(&config).expect("a folder for artifacts");
        let start = Started::now();
        let (_, receipt, _) = chain.execute(&engine, &chain.state, &tx);
        drop(engine);
        spent = spent.least(Spent { ps: start.elapsed_ps(), gas: receipt.gas_used.0 as f64 - by_itself });
    }
    spent
}

fn warm(text: &str) -> Spent {
    let (chain, tx, by_itself) = call_of(text);
    let mut spent = Spent::WORST;
    for _ in 0..300 {
        let (ps, receipt, _) = chain.execute(&chain.engine, &chain.state, &tx);
        spent = spent.least(Spent { ps, gas: receipt.gas_used.0 as f64 - by_itself });
    }
    spent
}
