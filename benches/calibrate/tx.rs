//! Transactions: checked as they arrive (decoding, the signature by itself, hashes), executed, their block finished.

use lockstep_abi::{Action, Address, Amount, tx::CodeSource};
use lockstep_benches::{Chain, Spent, Started, chain_id, host::CALLEE, invocation};
use lockstep_runtime::{check, prepare};

use crate::{Row, translate};

pub(crate) fn measure(report: &mut dyn FnMut(Row)) {
    let mut chain = Chain::default();
    let contract = chain.deploy(translate(CALLEE), 0, None, Amount::ZERO);
    let to = |at: u8| Address([at; 32]);
    let transfers =
        |count: u8| (0..count).map(|at| Action::Transfer { to: to(at), amount: Amount(1) }).collect();
    let call = |bytes: usize| {
        vec![Action::Call { to: contract, invocation: invocation("f", vec![0; bytes]), value: Amount::ZERO }]
    };
    let stored = prepare(translate(CALLEE)).expect("a valid module").code();
    let creates = |count: u8| {
        let create = |at| Action::Create {
            code: CodeSource::Stored(stored),
            salt: [at + 1; 32],
            init: None,
            value: Amount::ZERO,
            admin: None,
        };
        (0..count).map(create).collect()
    };

    let one = whole(&chain, transfers(1));
    report(Row { price: "TX_FIXED", what: "a transaction with a transfer".into(), spent: one });
    let spent = whole(&chain, transfers(32)).less(one).over(31.0);
    report(Row { price: "TRANSFER", what: "a further transfer in it".into(), spent });
    let spent = whole(&chain, creates(32)).less(whole(&chain, creates(1))).over(31.0);
    report(Row { price: "CREATE", what: "a further contract that is created in it".into(), spent });
    let bytes = 100_000;
    let spent = whole(&chain, call(bytes)).less(whole(&chain, call(0))).over(bytes as f64);
    report(Row { price: "TX_PER_BYTE", what: "a byte of arguments".into(), spent });
}

/// A transaction from its bytes to the state root.
fn whole(chain: &Chain, actions: Vec<Action>) -> Spent {
    let bytes = chain.sign(actions).encode();
    let mut spent = Spent::WORST;
    for _ in 0..300 {
        let start = Started::now();
        let tx = check(&bytes, &chain_id()).expect("a valid transaction");
        let checked = start.elapsed_ps();
        let (time, receipt, _) = chain.execute(&chain.engine, &chain.state, &tx);
        assert!(receipt.is_success(), "{:?}", receipt.outcome);
        spent = spent.least(Spent { ps: checked + time, gas: receipt.gas_used.0 as f64 });
    }
    spent
}
