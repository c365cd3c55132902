//! Builds contracts: the Wasm that is deployed, and beside it the same with all names and lines.
//!
//! Cargo builds once, with debug information. The module without it is what is deployed, its code written shorter, so
//! the two cannot be of different code. Then it is told what it was built from, which no macro knows.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Context;
use lockstep_abi::{
    Hash,
    schema::{
        build::{self, BuildInfo, Revision},
        section::{strip, with_section},
    },
};
use lockstep_runtime::{Prepared, prepare};
use serde_json::{Value, json};

use super::{Shown, args::BuildArgs, compact::compact, failure::Failure, symbols::DEBUG_SUFFIX};

/// The profile of the author's, or the one below.
const PROFILE: &str = "contract";
/// The same with debug information, in a folder of its own.
const DEBUG_PROFILE: &str = "contract-debug";
/// What `[profile.contract]` is in a workspace that has none.
const PROFILE_SETTINGS: &[&str] = &[
    "inherits=\"release\"",
    "opt-level=\"z\"",
    "lto=\"fat\"",
    "codegen-units=1",
    "panic=\"abort\"",
    "overflow-checks=true",
];
const DEBUG_SETTINGS: &[&str] = &["inherits=\"contract\"", "debug=\"limited\"", "strip=false"];
/// What the linker is told where `.cargo/config.toml` says nothing of it.
const STACK_SIZE: &str = "-zstack-size=32768";
const TARGET: &str = "wasm32-unknown-unknown";

pub(crate) fn run(args: &BuildArgs) -> anyhow::Result<Shown> {
    let workspace = Workspace::of(args)?;
    let packages = workspace.contracts(args)?;
    let folder = args.out.clone().unwrap_or_else(|| workspace.target.join("lockstep"));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let (mut built, mut text) = (Vec::new(), String::new());
    for package in packages {
        let Built { file, debug_file, module, build } = workspace.build(&package, &folder)?;
        let (code, bytes) = (module.code(), module.wasm().len());
        text.push_str(&format!(
            "{}\n  {}  {bytes} bytes, code {code}\n  {}  with names and lines\n",
            build.package,
            file.display(),
            debug_file.display()
        ));
        built.push(json!({
            "package": build.package, "file": file, "debug_file": debug_file,
            "code": code, "code_bytes": bytes, "build": build,
        }));
    }
    Shown::new(json!({ "contracts": built }), text)
}

/// What cargo knows of the workspace around here.
struct Workspace {
    root: PathBuf,
    target: PathBuf,
    packages: Vec<Package>,
}

/// A contract's package.
#[derive(Debug, Clone)]
struct Package {
    name: String,
    version: String,
    manifest: PathBuf,
}

/// What was made of a package.
struct Built {
    file: PathBuf,
    debug_file: PathBuf,
    module: Prepared,
    build: BuildInfo,
}

fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // They would take the place of the flags of the workspace's configuration.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo
}

fn failed(text: impl Into<String>) -> anyhow::Error {
    Failure::new("build_failed", text, Value::Null).into()
}

impl Workspace {
    fn of(args: &BuildArgs) -> anyhow::Result<Self> {
        let mut cargo = cargo();
        cargo.args(["metadata", "--format-version", "1", "--no-deps"]);
        if let Some(manifest) = &args.manifest_path {
            cargo.arg("--manifest-path").arg(manifest);
        }
        let output = cargo.stderr(Stdio::inherit()).output().context("cannot run cargo")?;
        if !output.status.success() {
            return Err(failed("cargo finds no package here"));
        }
        let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo's answer is not JSON")?;
        let path = |value: &Value| value.as_str().map(PathBuf::from).context("cargo names no path");
        let mut packages = Vec::new();
        for package in metadata["packages"].as_array().into_iter().flatten() {
            let text = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
            let mut kinds = package["targets"].as_array().into_iter().flatten().flat_map(kinds);
            if kinds.any(|kind| kind == "cdylib") {
                let manifest = path(&package["manifest_path"])?;
                packages.push(Package { name: text("name"), version: text("version"), manifest });
            }
        }
        let (root, target) = (path(&metadata["workspace_root"])?, path(&metadata["target_directory"])?);
        Ok(Self { root, target, packages })
    }

