//! The cargo that builds, without what the environment would change in the code.
//!
//! Two people who build the same sources are to have the same bytes, and a test run under a tool that sets flags (for
//! coverage, say) is to test what is deployed. Which compiler it is and where things lie stays the caller's choice.
//! Cargo's configuration files cannot be kept away: those of the workspace are the author's word.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::PathBuf,
    process::Command,
};

/// A cargo, and where it puts what it builds.
#[derive(Debug, Clone)]
pub struct Cargo {
    program: OsString,
    args: Vec<OsString>,
    target_dir: Option<PathBuf>,
}

impl Cargo {
    /// The one that runs this program, or the one that is found.
    #[must_use]
    pub fn own() -> Self {
        let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Self { program, args: Vec::new(), target_dir: None }
    }

    /// The one of another toolchain that rustup has.
    #[must_use]
    pub fn of_toolchain(toolchain: &str) -> Self {
        let args = ["run", toolchain, "cargo"].map(OsString::from).into();
        Self { program: "rustup".into(), args, target_dir: None }
    }

    /// The same with a build folder of its own.
    #[must_use]
    pub fn with_target_dir(self, folder: impl Into<PathBuf>) -> Self {
        Self { target_dir: Some(folder.into()), ..self }
    }

    /// A command of it.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        for (name, _) in env::vars_os().filter(|(name, _)| changes_code(name)) {
            command.env_remove(name);
        }
        if let Some(folder) = &self.target_dir {
            command.env("CARGO_TARGET_DIR", folder);
        }
        command
    }
}

/// Whether a variable may change what the compiler or the linker makes.
fn changes_code(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    match name {
        "CARGO_TARGET_DIR" | "CARGO_BUILD_TARGET_DIR" | "CARGO_BUILD_BUILD_DIR" | "CARGO_BUILD_JOBS" => false,
        // `RUSTC` by another name.
        "CARGO_BUILD_RUSTC" => false,
        "RUSTFLAGS" | "CARGO_ENCODED_RUSTFLAGS" | "CARGO_INCREMENTAL" | "RUSTC_BOOTSTRAP" => true,
        // A wrapper is asked in the compiler's place, and may answer what it likes.
        "RUSTC_WRAPPER" | "RUSTC_WORKSPACE_WRAPPER" => true,
        // Configuration by another name.
        _ => ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_", "CARGO_UNSTABLE_"]
            .iter()
            .any(|prefix| name.starts_with(prefix)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_code_is_kept_away_and_nothing_else() {
        for name in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_BUILD_RUSTFLAGS",
            "CARGO_BUILD_RUSTC_WRAPPER",
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
            "CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS",
            "CARGO_PROFILE_CONTRACT_OPT_LEVEL",
            "CARGO_INCREMENTAL",
            "RUSTC_WRAPPER",
        ] {
            assert!(changes_code(name.as_ref()), "{name}");
        }
        for name in [
            "PATH",
            "HOME",
            "CARGO_HOME",
            "RUSTUP_TOOLCHAIN",
            "RUSTC",
            "CARGO_BUILD_RUSTC",
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_JOBS",
        ] {
            assert!(!changes_code(name.as_ref()), "{name}");
        }
    }
}
