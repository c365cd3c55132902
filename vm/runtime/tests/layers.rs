//! Which crate may depend on which: the architecture as a test.

use std::process::Command;

/// Each crate of the project and the ones of the project that it may use.
const ALLOWED: &[(&str, &[&str])] = &[
    ("lockstep-abi", &[]),
    ("lockstep-engine", &["lockstep-abi"]),
    ("lockstep-state", &["lockstep-abi"]),
    ("lockstep-runtime", &["lockstep-abi", "lockstep-engine", "lockstep-state"]),
    ("lockstep-build", &[]),
    ("lockstep-node", &["lockstep-abi", "lockstep-build", "lockstep-runtime", "lockstep-state"]),
    ("lockstep-sdk-macros", &[]),
    ("lockstep-sdk", &["lockstep-abi", "lockstep-sdk-macros"]),
    (
        "lockstep-testing",
        &["lockstep-abi", "lockstep-build", "lockstep-runtime", "lockstep-sdk", "lockstep-state"],
    ),
    ("counter", &["lockstep-sdk"]),
    ("amm", &["lockstep-sdk"]),
    ("auction", &["lockstep-sdk"]),
    ("classifier", &["lockstep-sdk"]),
    ("escrow", &["lockstep-sdk"]),
    ("factory", &["lockstep-sdk"]),
    ("governor", &["lockstep-sdk"]),
    ("multisig", &["lockstep-sdk"]),
    ("names", &["lockstep-sdk"]),
    ("nft", &["lockstep-sdk"]),
    ("odometer", &["lockstep-sdk"]),
    ("oracle", &["lockstep-sdk"]),
    ("relay", &["lockstep-sdk"]),
    ("vesting", &["lockstep-sdk"]),
    ("shelf", &["lockstep-sdk"]),
    ("till", &["lockstep-sdk"]),
    ("token", &["lockstep-sdk"]),
    ("treasury", &["lockstep-sdk"]),
    ("workload", &["lockstep-sdk"]),
    ("lockstep-fuzz", &["lockstep-abi", "lockstep-runtime", "lockstep-state"]),
    (
        "lockstep-benches",
        &["lockstep-abi", "lockstep-runtime", "lockstep-sdk", "lockstep-state", "lockstep-testing"],
    ),
];

#[test]
fn crates_depend_in_one_direction() {
    let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec().unwrap();
    let members: Vec<_> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    for package in &metadata.packages {
        let allowed = ALLOWED.iter().find(|(name, _)| *name == package.name.as_str());
        let (name, allowed) = allowed.unwrap_or_else(|| panic!("{} has no place yet", package.name));
        let uses = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == cargo_metadata::DependencyKind::Normal)
            .filter(|dependency| members.contains(&dependency.name.as_str()));
        for dependency in uses {
            assert!(allowed.contains(&dependency.name.as_str()), "{name} uses {}", dependency.name);
        }
    }
}

/// The engine knows no database, the state no compiler, and neither a network.
#[test]
fn what_is_under_the_runtime_keeps_to_its_own() {
    for (package, banned) in [
        ("lockstep-engine", &["rocksdb", "tokio", "jsonrpsee"][..]),
        ("lockstep-state", &["wasmer", "tokio", "jsonrpsee"]),
        ("lockstep-runtime", &["rocksdb", "tokio", "jsonrpsee"]),
        ("lockstep-sdk", &["wasmer", "rocksdb", "serde_json"]),
        ("lockstep-build", &["wasmer", "rocksdb", "lockstep-sdk"]),
        ("lockstep-testing", &["rocksdb", "tokio", "jsonrpsee"]),
    ] {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let tree = String::from_utf8(output.stdout).unwrap();
        let crates: Vec<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        for name in banned {
            assert!(!crates.contains(name), "{package} depends on {name}");
        }
    }
}
