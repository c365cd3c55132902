//! What a store takes on disk, by kind of data.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rocksdb::{DB, Options};

use crate::table::{Must, Spread, Table};

/// Bytes of tables by the name of the column family.
#[derive(Debug)]
pub(crate) struct Bytes(BTreeMap<String, u64>);

impl Bytes {
    /// Of a store that is not open.
    pub(crate) fn of(folder: &Path) -> Self {
        let mut options = Options::default();
        // As the store sets it: RocksDB 11.8 fails on a folder that notes its logs if it is told nothing of them.
        options.set_track_and_verify_wals_in_manifest(true);
        let families = DB::list_cf(&options, folder).expect("a database");
        let db = DB::open_cf_for_read_only(&options, folder, families, false).expect("a database");
        let mut bytes = BTreeMap::new();
        for file in db.live_files().expect("a list of files") {
            *bytes.entry(file.column_family_name).or_default() += file.size as u64;
        }
        Self(bytes)
    }

    fn sum(&self, families: &[&str]) -> f64 {
        families.iter().filter_map(|family| self.0.get(*family)).sum::<u64>() as f64
    }
}

/// Waits until a folder has kept its size for three seconds: RocksDB is doing nothing then.
pub(crate) fn settle(folder: &Path) {
    const QUIET: Duration = Duration::from_secs(3);
    let (mut size, mut since) = (0, Instant::now());
    while since.elapsed() < QUIET {
        thread::sleep(Duration::from_millis(100));
        let found = size_of(folder);
        if found != size {
            (size, since) = (found, Instant::now());
        }
    }
}

/// What is deleted meanwhile counts nothing.
fn size_of(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).expect("a folder");
    files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum()
}

/// By entry, from the store as it was filled; by change, from what the past of the last blocks adds, which made
/// `changes`.
pub(crate) fn report(table: &mut Table, keys: u64, filled: &Bytes, changes: u64, after: &Bytes) {
    let mut add = |what: &str, unit, bytes: f64, of: u64| {
        table.add(format!("on disk: {what}"), unit, Must::No, Some(Spread::one(bytes / of as f64)));
    };
    let (state, trie) = (filled.sum(&["state"]), filled.sum(&["pages"]));
    add("state and trie without a past (89 are key and value)", "bytes/entry", state + trie, keys);
    add("- state", "bytes/entry", state, keys);
    add("- trie", "bytes/entry", trie, keys);
    let history = after.sum(&["history", "changed"]);
    add("earlier states", "bytes/kept change", history, changes);
    let tries = after.sum(&["pages", "undo"]) - trie;
    add("earlier tries, and what is not compacted yet", "bytes/kept change", tries, changes);
}
