//! Builds a contract as its author would, and hands over the Wasm.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Mutex, PoisonError},
};

use lockstep_build::{Cargo, Form, compile};

/// The release Wasm of the crate whose test this is written in.
///
/// # Panics
/// As [`build_contract`].
#[macro_export]
macro_rules! build {
    () => {
        $crate::build_contract(&$crate::crate_folder())
    };
}

/// The folder of the crate whose test or benchmark cargo runs.
///
/// Not `env!`, which is of when it was compiled: clones that share a build folder would use each other's sources.
///
/// # Panics
/// If this is not run by cargo.
#[must_use]
pub fn crate_folder() -> String {
    std::env::var("CARGO_MANIFEST_DIR").expect("run by cargo")
}

/// What was built in this process: tests run side by side and all ask for the same.
static BUILT: Mutex<BTreeMap<String, Vec<u8>>> = Mutex::new(BTreeMap::new());

/// The release Wasm of the contract in the folder `manifest_dir`. Builds it first, unless that is done: with the settings
/// of `lockstep build`, whatever flags this test itself was built with.
///
/// # Panics
/// If it cannot be built, or not so that its arithmetic stops on overflow; cargo's messages go to the standard error.
#[must_use]
pub fn build_contract(manifest_dir: &str) -> Vec<u8> {
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    built.entry(manifest_dir.into()).or_insert_with(|| build(&Cargo::own(), manifest_dir)).clone()
}

/// The same by another toolchain that rustup has, in a build folder of its own.
///
/// # Panics
/// As [`build_contract`].
#[must_use]
pub fn build_contract_with(toolchain: &str, manifest_dir: &str) -> Vec<u8> {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    build(
        &Cargo::of_toolchain(toolchain).with_target_dir(Path::new(&target).join("toolchains")),
        manifest_dir,
    )
}

fn build(cargo: &Cargo, manifest_dir: &str) -> Vec<u8> {
    let folder = Path::new(manifest_dir).canonicalize().expect("the contract's folder");
    let compiled = compile(cargo, &folder.join("Cargo.toml"), Form::Deployed);
    let compiled = compiled.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    std::fs::read(compiled.file).expect("cargo wrote the Wasm")
}