    /// Those that were asked for; else the one of this folder; else all.
    fn contracts(&self, args: &BuildArgs) -> anyhow::Result<Vec<Package>> {
        let names =
            || self.packages.iter().map(|package| package.name.as_str()).collect::<Vec<_>>().join(", ");
        if !args.package.is_empty() {
            let find = |name: &String| {
                let found = self.packages.iter().find(|package| package.name == *name);
                found.cloned().ok_or_else(|| {
                    failed(format!("`{name}` is no contract of this workspace; these are: {}", names()))
                })
            };
            return args.package.iter().map(find).collect();
        }
        let here = match &args.manifest_path {
            Some(manifest) => manifest.canonicalize().ok(),
            None => env::current_dir().ok().map(|here| here.join("Cargo.toml")),
        };
        let own = self.packages.iter().find(|package| Some(&package.manifest) == here.as_ref());
        match (own, self.packages.is_empty()) {
            (Some(own), _) => Ok(vec![own.clone()]),
            (None, false) => Ok(self.packages.clone()),
            (None, true) => Err(failed(
                "there is no contract here: its Cargo.toml has `crate-type = [\"cdylib\", \"rlib\"]` under `[lib]`",
            )),
        }
    }

    fn build(&self, package: &Package, folder: &Path) -> anyhow::Result<Built> {
        let compiled = self.compile(package)?;
        let build = self.info(package, &compiled)?;
        let whole = fs::read(&compiled.file).context("cannot read what cargo built")?;
        let whole = with_section(&whole, build::SECTION, &build.encode())?;
        let module = compact(&strip(&whole)?)?;
        let name = package.name.replace('-', "_");
        let (file, debug_file) =
            (folder.join(format!("{name}.wasm")), folder.join(format!("{name}{DEBUG_SUFFIX}")));
        for (file, wasm) in [(&file, &module), (&debug_file, &whole)] {
            fs::write(file, wasm).with_context(|| format!("cannot write {}", file.display()))?;
        }
        let module = prepare(module)
            .with_context(|| format!("{} was built, but cannot be deployed", file.display()))?;
        Ok(Built { file, debug_file, module, build })
    }

    fn compile(&self, package: &Package) -> anyhow::Result<Compiled> {
        let mut cargo = cargo();
        // `rustc`, not `build`: with the rlib beside it, cargo skips the link-time optimization of the whole.
        cargo.args(["rustc", "--lib", "--crate-type", "cdylib", "--target", TARGET]);
        cargo.args(["--profile", DEBUG_PROFILE, "--message-format", "json-render-diagnostics"]);
        // Where cargo and rustup read their settings: those of the workspace, wherever the command is run.
        cargo.current_dir(&self.root).arg("--manifest-path").arg(&package.manifest);
        if !self.says("Cargo.toml", "[profile.contract]") {
            set(&mut cargo, PROFILE, PROFILE_SETTINGS);
        }
        set(&mut cargo, DEBUG_PROFILE, DEBUG_SETTINGS);
        if !self.says(".cargo/config.toml", "stack-size") {
            cargo.args(["--", &format!("-Clink-arg={STACK_SIZE}")]);
        }
        let output = cargo.stderr(Stdio::inherit()).output().context("cannot run cargo")?;
        if !output.status.success() {
            return Err(failed(format!("`{}` does not compile", package.name)));
        }
        let messages = String::from_utf8_lossy(&output.stdout);
        let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        messages.filter_map(|message| Compiled::of(&message, package)).next_back().ok_or_else(|| {
            failed(format!("cargo built no Wasm of `{}`; is the target {TARGET} installed?", package.name))
        })
    }

    /// Whether a file of the workspace says something of this.
    fn says(&self, file: &str, what: &str) -> bool {
        fs::read_to_string(self.root.join(file)).is_ok_and(|text| text.contains(what))
    }

