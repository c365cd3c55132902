//! What an author's own files say of how contracts are built.
//!
//! Cargo would let a setting on its command line win over these files, so what they say must be known first.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use toml::{Table, Value};

use super::{BuildError, Cargo, settings::PROFILE};

/// The workspace that a contract is in.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Cargo's configuration files, those that win first, and last the manifest.
    files: Vec<Table>,
}

impl Workspace {
    pub(crate) fn of(cargo: &Cargo, manifest: &Path) -> Result<Self, BuildError> {
        let mut command = cargo.command();
        command.args(["locate-project", "--workspace", "--message-format", "plain", "--manifest-path"]);
        let output = command.arg(manifest).stderr(Stdio::inherit()).output().map_err(BuildError::NoCargo)?;
        let found = String::from_utf8(output.stdout).ok().filter(|_| output.status.success());
        let found = found.map(|path| PathBuf::from(path.trim_end()));
        let unknown = || BuildError::NoWorkspace { manifest: manifest.into() };
        let root = found.as_deref().and_then(Path::parent).ok_or_else(unknown)?.to_path_buf();
        let mut files: Vec<PathBuf> = root.ancestors().map(|folder| folder.join(".cargo")).collect();
        let home = env::var_os("CARGO_HOME").map(PathBuf::from);
        files.extend(home.or_else(|| env::home_dir().map(|home| home.join(".cargo"))));
        let mut files: Vec<PathBuf> =
            files.iter().flat_map(|folder| [folder.join("config"), folder.join("config.toml")]).collect();
        files.push(root.join("Cargo.toml"));
        // One that is no TOML is cargo's to complain about.
        let read = |file: &PathBuf| fs::read_to_string(file).ok()?.parse().ok();
        Ok(Self { root, files: files.iter().filter_map(read).collect() })
    }

    /// Whether the author has a profile for contracts.
    pub(crate) fn has_profile(&self) -> bool {
        self.files.iter().any(|file| profile(file, PROFILE).is_some())
    }

    /// Whether the configuration says how large the stack is.
    pub(crate) fn has_stack_size(&self) -> bool {
        self.files
            .iter()
            .any(|file| ["target", "build"].iter().filter_map(|key| file.get(*key)).any(sets_stack))
    }
}

fn profile<'a>(file: &'a Table, name: &str) -> Option<&'a Value> {
    file.get("profile")?.get(name)
}

fn sets_stack(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("stack-size"),
        Value::Array(values) => values.iter().any(sets_stack),
        Value::Table(table) => table.values().any(sets_stack),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => false,
    }
}

/// The name of the package that a manifest is of.
pub(crate) fn package(manifest: &Path) -> Option<String> {
    let table: Table = fs::read_to_string(manifest).ok()?.parse().ok()?;
    Some(table.get("package")?.get("name")?.as_str()?.to_owned())
}
