//! What a contract is built with.
//!
//! The workspace of the example contracts says the same in its own files, for who builds there with cargo alone; a test
//! compares them.

/// What contracts are compiled to.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// The profile: the author's, or the one below.
pub const PROFILE: &str = "contract";
/// The same with debug information, in a folder of its own.
pub const DEBUG_PROFILE: &str = "contract-debug";
/// What `[profile.contract]` is in a workspace that has none. Size is what contracts pay for.
pub const PROFILE_SETTINGS: &[&str] = &[
    "inherits = \"release\"",
    "opt-level = \"z\"",
    "lto = \"fat\"",
    "codegen-units = 1",
    "panic = \"abort\"",
    "overflow-checks = true",
];
/// What is added to the profile for the module that is deployed.
pub const STRIPPED: &[&str] = &["strip = true"];
/// What is added to it for the same module with names and lines.
pub const WITH_NAMES: &[&str] = &["debug = \"limited\"", "strip = false"];
/// What the linker is told where the author's configuration says nothing of the stack: by default a contract would have
/// 17 pages of memory, which every call would pay for.
pub const STACK_SIZE: &str = "-Clink-arg=-zstack-size=32768";
/// Has the linker close up the room that it leaves for numbers in the code, a tenth of a contract. It refuses to where
/// debug information would then be wrong.
pub const COMPRESS: &str = "-Clink-arg=--compress-relocations";
