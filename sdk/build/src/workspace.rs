//! What an author's own files say of how contracts are built.
//!
//! Cargo would let a setting on its command line win over these files, so what they say must be known first. And it lets
//! the compiler's flags in them win over the profile, which is all that it tells of.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use toml::{Table, Value};

use super::{
    BuildError, Cargo,
    settings::{PROFILE, TARGET},
};

/// What decides whether arithmetic wraps around. Where cargo does not tell the compiler the first, it follows from the
/// second, and that from the third.
const ARITHMETIC: [&str; 3] = ["overflow-checks", "debug-assertions", "opt-level"];

/// The workspace that a contract is in.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Cargo's configuration files, those that win first, and last the manifest.
    files: Vec<File>,
}

/// A file that is there.
struct File {
    path: PathBuf,
    table: Table,
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
        let mut folders: Vec<PathBuf> = root.ancestors().map(|folder| folder.join(".cargo")).collect();
        let home = env::var_os("CARGO_HOME").map(PathBuf::from);
        folders.extend(home.or_else(|| env::home_dir().map(|home| home.join(".cargo"))));
        let mut files = Vec::new();
        for folder in folders {
            read(&folder.join("config"), &mut files);
            read(&folder.join("config.toml"), &mut files);
        }
        read(&root.join("Cargo.toml"), &mut files);
        Ok(Self { root, files })
    }

    /// Whether the author has a profile for contracts.
    pub(crate) fn has_profile(&self) -> bool {
        self.profile(PROFILE).next().is_some()
    }

    /// The packages that have settings of their own in the profile or in one that it inherits, as they are written there.
    pub(crate) fn package_keys(&self) -> BTreeSet<&str> {
        let profiles = self.inherited().into_iter().flat_map(|name| self.profile(name));
        let packages = profiles.filter_map(|profile| profile.get("package")?.as_table());
        packages.flat_map(Table::keys).map(String::as_str).collect()
    }

    /// Whether the configuration says how large the stack is.
    pub(crate) fn has_stack_size(&self) -> bool {
        self.files.iter().flat_map(flags).any(|flag| flag.contains("stack-size"))
    }

    /// A flag that sets what is the profile's to set, and the file that it is in.
    pub(crate) fn overruling_flag(&self) -> Option<(&Path, &str)> {
        let find = |file| flags(file).find(|flag| overrules(flag));
        self.files.iter().find_map(|file| Some((file.path.as_path(), find(file)?)))
    }

    /// The profile for contracts, and those that it inherits.
    fn inherited(&self) -> Vec<&str> {
        let (mut names, mut next) = (Vec::new(), Some(PROFILE));
        // A circle is cargo's to refuse.
        while let Some(name) = next.filter(|name| !names.contains(name)) {
            names.push(name);
            let told = self.profile(name).find_map(|profile| profile.get("inherits")?.as_str());
            next = told.or(match name {
                // What is built where there is no such profile, and what cargo says of its own.
                PROFILE | "bench" => Some("release"),
                "test" => Some("dev"),
                _ => None,
            });
        }
        names
    }

    /// What the files say of a profile.
    fn profile(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.files.iter().filter_map(move |file| file.table.get("profile")?.get(name))
    }
}

/// Reads a file and those that it includes, which do not win over it.
fn read(path: &Path, files: &mut Vec<File>) {
    let Ok(path) = fs::canonicalize(path) else { return };
    // A circle and one that is no TOML are cargo's to complain about.
    let Some(table) = fs::read_to_string(&path).ok().and_then(|text| text.parse::<Table>().ok()) else {
        return;
    };
    if files.iter().any(|file| file.path == path) {
        return;
    }
    let included = table.get("include").and_then(Value::as_array).into_iter().flatten();
    let included = included.filter_map(|value| value.as_str().or_else(|| value.get("path")?.as_str()));
    let included: Vec<PathBuf> = included.map(|name| path.with_file_name(name)).collect();
    files.push(File { path, table });
    // The last of them wins.
    for path in included.iter().rev() {
        read(path, files);
    }
}

/// The flags that a file has for the compiler of contracts. A condition on the target may be met.
fn flags(file: &File) -> impl Iterator<Item = &str> {
    let targets = file.table.get("target").and_then(Value::as_table).into_iter().flatten();
    let targets = targets.filter(|(target, _)| *target == TARGET || target.starts_with("cfg("));
    let tables = file.table.get("build").into_iter().chain(targets.map(|(_, table)| table));
    tables.filter_map(|table| table.get("rustflags")).flat_map(words)
}

/// Flags as cargo takes them apart.
fn words(flags: &Value) -> Vec<&str> {
    match flags.as_array() {
        Some(words) => words.iter().filter_map(Value::as_str).collect(),
        None => flags.as_str().into_iter().flat_map(str::split_whitespace).collect(),
    }
}

fn overrules(flag: &str) -> bool {
    // Anywhere in it: `-C` may stand before, apart or with other letters. An underscore is a hyphen to the compiler.
    let told = flag.replace('_', "-");
    told.starts_with("-O") || ARITHMETIC.iter().any(|setting| told.contains(setting))
}

/// The name of the package that a manifest is of.
pub(crate) fn package(manifest: &Path) -> Option<String> {
    let table: Table = fs::read_to_string(manifest).ok()?.parse().ok()?;
    Some(table.get("package")?.get("name")?.as_str()?.to_owned())
}
