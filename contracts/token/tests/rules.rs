//! The token's two rules, whoever calls what: random calls in the real VM.

use lockstep_abi::Address;
use lockstep_testing::{Execution, RandomCalls, User, World, build};

const SUPPLY: u128 = 1_000;

fn token() -> (World, Address, [User; 3]) {
    let (mut world, [alice, bob, carol]) = World::with_users(["alice", "bob", "carol"]);
    world.set_execution::<token::Token>(&build!(), Execution::Compared);
    let token = world.deploy(&alice, &build!(), &("Gold", "GLD", 2_u8, SUPPLY)).unwrap();
    (world, token, [alice, bob, carol])
}

fn calls(world: &World, token: Address) -> RandomCalls {
    RandomCalls::of(world, [token]).numbers([SUPPLY - 1, SUPPLY, SUPPLY + 1])
}

fn balance(world: &World, token: Address, of: Address) -> u128 {
    world.query(token, "balance_of", &of).unwrap()
}

#[test]
fn the_balances_add_up_to_the_supply() {
    let (world, token, _) = token();
    let calls = calls(&world, token);
    let everybody = calls.addresses();
    let tally = calls.hold(|world| {
        let sum: u128 = everybody.iter().map(|of| balance(world, token, *of)).sum();
        assert_eq!(sum, world.query::<u128>(token, "total_supply", &()).unwrap());
    });
    // A rule that nothing could break would hold for nothing.
    for method in ["transfer", "approve", "mint", "burn"] {
        assert!(tally.successes(method) > 0, "{tally}");
    }
}

#[test]
fn a_balance_goes_down_only_by_its_holders_will() {
    let (world, token, _) = token();
    let calls = calls(&world, token);
    let everybody = calls.addresses();
    calls.hold_each_step(|step| {
        let by = step.call.by.address();
        for of in &everybody {
            let lost = balance(step.before, token, *of).saturating_sub(balance(step.after, token, *of));
            let allowed: u128 = step.before.query(token, "allowance", &(*of, by)).unwrap();
            assert!(*of == by || lost <= allowed, "{of} lost {lost}, and had allowed {allowed}");
        }
    });
}

/// That a rule is broken is found, and the calls that do it are made few: what is shown above would be worth nothing
/// otherwise.
#[test]
fn a_rule_that_does_not_hold_is_refuted_by_the_shortest_calls() {
    let (world, token, [alice, ..]) = token();
    let of = alice.address();
    let found = calls(&world, token)
        .cases(10_000)
        .refute(|step| {
            let (before, after) = (balance(step.before, token, of), balance(step.after, token, of));
            // Forgets allowances.
            assert!(after >= before || step.call.by.address() == of, "somebody else took {}", before - after);
        })
        .unwrap();
    let shown = found.to_string();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 4, "{shown}");
    assert_eq!(lines[0], "the rule does not hold after");
    assert!(lines[1].starts_with("  alice: token.approve(spender: "), "{shown}");
    assert!(lines[1].ends_with(", amount: 1)"), "{shown}");
    assert!(lines[2].contains(": token.transfer_from(from: alice, to: "), "{shown}");
    assert_eq!(lines[3], "somebody else took 1");
}
