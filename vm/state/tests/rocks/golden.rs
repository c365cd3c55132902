//! The store's bytes, pinned: who changes what they mean raises `VERSION` in `format.rs`, since older stores are there.

use std::{env, fmt::Write, fs, path::Path};

use rocksdb::{DB, IteratorMode, Options};
use tempfile::TempDir;

use crate::chain::{block, commit, database, open};

const FILE: &str = "tests/golden/store.txt";

fn hex(bytes: &[u8]) -> String {
    match bytes {
        [] => "-".into(),
        _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// The files beside the database, and each family's records: `key value`, in hex.
fn dump(path: &Path) -> String {
    let mut text = String::new();
    for file in ["FORMAT", "SYNCED"] {
        writeln!(text, "{file} {}", hex(&fs::read(path.join(file)).unwrap())).unwrap();
    }
    let db = database(path);
    let mut families = DB::list_cf(&Options::default(), path).unwrap();
    families.sort();
    for family in families {
        writeln!(text, "\n{family}").unwrap();
        for record in db.iterator_cf(db.cf_handle(&family).unwrap(), IteratorMode::Start) {
            let (key, value) = record.unwrap();
            writeln!(text, "{} {}", hex(&key), hex(&value)).unwrap();
        }
    }
    text
}

#[test]
fn a_store_has_the_bytes_that_its_format_says() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    for height in 1..=3 {
        let mut writes = block(height);
        // Enough for a page below the root's, and a byte that the history escapes.
        writes.extend((0..20).map(|key| (vec![0, key], Some(vec![height]))));
        commit(&store, &writes, None);
    }
    drop(store);
    let actual = dump(folder.path());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(&path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == actual,
        "{FILE} is not what a store has now: a store that was written before cannot be read any more.\n\
         If the change is meant, raise VERSION in src/rocks/format.rs, and\n\
         UPDATE_GOLDEN=1 cargo test -p lockstep-state --features rocks --test rocks\n\
         --- {FILE}\n{expected}\n+++ a store\n{actual}"
    );
}
