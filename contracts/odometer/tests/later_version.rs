//! What comes after a migration, in the real VM: code without it that says its version, and the migration after that.
//!
//! The two are crates of their own, as an author has them, one after the other in the place of the odometer.

use std::{fs, path::Path};

use lockstep_sdk::error::StandardError;
use lockstep_testing::{World, build, build_contract, crate_folder};

/// The odometer, once no counter is left to be migrated.
const SECOND: &str = r#"
#[storage]
pub struct Odometer {
    count: Cell<u128>,
    step: Cell<u64>,
}

#[contract(version = 2)]
impl Odometer {
    #[init]
    pub fn new(&mut self, start: u128, step: u64) {
        self.count.set(start);
        self.step.set(step);
    }
}
"#;

/// Its next version, which counts steps.
const THIRD: &str = r#"
#[storage]
pub struct Odometer {
    steps: Cell<u128>,
}

#[storage]
pub struct OdometerV2 {
    count: Cell<u128>,
    step: Cell<u64>,
}

#[contract]
impl Odometer {
    #[init]
    pub fn new(&mut self) {}

    #[migrate(from = 2)]
    fn up(&mut self, old: OdometerV2) {
        self.steps.set(old.count.get() / u128::from(old.step.get()));
    }

    pub fn steps(&self) -> u128 {
        self.steps.get()
    }
}
"#;

/// The Wasm of a crate with this source.
fn built(name: &str, source: &str) -> Vec<u8> {
    let workspace = Path::new(&crate_folder()).join("../..").canonicalize().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    let header = "#![cfg_attr(target_family = \"wasm\", no_std)]\nuse lockstep_sdk::prelude::*;\n";
    fs::write(folder.path().join("src/lib.rs"), format!("{header}{source}")).unwrap();
    // The versions that are downloaded.
    fs::copy(workspace.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\nlockstep-sdk = {{ path = {:?} }}\n\n[workspace]\n",
        workspace.join("sdk")
    );
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    build_contract(folder.path().to_str().unwrap())
}

/// It counted as of version 1, and the migration refused it.
#[test]
fn what_code_without_a_migration_creates_has_the_version_that_it_says() {
    let (mut world, [alice]) = World::with_users(["alice"]);
    let contract = world.deploy(&alice, &built("odometer-second", SECOND), &(42_u128, 3_u64)).unwrap();
    world.upgrade(&alice, contract, &built("odometer-third", THIRD), &()).unwrap();
    assert_eq!(world.query::<u128>(contract, "steps", &()), Ok(14));
    // And of version 3 now.
    let failure = world.upgrade(&alice, contract, &build!(), &9_u64).unwrap_err();
    assert_eq!(failure.error::<StandardError>(), StandardError::WrongVersion);
}
