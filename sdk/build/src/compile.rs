//! Runs cargo, and looks at how it compiled.

use std::{
    fs, io,
    path::{self, Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use super::{
    Cargo,
    settings::{
        COMPRESS, DEBUG_PROFILE, PROFILE, PROFILE_SETTINGS, STACK_SIZE, STRIPPED, TARGET, WITH_NAMES,
    },
    workspace::{Workspace, package},
};

/// Which module is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The one that can be deployed.
    Deployed,
    /// The same with names and lines, and with room in its code that nothing closed up.
    WithNames,
}

/// What cargo made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// The module.
    pub file: PathBuf,
    /// The settings that matter to who compares, such as `opt-level=z overflow-checks`.
    pub flags: String,
}

/// Why there is no module.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Cargo does not run.
    #[error("cannot run cargo: {0}")]
    NoCargo(#[source] io::Error),
    /// Nothing is there.
    #[error("cannot find {}: {source}", manifest.display())]
    NoManifest {
        /// The manifest.
        manifest: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Cargo knows no package there.
    #[error("cargo finds no package at {}", manifest.display())]
    NoWorkspace {
        /// The manifest.
        manifest: PathBuf,
    },
    /// Cargo has said why.
    #[error("`{package}` does not compile")]
    Refused {
        /// The package.
        package: String,
    },
    /// Cargo built something else.
    #[error(
        "cargo built no Wasm of `{package}`: is its crate-type `cdylib`, and the target {TARGET} installed?"
    )]
    NoWasm {
        /// The package.
        package: String,
    },
    /// A sum that is too large would be a small one.
    #[error(
        "`{package}` would be compiled without overflow checks, and arithmetic in it would wrap around: write \
         `overflow-checks = true` in [profile.{PROFILE}]"
    )]
    Wraps {
        /// The package: the contract's or one that it uses.
        package: String,
    },
    /// Whatever the profile says, the compiler would do something else, and cargo would not tell.
    #[error(
        "`{flag}` in the rustflags of {} wins over the profile: write what it sets in [profile.{PROFILE}]",
        file.display()
    )]
    Overruled {
        /// The flag, or the word of it that says what it sets.
        flag: String,
        /// The configuration file.
        file: PathBuf,
    },
}

/// Compiles the contract whose `Cargo.toml` this is. Cargo's messages go to the standard error.
///
/// # Errors
/// [`BuildError`].
pub fn compile(cargo: &Cargo, manifest: &Path, form: Form) -> Result<Compiled, BuildError> {
    let missing = |source| BuildError::NoManifest { manifest: manifest.into(), source };
    let canonical = fs::canonicalize(manifest).map_err(missing)?;
    // Cargo gets the path as it is: a member of a workspace may be a link to a folder outside.
    let manifest = &path::absolute(manifest).map_err(missing)?;
    let workspace = Workspace::of(cargo, manifest)?;
    let package = package(manifest).ok_or_else(|| BuildError::NoWorkspace { manifest: manifest.into() })?;
    if let Some((file, flag)) = workspace.overruling_flag() {
        return Err(BuildError::Overruled { flag: flag.into(), file: file.into() });
    }
    let mut command = cargo.command();
    // `rustc`, not `build`: with the rlib beside it, cargo skips the link-time optimization of the whole.
    command.args(["rustc", "--lib", "--crate-type", "cdylib", "--target", TARGET]);
    command.args(["--message-format", "json-render-diagnostics"]);
    // Where cargo reads its settings, wherever this is run, and rustup the toolchain, unless it has chosen one: under
    // `cargo test`, CARGO and RUSTUP_TOOLCHAIN are inherited, and a contract has the toolchain of its test.
    command.current_dir(&workspace.root).arg("--manifest-path").arg(manifest);
    if !workspace.has_profile() {
        set(&mut command, PROFILE, PROFILE_SETTINGS);
    }
    if form == Form::Deployed {
        // A test has its own to say.
        command.arg("--quiet");
    }
    let (profile, settings) = match form {
        Form::Deployed => (PROFILE, STRIPPED),
        Form::WithNames => (DEBUG_PROFILE, WITH_NAMES),
    };
    if profile != PROFILE {
        set(&mut command, profile, &[&format!("inherits = {PROFILE:?}")]);
    }
    set(&mut command, profile, settings);
    // What a profile says of a package wins over what it says of all. Cargo takes one key for each package: the author's.
    for key in workspace.package_keys() {
        set(&mut command, &format!("{profile}.package.{key:?}"), settings);
    }
    command.args(["--profile", profile, "--"]);
    if !workspace.has_stack_size() {
        command.arg(STACK_SIZE);
    }
    if form == Form::Deployed {
        command.arg(COMPRESS);
    }
    let output = command.stderr(Stdio::inherit()).output().map_err(BuildError::NoCargo)?;
    if !output.status.success() {
        return Err(BuildError::Refused { package });
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let messages: Vec<Value> = messages.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let artifacts = || messages.iter().filter_map(Artifact::of);
    // Of whatever is in the module: the SDK's sums are the contract's.
    if let Some(wrapping) = artifacts().find(|artifact| artifact.profile["overflow_checks"] != true) {
        return Err(BuildError::Wraps { package: wrapping.package.into() });
    }
    // Cargo writes the path in its own way.
    let is_asked_for =
        |artifact: &Artifact| fs::canonicalize(artifact.manifest).is_ok_and(|path| path == canonical);
    let mut compiled = artifacts().filter(is_asked_for).filter_map(Artifact::compiled);
    compiled.next_back().ok_or(BuildError::NoWasm { package })
}

/// Settings of a profile, in the command.
fn set(command: &mut Command, profile: &str, settings: &[&str]) {
    for setting in settings {
        command.arg("--config").arg(format!("profile.{profile}.{setting}"));
    }
}

/// What cargo says of something that it compiled for the target.
struct Artifact<'a> {
    package: &'a str,
    manifest: &'a Path,
    profile: &'a Value,
    files: Vec<&'a Path>,
}

impl<'a> Artifact<'a> {
    fn of(message: &'a Value) -> Option<Self> {
        let files = message["filenames"].as_array()?.iter().filter_map(Value::as_str).map(Path::new);
        let files: Vec<&Path> = files.collect();
        // Macros and what they need are for the machine that builds, which has folders without the target's name.
        let is_for_target = |file: &&Path| file.iter().any(|folder| folder == TARGET);
        files.iter().any(is_for_target).then_some(Self {
            package: message["target"]["name"].as_str()?,
            manifest: Path::new(message["manifest_path"].as_str()?),
            profile: &message["profile"],
            files,
        })
    }

    fn compiled(self) -> Option<Compiled> {
        let file = self.files.iter().find(|file| file.extension().is_some_and(|kind| kind == "wasm"))?;
        let mut flags = format!("opt-level={}", self.profile["opt_level"].as_str().unwrap_or("?"));
        for (name, flag) in [("overflow_checks", "overflow-checks"), ("debug_assertions", "debug-assertions")]
        {
            if self.profile[name] == true {
                flags.push(' ');
                flags.push_str(flag);
            }
        }
        Some(Compiled { file: file.to_path_buf(), flags })
    }
}
