//! The first call after a start: an engine that knows nothing yet, over a folder of compiled code.
//!
//! The folder's files are in the operating system's cache. Ours is the example token, larger than its author would
//! deploy it; CosmWasm's is cw20-base.

use std::cell::RefCell;

use anyhow::Result;

use crate::{
    code, cosmwasm,
    measure::{Stopwatch, Subject},
    ours, peer,
    table::{Line, Must},
};

/// Warm calls of CosmWasm that a cold start may take as long as.
const WARM_CALLS: u32 = 10;

/// Measures the row.
pub(crate) fn measure(stopwatch: &mut Stopwatch) -> Result<Vec<Line>> {
    let our_folder = tempfile::tempdir()?;
    let config = ours::on_disk(our_folder.path());
    let wasm = code::large_token()?;
    let ours = format!("token of {} kB", wasm.len() / 1_000);
    let mut token = ours::Contract::token(&config, wasm);
    let (transfer, input) = (ours::method("transfer"), ours::transfer());

    let their_folder = tempfile::tempdir()?;
    let cw20 = RefCell::new(cosmwasm::Token::new(their_folder.path(), &code::cw20_base()?)?);

    let subjects = vec![
        // What was there before is dropped afterwards: it is not part of a start.
        Subject::keeping("ours, cold", || {
            let before = token.restart(&config);
            (before, token.call(&transfer, &input))
        }),
        Subject::new("CosmWasm, warm", || cw20.borrow_mut().transfer().expect("a transfer")),
        Subject::keeping("CosmWasm, cold", || {
            let mut cw20 = cw20.borrow_mut();
            let before = cw20.restart(their_folder.path()).expect("the folder is there");
            (before, cw20.transfer().expect("a transfer"))
        }),
    ];
    let figures = stopwatch.compare("cold start", subjects)?;
    let [our_start, warm, their_start] = figures[..] else { unreachable!("as many figures as subjects") };
    let warm = (format!("{}, {WARM_CALLS} warm calls", peer::cosmwasm()), warm.times(WARM_CALLS));
    let cold = format!("{}, cold start of cw20-base", peer::cosmwasm());
    let work = "cold start and call";
    Ok(vec![
        Line::faster(work, (&ours, our_start), (&warm.0, warm.1)).must(Must::AtLeast(1.0)),
        Line::faster(work, (&ours, our_start), (&cold, their_start)),
    ])
}
