//! Begins a contract: a crate with the example of the SDK's page, its test, and what cargo wants to know.
//!
//! The page itself is the template, so that what it says builds, and what is built is explained.

use std::{fs, path::Path};

use anyhow::Context;
use serde_json::{Value, json};

use super::{Shown, args::NewArgs, failure::Failure};

/// The page whose first example is a whole contract.
const PAGE: &str = include_str!("../../../sdk/README.md");
/// How the blocks of its files begin, each the first of its kind.
const MANIFEST: &str = "```toml\n";
const CONTRACT: &str = "```rust\n";
const TEST: &str = "```rust,ignore\n";
/// What the example is called, and where it has the SDK.
const NAME: &str = "numbers";
const SDK: &str = "../lockstep/sdk";

pub(crate) fn run(args: &NewArgs) -> anyhow::Result<Shown> {
    let NewArgs { path, sdk } = args;
    let name = path.file_name().and_then(|name| name.to_str()).filter(|name| is_name(name));
    let name = name.ok_or_else(|| {
        let text = format!(
            "`{}` does not end in the name of a crate: small letters, digits, `-` and `_`, a letter first",
            path.display()
        );
        Failure::new("bad_name", text, Value::Null)
    })?;
    let sdk = sdk.clone().unwrap_or_else(|| path.join(SDK));
    let found = fs::canonicalize(&sdk).ok().filter(|sdk| sdk.join("testing").is_dir());
    let found = found.ok_or_else(|| {
        let text = format!("{} is not the folder of the SDK; --sdk says where it is", sdk.display());
        Failure::new("no_sdk", text, Value::Null)
    })?;
    make(path)?;
    // As the author has said it: from the new folder, or from anywhere.
    let sdk = if args.sdk.is_some() { found.display().to_string() } else { SDK.into() };
    let imported = format!("use {}::", name.replace('-', "_"));
    let files = [
        ("Cargo.toml", block(MANIFEST).replace(NAME, name).replace(SDK, &sdk)),
        ("src/lib.rs", block(CONTRACT).into()),
        (&format!("tests/{name}.rs"), block(TEST).replace(&format!("use {NAME}::"), &imported)),
        (".gitignore", "/target\n".into()),
    ];
    for (file, text) in &files {
        let file = path.join(file);
        let folder = file.parent().unwrap_or(path);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&file, text))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    // The versions that were tested, if the SDK lies in its workspace.
    if let Some(lock) = found.parent().map(|root| root.join("Cargo.lock")).filter(|lock| lock.is_file()) {
        fs::copy(&lock, path.join("Cargo.lock"))
            .with_context(|| format!("cannot copy {}", lock.display()))?;
    }
    let text = format!(
        "{}\n  src/lib.rs  the contract\n  tests/{name}.rs  its test: cargo test --release\n  \
         lockstep build there makes the Wasm",
        path.display()
    );
    Shown::new(json!({ "package": name, "folder": path }), text)
}

/// Makes the folder, or takes one that is empty.
fn make(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let is_empty = fs::read_dir(folder).map(|mut entries| entries.next().is_none());
    if is_empty.with_context(|| format!("cannot read {}", folder.display()))? {
        return Ok(());
    }
    let text = format!("there are files in {} already", folder.display());
    Err(Failure::new("not_empty", text, Value::Null).into())
}

/// Whether cargo takes it, and Rust as a name.
fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_part)
}

/// The first block of the page that begins so.
fn block(begin: &str) -> &'static str {
    let (_, behind) = PAGE.split_once(begin).expect("the page has such a block");
    behind.split_once("```").map_or(behind, |(block, _)| block)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use lockstep_build::{Cargo, Form, compile};
    use lockstep_runtime::prepare;

    use super::*;

    fn begin(path: PathBuf, sdk: Option<PathBuf>) -> Result<Shown, String> {
        run(&NewArgs { path, sdk }).map_err(|error| Failure::of(&error).text().into())
    }

    fn sdk() -> PathBuf {
        // When the test runs, not when it was compiled: clones may share a build folder.
        Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("run by cargo")).join("../sdk")
    }

    #[test]
    fn what_it_begins_is_a_contract_that_a_chain_takes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my-pledges");
        begin(path.clone(), Some(sdk())).unwrap();
        let cargo = Cargo::own().with_target_dir(folder.path().join("target"));
        let built = compile(&cargo, &path.join("Cargo.toml"), Form::Deployed).unwrap();
        let module = prepare(fs::read(built.file).unwrap()).unwrap();
        assert_eq!(module.schema().unwrap().name, "Numbers");
        let test = fs::read_to_string(path.join("tests/my-pledges.rs")).unwrap();
        assert!(test.contains("use my_pledges::{") && test.contains("#[test]"), "{test}");
        // What is there is the author's.
        assert!(begin(path, Some(sdk())).unwrap_err().starts_with("there are files in"));
    }

    #[test]
    fn a_folder_that_is_no_name_or_an_sdk_that_is_not_there_is_refused_and_nothing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9lives", "Pledges", "ple dges", ".."] {
            let refused = begin(folder.path().join(name), Some(sdk())).unwrap_err();
            assert!(refused.contains("does not end in the name of a crate"), "{refused}");
        }
        let refused = begin(folder.path().join("pledges"), None).unwrap_err();
        assert!(refused.contains("is not the folder of the SDK"), "{refused}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