    fn info(&self, package: &Package, compiled: &Compiled) -> anyhow::Result<BuildInfo> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let toolchain = self.ask(Command::new(rustc).arg("-V")).context("rustc does not say its version")?;
        let lock = fs::read(self.root.join("Cargo.lock")).context("cannot read the lock file")?;
        let revision = self.ask(Command::new("git").args(["rev-parse", "HEAD"]));
        let revision = revision.and_then(|digits| hex::decode(digits).ok()).unwrap_or_default();
        Ok(BuildInfo {
            version: build::VERSION,
            package: format!("{} {}", package.name, package.version),
            toolchain,
            flags: compiled.flags.clone(),
            lock: Hash(*blake3::hash(&lock).as_bytes()),
            changed: !revision.is_empty() && self.is_changed(package),
            revision: Revision(revision),
        })
    }

    /// Whether this is not what the repository has in its newest commit. Files that it does not know are left out,
    /// since what is built may lie among them.
    fn is_changed(&self, package: &Package) -> bool {
        let tracked =
            self.ask(Command::new("git").args(["ls-files", "--error-unmatch"]).arg(&package.manifest));
        let status = self.ask(Command::new("git").args(["status", "--porcelain", "--untracked-files=no"]));
        tracked.is_none() || status != Some(String::new())
    }

    /// What a command prints, run at the workspace's root; nothing, if it fails.
    fn ask(&self, command: &mut Command) -> Option<String> {
        let output = command.current_dir(&self.root).stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    }
}

/// Settings of a profile, in the command.
fn set(cargo: &mut Command, profile: &str, settings: &[&str]) {
    for setting in settings {
        cargo.arg("--config").arg(format!("profile.{profile}.{setting}"));
    }
}

/// What cargo made.
struct Compiled {
    file: PathBuf,
    flags: String,
}

impl Compiled {
    /// What a message of cargo's says of the package's module, if it is about that.
    fn of(message: &Value, package: &Package) -> Option<Self> {
        let is_own = message["manifest_path"].as_str().map(Path::new) == Some(&package.manifest);
        if message["reason"] != "compiler-artifact" || !is_own {
            return None;
        }
        let mut files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
        let file = PathBuf::from(files.find(|file| file.ends_with(".wasm"))?);
        let profile = &message["profile"];
        let mut flags = format!("opt-level={}", profile["opt_level"].as_str().unwrap_or("?"));
        for (name, flag) in [("overflow_checks", "overflow-checks"), ("debug_assertions", "debug-assertions")]
        {
            if profile[name] == true {
                flags.push(' ');
                flags.push_str(flag);
            }
        }
        Some(Self { file, flags })
    }
}

fn kinds(target: &Value) -> impl Iterator<Item = &str> {
    target["kind"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_with_all_that_it_says_about_itself_has_at_most_1500_bytes() {
        let out = tempfile::tempdir().unwrap();
        let manifest_path =
            Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/counter/Cargo.toml"));
        let args = BuildArgs { package: vec![], manifest_path, out: Some(out.path().into()) };
        run(&args).unwrap();
        let size = fs::read(out.path().join("counter.wasm")).unwrap().len();
        assert!(size <= 1_500, "{size} bytes");
    }

    /// A second list: a workspace that has the profile is built by it, one that has none by the settings here.
    #[test]
    fn the_profile_is_the_one_that_this_workspace_has() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
        let (_, profile) = manifest.split_once("[profile.contract]\n").unwrap();
        let profile: Vec<_> = profile.lines().take_while(|line| !line.is_empty()).collect();
        for setting in PROFILE_SETTINGS {
            let (name, value) = setting.split_once('=').unwrap();
            let line = format!("{name} = {value}");
            let inherited = manifest.contains(&format!("[profile.release]\n{line}"));
            assert!(profile.contains(&line.as_str()) || inherited, "{line}");
        }
        // The setting that is not here makes the module that is deployed: stripped.
        assert_eq!(profile.len(), PROFILE_SETTINGS.len());
        let config = fs::read_to_string(root.join(".cargo/config.toml")).unwrap();
        assert!(config.contains(STACK_SIZE));
    }
}
