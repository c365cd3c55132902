//! What broke a rule once is tried first from then on.

use std::{fs, panic, path::Path};

use lockstep_testing::{RandomCalls, crate_folder};

use crate::ledger::{ledger, rule};

#[test]
fn calls_that_broke_a_rule_are_saved_shown_and_tried_first() {
    let file = Path::new(&crate_folder()).join("tests/testing/saved_calls.proptest-regressions");
    // Of a run that was stopped.
    let _: std::io::Result<()> = fs::remove_file(&file);
    let (world, ledger) = ledger();
    let message = |cases| {
        let calls = RandomCalls::of(&world, [ledger]).cases(cases);
        let hold = panic::AssertUnwindSafe(|| calls.hold_each_step(rule(&calls, ledger)));
        panic::catch_unwind(hold).map_err(|message| *message.downcast::<String>().unwrap())
    };
    assert!(message(0).is_ok());

    let first = message(1_000).unwrap_err();
    let saved = fs::read_to_string(&file).unwrap();
    // No new sequence is drawn.
    let again = message(0).unwrap_err();
    fs::remove_file(&file).unwrap();

    assert!(first.contains(": ledger.transfer(to: "), "{first}");
    assert!(saved.contains("# shrinks to [") && saved.contains(": ledger.transfer(to: "), "{saved}");
    assert_eq!(again, first);
}
