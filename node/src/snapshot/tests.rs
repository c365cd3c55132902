//! Snapshots of small chains: what comes back, and every way in which one can be wrong.

mod damage;
mod forged;
mod story;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use lockstep_abi::{Address, Amount, Hash, Height};
use lockstep_runtime::{Engine, Genesis};
use tempfile::TempDir;

use super::{Exported, ImportError, Imported, export, import};
use crate::{
    chain::{
        Chain, ChainOptions,
        tests::{extend, transfer},
    },
    dev,
};

/// A folder with chains and snapshots in it.
struct Place(TempDir);

/// Every file of a folder, by its name.
type Files = BTreeMap<String, Vec<u8>>;

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What is there, and how many things are in each.
    fn names(&self) -> BTreeMap<String, usize> {
        let names = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap());
        let count = |path: PathBuf| fs::read_dir(path).map_or(0, Iterator::count);
        names.map(|entry| (entry.file_name().into_string().unwrap(), count(entry.path()))).collect()
    }
}

/// Enough accounts for two chunks.
fn genesis() -> Genesis {
    let mut genesis = dev::genesis(dev::CHAIN_ID.parse().unwrap());
    let of = |number: u32| Address(*blake3::hash(&number.to_le_bytes()).as_bytes());
    genesis.balances.extend((0..70_000).map(|number| (of(number), Amount(number.into()))));
    genesis
}

fn open(path: &Path) -> Chain {
    Chain::open(path, &genesis(), &ChainOptions::default()).unwrap()
}

/// Blocks 1, 2, .., each with as many transfers as this says.
fn grow(chain: &Chain, blocks: &[u64]) {
    let mut nonce = 0;
    for count in blocks {
        extend(chain, (nonce..nonce + count).map(transfer).collect());
        nonce += count;
    }
}

/// A chain with head 3 in `chain`, its state after block 2 in `snapshot`.
fn exported_chain(place: &Place) -> Exported {
    let chain = open(&place.path("chain"));
    grow(&chain, &[2, 3, 1]);
    export(&chain, None, &place.path("snapshot")).unwrap()
}

/// The same snapshot without the chain: made once for all tests.
fn exported(place: &Place) -> Exported {
    static SNAPSHOT: LazyLock<(Exported, Files)> = LazyLock::new(|| {
        let place = Place::new();
        let exported = exported_chain(&place);
        (exported, files(&place.path("snapshot")))
    });
    write(&place.path("snapshot"), &SNAPSHOT.1);
    SNAPSHOT.0
}

fn files(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

fn write(folder: &Path, files: &Files) {
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap();
    }
    fs::create_dir(folder).unwrap();
    files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
}

/// Imports these files, which must be refused without a trace.
fn refused(place: &Place, files: &Files, block: &Hash) -> ImportError {
    write(&place.path("bad"), files);
    let before = place.names();
    let error = import(&place.path("bad"), &place.path("target"), block).unwrap_err();
    assert_eq!(place.names(), before, "{error}");
    error
}

/// Imports the snapshot into `target`.
fn imported(place: &Place, block: &Hash) -> Imported {
    import(&place.path("snapshot"), &place.path("target"), block).unwrap()
}
