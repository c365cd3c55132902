//! Begins a contract: a crate with the example of the SDK's page, its test, and what cargo wants to know.
//!
//! The page itself is the template, so that what it says builds, and what is built is explained.

use std::{
    fs,
    path::{self, Path, PathBuf},
};

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

/// Where the checkout is beside the new folder, and the SDK in it.
const BESIDE: &str = "lockstep/sdk";
/// What Rust does not take as the name of a crate, or what would hide one that every crate uses.
const RESERVED: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

pub(crate) fn run(args: &NewArgs) -> anyhow::Result<Shown> {
    let path = args.path.as_path();
    let name = path.file_name().and_then(|name| name.to_str()).filter(|name| is_name(name));
    let name = name.ok_or_else(|| {
        let text = format!(
            "`{}` does not end in a name for a crate: small letters, digits, `-` and `_`, a letter first, no word of Rust's \
             and none that begins with `lockstep`",
            path.display()
        );
        Failure::new("bad_name", text, Value::Null)
    })?;
    let parent = path.parent().unwrap_or(Path::new(""));
    let sdk = args.sdk.clone().unwrap_or_else(|| parent.join(BESIDE));
    // Neither disturbs the manifest that it is written into.
    let is_plain = |sdk: &Path| sdk.to_str().is_some_and(|sdk| !sdk.contains(['"', '\\', '\n']));
    let found = fs::canonicalize(&sdk).ok().filter(|sdk| sdk.join("testing").is_dir() && is_plain(sdk));
    let found = found.ok_or_else(|| {
        let text = format!("{} is not the folder of the SDK; --sdk says where it is", sdk.display());
        Failure::new("no_sdk", text, Value::Null)
    })?;
    if let Some(root) = workspace_above(parent)? {
        let text = format!(
            "{} is a workspace: a crate in it is one of its `members`, and has no lock file and no profile of its own",
            root.display()
        );
        return Err(Failure::new("in_workspace", text, Value::Null).into());
    }
    make(path)?;
    // What was found beside the folder stays beside it when both are moved.
    let sdk = if args.sdk.is_some() { found.display().to_string() } else { SDK.into() };
    let imported = format!("use {}::", name.replace('-', "_"));
    let mut files = vec![
        ("Cargo.toml".to_owned(), block(MANIFEST).replace(NAME, name).replace(SDK, &sdk)),
        ("src/lib.rs".to_owned(), block(CONTRACT).to_owned()),
        (format!("tests/{name}.rs"), block(TEST).replace(&format!("use {NAME}::"), &imported)),
        (".gitignore".to_owned(), "/target\n".to_owned()),
    ];
    // The versions that were tested, if the SDK lies in its workspace.
    if let Some(lock) = found.parent().and_then(|root| fs::read_to_string(root.join("Cargo.lock")).ok()) {
        files.push(("Cargo.lock".to_owned(), lock));
    }
    for (file, text) in &files {
        let file = path.join(file);
        fs::create_dir_all(file.parent().unwrap_or(path))
            .and_then(|()| fs::write(&file, text))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    let text = format!(
        "{}\n  src/lib.rs  the contract\n  tests/{name}.rs  its test: cargo test --release\n  \
         lockstep build there makes the Wasm",
        path.display()
    );
    Shown::new(json!({ "package": name, "folder": path }), text)
}

/// The folder of the workspace that a crate in `parent` would be taken to be in, if there is one.
fn workspace_above(parent: &Path) -> anyhow::Result<Option<PathBuf>> {
    let parent = path::absolute(parent.join(".")).context("there is no current folder")?;
    let is_workspace = |folder: &&Path| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim() == "[workspace]")
    };
    Ok(parent.ancestors().find(is_workspace).map(Path::to_path_buf))
}

/// Makes the folder, or takes one that is empty but for what git keeps.
fn make(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    if entries.flatten().all(|entry| entry.file_name() == ".git") {
        return Ok(());
    }
    let text = format!("there are files in {} already", folder.display());
    Err(Failure::new("not_empty", text, Value::Null).into())
}

/// Whether cargo and Rust take it as the name of a crate that uses the SDK.
fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(is_part)
        && !name.starts_with("lockstep")
        && !RESERVED.contains(&name)
}

/// The first block of the page that begins so.
fn block(begin: &str) -> &'static str {
    let (_, behind) = PAGE.split_once(begin).expect("the page has such a block");
    behind.split_once("```").map_or(behind, |(block, _)| block)
}

#[cfg(test)]
mod tests {
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
    fn the_sdk_is_looked_for_beside_the_new_folder() {
        let folder = tempfile::tempdir().unwrap();
        let checkout = folder.path().join("lockstep");
        std::os::unix::fs::symlink(fs::canonicalize(sdk().join("..")).unwrap(), checkout).unwrap();
        let path = folder.path().join("pledges");
        begin(path.clone(), None).unwrap();
        let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap();
        assert!(manifest.contains(r#"lockstep-sdk = { path = "../lockstep/sdk" }"#), "{manifest}");
        assert!(path.join("Cargo.lock").is_file());
    }

    #[test]
    fn a_folder_that_is_no_name_or_an_sdk_that_is_not_there_is_refused_and_nothing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9lives", "Pledges", "ple dges", "..", "match", "std", "lockstep-sdk"] {
            let refused = begin(folder.path().join(name), Some(sdk())).unwrap_err();
            assert!(refused.contains("does not end in a name for a crate"), "{refused}");
        }
        let inside = sdk().join("../contracts/pledges");
        let refused = begin(inside.clone(), Some(sdk())).unwrap_err();
        assert!(refused.contains("is a workspace") && !inside.exists(), "{refused}");
        let refused = begin(folder.path().join("pledges"), None).unwrap_err();
        assert!(refused.contains("is not the folder of the SDK"), "{refused}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
