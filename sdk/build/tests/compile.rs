//! Real crates in folders of their own, as an author has them, with the SDK by its path.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

use lockstep_abi::schema::section::strip;
use lockstep_build::{BuildError, Cargo, Compiled, Form, compile, settings};
use tempfile::TempDir;

/// Arithmetic, a panic, and what a path could get in by.
const SOURCE: &str = r#"#![cfg_attr(target_family = "wasm", no_std)]
use lockstep_sdk::prelude::*;

#[storage]
pub struct Shop {
    sold: Map<u64, u64>,
}

#[contract]
impl Shop {
    pub fn buy(&mut self, n: u64) -> u64 {
        let sold = self.sold.get(&n);
        self.sold.set(&n, sold + n);
        1_000 / n
    }

    pub fn told(&self) -> String {
        file!().into()
    }
}
"#;

fn root() -> PathBuf {
    // Not `env!`, which is of when it was compiled: clones that share a build folder would use each other's sources.
    let own = std::env::var_os("CARGO_MANIFEST_DIR").expect("run by cargo");
    Path::new(&own).join("../..").canonicalize().unwrap()
}

/// A workspace of one package, with more lines in its manifest.
fn author(lines: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/lib.rs"), SOURCE).unwrap();
    // The versions that are downloaded.
    fs::copy(root().join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    let manifest = format!(
        "[package]\nname = \"a-shop\"\nversion = \"1.2.3\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\", \
         \"rlib\"]\n\n[dependencies]\nlockstep-sdk = {{ path = {:?} }}\n\n[workspace]\n\n{lines}\n",
        root().join("sdk")
    );
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    folder
}

/// Where cargo puts what it makes: two modules are compared that do not come from one folder.
#[derive(Clone, Copy)]
enum Target {
    First,
    Second,
}

/// What was built: its settings and bytes.
struct Built {
    flags: String,
    wasm: Vec<u8>,
}

/// A build writes over the one before, of another test.
static BUILDING: Mutex<()> = Mutex::new(());

fn built(author: &TempDir, target: Target, form: Form) -> Result<Built, BuildError> {
    built_in(author.path(), target, form)
}

fn built_in(author: &Path, target: Target, form: Form) -> Result<Built, BuildError> {
    let _building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(match target {
        Target::First => "first",
        Target::Second => "second",
    });
    let cargo = Cargo::own().with_target_dir(folder);
    let Compiled { file, flags } = compile(&cargo, &author.join("Cargo.toml"), form)?;
    Ok(Built { flags, wasm: fs::read(file).unwrap() })
}

fn contains(wasm: &[u8], text: &str) -> bool {
    wasm.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn the_settings_are_those_that_the_workspace_of_the_examples_has() {
    let read = |file: &str| fs::read_to_string(root().join(file)).unwrap();
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let mut profile = manifest["profile"]["contract"].as_table().unwrap().clone();
    // Those of single packages.
    profile.remove("package");
    // Every profile of the workspace has them.
    let checks = &manifest["profile"]["release"]["overflow-checks"];
    profile.entry("overflow-checks").or_insert(checks.clone());
    let settings = [settings::PROFILE_SETTINGS, settings::STRIPPED].concat().join("\n");
    assert_eq!(profile, settings.parse().unwrap());

    let config: toml::Table = read(".cargo/config.toml").parse().unwrap();
    let flags = config["target"][settings::TARGET]["rustflags"].as_array().unwrap();
    assert_eq!(flags, &[settings::STACK_SIZE.into()]);
    assert!(read("Makefile").contains(settings::COMPRESS));
}

/// Before, a test of such a contract did not build, or one without the stack's size took 17 pages of memory.
#[test]
fn a_workspace_that_says_nothing_is_built_as_one_that_says_all() {
    let profile = settings::PROFILE_SETTINGS.join("\n");
    let (silent, told) = (author(""), author(&format!("[profile.contract]\n{profile}\nstrip = true")));
    fs::create_dir(told.path().join(".cargo")).unwrap();
    fs::copy(root().join(".cargo/config.toml"), told.path().join(".cargo/config.toml")).unwrap();
    let silent = built(&silent, Target::First, Form::Deployed).unwrap();
    let told = built(&told, Target::Second, Form::Deployed).unwrap();
    assert_eq!(silent.flags, "opt-level=z overflow-checks");
    assert_eq!(silent.wasm, told.wasm);
}

/// The command deploys the module with names, once they are out of it.
#[test]
fn the_folder_does_not_matter() {
    for form in [Form::Deployed, Form::WithNames] {
        let [one, other] = [Target::First, Target::Second].map(|target| {
            let author = author("");
            strip(&built(&author, target, form).unwrap().wasm).unwrap()
        });
        assert!(contains(&one, "src/lib.rs"), "a path that could differ");
        assert!(one == other, "{form:?}");
    }
}

/// Cargo writes such a path in its own way, and what it had built was not found.
#[test]
fn the_path_of_the_manifest_may_go_up_again_or_through_a_link() {
    let (author, links) = (author(""), tempfile::tempdir().unwrap());
    let link = links.path().join("link");
    symlink(author.path(), &link).unwrap();
    for folder in [author.path().join("src/.."), link] {
        built_in(&folder, Target::First, Form::Deployed).unwrap();
    }
}

#[test]
fn a_manifest_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = built(&folder, Target::First, Form::Deployed).map(|_| ()).unwrap_err();
    assert!(matches!(error, BuildError::NoManifest { .. }), "{error}");
    assert!(error.to_string().contains(folder.path().join("Cargo.toml").to_str().unwrap()), "{error}");
}

/// Another test runs again, under variables with which nothing compiles or arithmetic wraps around.
#[test]
fn the_environment_does_not_matter() {
    let _building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_workspace_that_says_nothing_is_built_as_one_that_says_all"])
        .env("RUSTFLAGS", "--no-such-flag")
        .env("CARGO_ENCODED_RUSTFLAGS", "--no-such-flag")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "--no-such-flag")
        .env("CARGO_PROFILE_CONTRACT_OVERFLOW_CHECKS", "false")
        .env("RUSTC_WRAPPER", "/no/such/wrapper")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn the_authors_own_profile_counts() {
    let author = author(
        "[profile.contract]\ninherits = \"release\"\noverflow-checks = true\nopt-level = 1\n\n\
         [profile.contract.package.a-shop]\nopt-level = 3",
    );
    let compiled = built(&author, Target::First, Form::Deployed).unwrap();
    assert_eq!(compiled.flags, "opt-level=3 overflow-checks");
}

/// A package whose own settings say `strip` kept it in the module that is there for the names. Cargo takes one key for a
/// package, and the author may have written it in either way.
#[test]
fn the_names_are_there_whatever_the_profile_says_of_the_package() {
    for package in ["contract.package.\"a-shop@1.2.3\"", "release.package.a-shop"] {
        let author = author(&format!(
            "[profile.contract]\ninherits = \"release\"\noverflow-checks = true\nstrip = true\n\n\
             [profile.{package}]\nopt-level = 2\nstrip = true",
        ));
        let Built { flags, wasm } = built(&author, Target::First, Form::WithNames).unwrap();
        assert_eq!(flags, "opt-level=2 overflow-checks");
        assert!(contains(&wasm, ".debug_line") && contains(&wasm, "a_shop"));
        let stripped = built(&author, Target::First, Form::Deployed).unwrap().wasm;
        assert!(!contains(&stripped, ".debug_line") && !contains(&stripped, "a_shop"));
    }
}

#[test]
fn arithmetic_that_wraps_around_is_refused_wherever_it_is() {
    for lines in [
        "[profile.contract]\ninherits = \"release\"",
        "[profile.contract]\ninherits = \"release\"\noverflow-checks = true\n\n\
         [profile.contract.package.lockstep-sdk]\noverflow-checks = false",
    ] {
        let error = built(&author(lines), Target::First, Form::Deployed).map(|_| ()).unwrap_err();
        assert!(matches!(error, BuildError::Wraps { .. }), "{error}");
        assert!(error.to_string().contains("`overflow-checks = true`"), "{error}");
    }
    for config in [
        "[target.wasm32-unknown-unknown]\nrustflags = [\"-Coverflow-checks=off\"]",
        "[target.'cfg(target_family = \"wasm\")']\nrustflags = [\"-C\", \"overflow_checks=off\"]",
        "[build]\nrustflags = \"--codegen overflow-checks=off\"",
        "include = [\"flags.toml\"]",
        // Where the profile has debug assertions, cargo leaves the overflow checks to them.
        "[build]\nrustflags = [\"--codegen=debug-assertions=no\"]",
        // And both, where nothing is optimized.
        "[build]\nrustflags = [\"-O\"]",
    ] {
        let author = with_config(config);
        for form in [Form::Deployed, Form::WithNames] {
            let error = built(&author, Target::First, form).map(|_| ()).unwrap_err();
            assert!(matches!(error, BuildError::Overruled { .. }), "{config}: {error}");
        }
    }
}

#[test]
fn flags_that_are_not_of_arithmetic_or_not_for_contracts_are_the_authors() {
    let author = with_config(
        "[target.wasm32-unknown-unknown]\nrustflags = [\"-Clink-arg=-zstack-size=65536\", \"-Clink-arg=-O2\"]\n\n\
         [target.x86_64-unknown-linux-gnu]\nrustflags = [\"-Coverflow-checks=off\"]",
    );
    let wasm = built(&author, Target::First, Form::Deployed).unwrap().wasm;
    // The section of one memory without a limit: behind such a stack it begins with two pages.
    assert!(wasm.windows(5).any(|window| window == [5, 3, 1, 0, 2]), "the stack is not of this size");
}

/// The same workspace with a configuration file, and one beside it that is for `include`.
fn with_config(config: &str) -> TempDir {
    let author = author("");
    fs::create_dir(author.path().join(".cargo")).unwrap();
    fs::write(author.path().join(".cargo/config.toml"), config).unwrap();
    let flags = "[build]\nrustflags = [\"-Coverflow-checks=off\"]";
    fs::write(author.path().join(".cargo/flags.toml"), flags).unwrap();
    author
}
