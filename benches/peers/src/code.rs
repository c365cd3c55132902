//! The contracts that are run: built by cargo when they are wanted, kept with everything else that it builds.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use cargo_metadata::{Message, MetadataCommand, TargetKind};
use lockstep_testing::build_contract;

/// Of the project that the peers are measured against.
const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// Lowers what rustc emits to what CosmWasm's VM takes.
const BINARYEN: &str = "binaryen@132.0.0";

/// The example token, as its author deploys it.
pub(crate) fn token() -> Vec<u8> {
    build_contract(&format!("{PROJECT}/contracts/token"))
}

/// The example token with the assertions of a debug build: two and a half times the code.
pub(crate) fn large_token() -> Result<Vec<u8>> {
    let folder = format!("{PROJECT}/contracts/token");
    let file = build("token", |cargo| {
        cargo.args(["--profile", "contract", "--config", "profile.contract.debug-assertions=true"]);
        // Its own: in one folder, this and the token as it is deployed would replace each other at every run.
        cargo.args(["--target-dir", &format!("{}/debug-assertions", target_dir()?.display())]);
        cargo.args(["--manifest-path", &format!("{folder}/Cargo.toml")]);
        Ok(())
    })?;
    fs::read(file).context("cargo wrote the Wasm")
}

/// The works of `benches/workload`.
pub(crate) fn workload() -> Vec<u8> {
    build_contract(&format!("{PROJECT}/benches/workload"))
}

/// cw20-base, from the registry's source, with the settings of CosmWasm's own optimizer.
pub(crate) fn cw20_base() -> Result<Vec<u8>> {
    let file = build("cw20-base", |cargo| {
        cargo.args(["--profile", "cosmwasm", "--manifest-path"]);
        cargo.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        // Instead of what the project's contracts are linked with.
        cargo.env("RUSTFLAGS", "-Clink-arg=-s");
        Ok(())
    })?;
    lower(&file)
}

/// Where cargo puts what it builds of this crate.
fn target_dir() -> Result<PathBuf> {
    let mut metadata = MetadataCommand::new();
    let metadata = metadata.current_dir(env!("CARGO_MANIFEST_DIR")).no_deps().exec()?;
    Ok(metadata.target_directory.into())
}

/// Builds one package for Wasm; gives the file.
fn build(package: &str, set_up: impl FnOnce(&mut Command) -> Result<()>) -> Result<PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["rustc", "--quiet", "--lib", "--crate-type", "cdylib", "--package", package]);
    cargo.args(["--target", "wasm32-unknown-unknown", "--message-format", "json-render-diagnostics"]);
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").stderr(Stdio::inherit());
    set_up(&mut cargo)?;
    let output = cargo.output().context("cargo runs")?;
    ensure!(output.status.success(), "{package} does not build for Wasm");
    let wasm = Message::parse_stream(output.stdout.as_slice()).find_map(|message| match message {
        Ok(Message::CompilerArtifact(artifact)) if artifact.target.kind.contains(&TargetKind::CDyLib) => {
            artifact.filenames.into_iter().find(|file| file.extension() == Some("wasm"))
        }
        _ => None,
    });
    Ok(wasm.with_context(|| format!("{package} is no contract"))?.into())
}

/// A module without what CosmWasm's VM refuses (bulk memory above all), optimized as CosmWasm's optimizer does it.
fn lower(wasm: &Path) -> Result<Vec<u8>> {
    let folder = wasm.parent().context("a file's folder")?.join("binaryen");
    run(Command::new("npm")
        .args(["install", "--silent", "--no-fund", "--no-audit", "--prefer-offline"])
        .arg("--prefix")
        .arg(&folder)
        .arg(BINARYEN))?;
    let lowered = wasm.with_extension("lowered.wasm");
    run(Command::new(folder.join("node_modules/.bin/wasm-opt"))
        .args(["--enable-bulk-memory", "--enable-bulk-memory-opt", "--enable-nontrapping-float-to-int"])
        .args(["--enable-sign-ext", "--enable-mutable-globals", "--enable-multivalue"])
        .args(["--enable-reference-types", "--llvm-memory-copy-fill-lowering"])
        .args(["--llvm-nontrapping-fptoint-lowering", "--signext-lowering", "-Os", "-o"])
        .arg(&lowered)
        .arg(wasm))?;
    fs::read(lowered).context("wasm-opt wrote the Wasm")
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{:?} runs", command.get_program()))?;
    ensure!(status.success(), "{command:?} fails");
    Ok(())
}
