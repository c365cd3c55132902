//! Builds a contract as its author would, and hands over the Wasm.

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
};

use cargo_metadata::{Message, TargetKind};

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

/// The release Wasm of the contract in the folder `manifest_dir`. Builds it first, unless that is done.
///
/// # Panics
/// If it cannot be built; cargo's messages go to the standard error.
#[must_use]
pub fn build_contract(manifest_dir: &str) -> Vec<u8> {
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    built
        .entry(manifest_dir.into())
        .or_insert_with(|| build(Command::new(env!("CARGO")), manifest_dir))
        .clone()
}

/// The same by another toolchain that rustup has, in a build folder of its own.
///
/// # Panics
/// As [`build_contract`].
#[must_use]
pub fn build_contract_with(toolchain: &str, manifest_dir: &str) -> Vec<u8> {
    let mut cargo = Command::new("rustup");
    cargo.args(["run", toolchain, "cargo"]);
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    cargo.env("CARGO_TARGET_DIR", Path::new(&target).join("toolchains"));
    build(cargo, manifest_dir)
}

fn build(mut cargo: Command, manifest_dir: &str) -> Vec<u8> {
    let folder = Path::new(manifest_dir).canonicalize().expect("the contract's folder");
    let manifest = folder.join("Cargo.toml");
    let output = cargo
        // `rustc`, not `build`: with the rlib beside it, cargo skips the link-time optimization of the whole.
        .args(["rustc", "--quiet", "--lib", "--crate-type", "cdylib"])
        .args(["--profile", "contract", "--target", "wasm32-unknown-unknown"])
        .args(["--message-format", "json-render-diagnostics", "--manifest-path"])
        .arg(&manifest)
        // Of the outer cargo, which would make this a build of its own kind.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{} does not build for Wasm", manifest.display());
    let wasm = Message::parse_stream(output.stdout.as_slice())
        .filter_map(|message| match message.expect("cargo writes its messages") {
            Message::CompilerArtifact(artifact) if is_contract(&artifact, &manifest) => {
                artifact.filenames.into_iter().find(|file| file.extension() == Some("wasm"))
            }
            _ => None,
        })
        .next()
        .unwrap_or_else(|| panic!("{} is no contract: its crate-type lacks `cdylib`", manifest.display()));
    std::fs::read(&wasm).expect("cargo wrote the Wasm")
}

fn is_contract(artifact: &cargo_metadata::Artifact, manifest: &Path) -> bool {
    artifact.manifest_path.as_std_path() == manifest && artifact.target.kind.contains(&TargetKind::CDyLib)
}
