//! Builds contracts: the Wasm that is deployed, and beside it the same with all names and lines.
//!
//! Cargo builds once, with debug information. The module without it is what is deployed, its code written shorter, so
//! the two cannot be of different code. Then it is told what it was built from, which no macro knows. A file is only
//! written of what a chain would take.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
};

use anyhow::Context;
use lockstep_abi::{
    Hash,
    schema::{
        build::{self, BuildInfo, Revision},
        section::{strip, with_section},
    },
};
use lockstep_build::{Cargo, Compiled, Form, compile};
use lockstep_runtime::{Prepared, prepare};
use serde_json::{Value, json};

use super::{Shown, args::BuildArgs, compact::compact, failure::Failure, symbols::DEBUG_SUFFIX};

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

fn failed(text: impl Into<String>) -> anyhow::Error {
    Failure::new("build_failed", text, Value::Null).into()
}

impl Workspace {
    fn of(args: &BuildArgs) -> anyhow::Result<Self> {
        let mut cargo = Cargo::own().command();
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
        let compiled = compile(&Cargo::own(), &package.manifest, Form::WithNames)
            .map_err(|error| failed(error.to_string()))?;
        let build = self.info(package, &compiled)?;
        let whole = fs::read(&compiled.file).context("cannot read what cargo built")?;
        let whole = with_section(&whole, build::SECTION, &build.encode())?;
        let module = prepare(compact(&strip(&whole)?)?)
            .with_context(|| format!("`{}` was built, but cannot be deployed", package.name))?;
        let name = package.name.replace('-', "_");
        let (file, debug_file) =
            (folder.join(format!("{name}.wasm")), folder.join(format!("{name}{DEBUG_SUFFIX}")));
        write(&debug_file, &whole)?;
        write(&file, module.wasm())?;
        Ok(Built { file, debug_file, module, build })
    }

    fn info(&self, package: &Package, compiled: &Compiled) -> anyhow::Result<BuildInfo> {
        // The names that cargo looks for, in its order.
        let rustc = ["RUSTC", "CARGO_BUILD_RUSTC"].into_iter().find_map(env::var_os);
        let rustc = rustc.unwrap_or_else(|| "rustc".into());
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

/// Writes a file, or leaves the one that is there: never a part of one.
fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let new = file.with_extension(format!("{}.new", process::id()));
    let written = fs::write(&new, bytes).and_then(|()| fs::rename(&new, file));
    if written.is_err() {
        // It may be there in part; if this fails too, the first error is the one to tell.
        let _ = fs::remove_file(&new);
    }
    written.with_context(|| format!("cannot write {}", file.display()))
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

    /// What a chain would refuse must not take the place of what is deployed there.
    #[test]
    fn a_module_that_cannot_be_deployed_leaves_the_files_as_they_are() {
        let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let manifest = "[package]\nname = \"floats\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = \
                        [\"cdylib\"]\n\n[workspace]\n";
        fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        let source = "#[unsafe(no_mangle)]\npub extern \"C\" fn half(n: f64) -> f64 {\n    n / 2.0\n}\n";
        fs::write(folder.path().join("src/lib.rs"), source).unwrap();
        for file in ["floats.wasm", "floats.debug.wasm"] {
            fs::write(out.path().join(file), "before").unwrap();
        }
        let manifest_path = Some(folder.path().join("Cargo.toml"));
        let args = BuildArgs { package: vec![], manifest_path, out: Some(out.path().into()) };
        let error = run(&args).map(|_| ()).unwrap_err();
        assert!(format!("{error:#}").contains("float"), "{error:#}");
        let files = fs::read_dir(out.path()).unwrap();
        let mut files: Vec<_> = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
        files.sort();
        assert_eq!(files, ["before", "before"]);
    }
}
