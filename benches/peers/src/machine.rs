//! Says where a figure comes from.

use std::{fs, process::Command, thread};

/// Processor, commit and compiler, in a line.
pub(crate) fn describe() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let processor = processor.map_or("unknown processor", |(_, name)| name);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let commit = output("git", &["describe", "--always", "--dirty=, changed since"]);
    format!("{processor}, {cores} cores; commit {commit}; {}", output("rustc", &["--version"]))
}

fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    match output {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().into(),
        _ => format!("unknown {program}"),
    }
}
