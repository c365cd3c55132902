//! A token transfer: an instance that is new to the contract, code in memory, storage in memory, an event, gas.
//!
//! "Call" is the contract's call alone. "Transaction" is all that happens to one between its signature's check,
//! which is not here, and the commitment to the state, which is not here either: nonce, fee, call, receipt. It is
//! one of a hundred in a block, each to a receiver of its own. revm is shown both as nodes use it (each transaction's
//! changes go to the database) and with all changes of a block in its journal, as ours has them in its overlay.

use std::cell::RefCell;

use anyhow::{Result, ensure};
use lockstep_benches::Deployed;
use lockstep_engine::EngineConfig;

use crate::{
    code, cosmwasm, evm,
    measure::{Stopwatch, Subject},
    ours, peer,
    table::{Line, Must},
};

/// Transactions of a block: enough that setting up the block does not count.
const BLOCK: u32 = 100;

/// Measures the row.
pub(crate) fn measure(stopwatch: &mut Stopwatch) -> Result<Vec<Line>> {
    let (transfer, input) = (ours::method("transfer"), ours::transfer());
    let mut token = ours::Contract::token(&EngineConfig::default(), code::token());
    token.call(&transfer, &input);
    ensure!(token.events() == 1, "a transfer is announced");
    let chain = Deployed::token();
    let txs = Deployed::check(&chain.transfers(BLOCK.into()));

    let folder = tempfile::tempdir()?;
    let mut cw20 = cosmwasm::Token::new(folder.path(), &code::cw20_base()?)?;

    let calls: Vec<_> = (0..BLOCK).map(evm::Contract::transfer).collect();
    let data = evm::Contract::transfer(0);
    let mut erc20 = evm::Contract::token()?;
    // So that a call finds its receiver's balance, as the others do.
    erc20.commit(&calls)?;
    let erc20 = RefCell::new(erc20);

    let subjects = vec![
        Subject::new("ours, call", || token.call(&transfer, &input)),
        Subject::new("CosmWasm, call", || cw20.transfer().expect("a transfer")),
        Subject::new("revm, call", || erc20.borrow_mut().call(&data).expect("a transfer")),
        Subject::batch("ours, transaction", BLOCK, || chain.execute(&txs)),
        Subject::batch("revm, committed", BLOCK, || erc20.borrow_mut().commit(&calls).expect("transfers")),
        Subject::batch("revm, in the journal", BLOCK, || {
            erc20.borrow_mut().execute(&calls).expect("transfers");
        }),
    ];
    let figures = stopwatch.compare("transfer", subjects)?;
    let [ours, cosmwasm, evm, our_tx, evm_tx, journal] = figures[..] else {
        unreachable!("as many figures as subjects")
    };
    let (work, tx) = ("transfer, call", "transfer, transaction");
    let (call, transaction) = (("call", ours), ("transaction", our_tx));
    let (cw, revm) = (peer::cosmwasm(), peer::revm());
    let (committed, journaled) = (format!("{revm}, committed"), format!("{revm}, in the journal"));
    Ok(vec![
        Line::faster(work, call, (&cw, cosmwasm)).must(Must::AtLeast(20.0)),
        Line::faster(work, call, (&revm, evm)).must(Must::AtLeast(1.0)),
        Line::faster(tx, transaction, (&committed, evm_tx)).must(Must::AtLeast(1.0)),
        Line::faster(tx, transaction, (&journaled, journal)),
    ])
}
