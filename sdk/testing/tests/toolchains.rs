//! What each Rust at hand makes of the example contracts is accepted and does the same.
//!
//! rustc's output changes with its versions (sign extension, bulk memory, reference types were turned on one after
//! the other), and a VM that does not follow turns its users away.

use std::process::Command;

use lockstep_testing::{World, build_contract_with, crate_folder};

/// The toolchains that rustup has and that can build for Wasm.
fn toolchains() -> Vec<String> {
    let rustup = |args: &[&str]| {
        let output = Command::new("rustup").args(args).output().expect("rustup runs");
        String::from_utf8(output.stdout).expect("rustup writes UTF-8")
    };
    rustup(&["toolchain", "list"])
        .lines()
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|toolchain| {
            rustup(&["target", "list", "--installed", "--toolchain", toolchain])
                .contains("wasm32-unknown-unknown")
        })
        .collect()
}

#[test]
fn contracts_of_every_toolchain_at_hand_are_accepted_and_run() {
    let toolchains = toolchains();
    assert!(!toolchains.is_empty(), "the pinned toolchain has the target");
    for toolchain in toolchains {
        let contract = |name: &str| {
            build_contract_with(&toolchain, &format!("{}/../../contracts/{name}", crate_folder()))
        };
        let (mut world, [alice, bob]) = World::with_users(["alice", "bob"]);
        let counter = world.deploy(&alice, &contract("counter"), &41_u64).expect(&toolchain);
        let done = world.call(&alice, counter, "increment", &()).expect(&toolchain);
        assert_eq!(done.value::<u64>(), 42, "{toolchain}");

        let args = (String::from("Gold"), String::from("GLD"), 2_u8, 1_000_u128);
        let token = world.deploy(&alice, &contract("token"), &args).expect(&toolchain);
        world.call(&alice, token, "transfer", &(bob.address(), 5_u128)).expect(&toolchain);
        assert_eq!(world.query::<u128>(token, "balance_of", &bob.address()), Ok(5), "{toolchain}");
        println!("{toolchain}: accepted");
    }
}
