//! The peers' names in the table, with the versions that `Cargo.toml` pins.

const MANIFEST: &str = include_str!("../Cargo.toml");

/// CosmWasm's VM.
pub(crate) fn cosmwasm() -> String {
    named("CosmWasm", "cosmwasm-vm")
}

/// The EVM.
pub(crate) fn revm() -> String {
    named("revm", "revm")
}

/// The interpreter.
pub(crate) fn wasmi() -> String {
    named("wasmi", "wasmi")
}

/// The optimizing compiler.
pub(crate) fn wasmtime() -> String {
    named("Wasmtime", "wasmtime")
}

fn named(name: &str, package: &str) -> String {
    let entry = MANIFEST.lines().find_map(|line| line.strip_prefix(package)?.strip_prefix(" = "));
    let version = entry.and_then(|entry| entry.split_once("\"=")?.1.split('"').next());
    format!("{name} {}", version.expect("the version is pinned"))
}
