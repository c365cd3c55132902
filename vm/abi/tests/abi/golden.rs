//! Files that pin a format: a change of the format shows up in a diff.

use std::{env, fs, path::Path};

/// Compares `actual` with a file, whose path starts at the crate's folder.
///
/// # Panics
/// If they differ; with `UPDATE_GOLDEN=1` the file is written instead.
pub(crate) fn assert_golden(file: &str, actual: &str) {
    let path = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join(file);
    if env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(&path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == actual,
        "{file} is not what the code says now.\n\
         If the change is meant: UPDATE_GOLDEN=1 cargo test -p lockstep-abi --features json\n\
         --- {file}\n{expected}\n+++ the code\n{actual}"
    );
}
