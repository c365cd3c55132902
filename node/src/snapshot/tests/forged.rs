//! Snapshots whose hashes are all right, by somebody who wants to be believed.

use lockstep_abi::{
    Block, Header, List, Receipt,
    block::{receipts_hash, txs_hash},
    codec,
};

use super::*;
use crate::{
    chain::InvalidBase,
    snapshot::{
        chunk::{Chunk, MAX_CHUNK_BYTES, entries},
        file::{self, FileWriter, blocks_path, chunk_path, manifest_path, write_synced},
        manifest::{ChunkRecord, FileRecord, Manifest},
    },
};

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// What a snapshot says, to be changed and written again.
struct Forger {
    place: Place,
    block: Hash,
    blocks: Vec<u8>,
    chunks: Vec<Entries>,
}

impl Forger {
    fn new() -> Self {
        let place = Place::new();
        let block = exported(&place).block;
        let folder = place.path("snapshot");
        let manifest = manifest_path(&folder);
        let manifest = Manifest::decode(&fs::read(&manifest).unwrap(), &manifest).unwrap();
        let blocks = file::read(&blocks_path(&folder), &manifest.blocks).unwrap();
        let chunk = |(index, record): (usize, &ChunkRecord)| {
            let path = chunk_path(&folder, index);
            let bytes = file::read(&path, &record.file).unwrap();
            let entries = entries(&bytes, record.entries, None, &path).unwrap();
            entries.into_iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
        };
        let chunks = manifest.chunks.iter().enumerate().map(chunk).collect();
        Self { place, block, blocks, chunks }
    }

    /// Writes it with all hashes right, but for what `forge` does to the manifest, and imports it.
    fn import(&self, forge: impl FnOnce(&mut Manifest)) -> ImportError {
        let folder = self.place.path("forged");
        write(&folder, &Files::new());
        let mut files = FileWriter::new();
        let blocks = files.write(&blocks_path(&folder), &self.blocks).unwrap();
        let mut chunks = Vec::new();
        for (index, entries) in self.chunks.iter().enumerate() {
            let mut chunk = Chunk::default();
            for (key, value) in entries {
                assert!(chunk.push(key, value).is_none());
            }
            let Chunk { bytes, entries } = chunk;
            chunks.push(ChunkRecord {
                file: files.write(&chunk_path(&folder, index), &bytes).unwrap(),
                entries,
            });
        }
        let mut manifest = Manifest { blocks, chunks };
        forge(&mut manifest);
        write_synced(&manifest_path(&folder), &manifest.encode()).unwrap();
        refused(&self.place, &super::files(&folder), &self.block)
    }

    /// Imports it as it is.
    fn name(&self) -> &'static str {
        self.import(|_| {}).name()
    }
}

/// The money of a state is one byte away.
#[test]
fn entries_that_the_trusted_block_does_not_commit_to_are_refused() {
    let mut forger = Forger::new();
    let original = forger.chunks.clone();
    *forger.chunks[0][0].1.last_mut().unwrap() ^= 1;
    assert_eq!(forger.name(), "wrong_root");
    forger.chunks = original.clone();
    forger.chunks[1].pop();
    assert_eq!(forger.name(), "wrong_root");
    forger.chunks = original.clone();
    forger.chunks[1].push((vec![254], vec![]));
    assert_eq!(forger.name(), "wrong_root");
    forger.chunks = Vec::new();
    assert_eq!(forger.name(), "wrong_root");
}

#[test]
fn entries_come_in_order_each_once() {
    let mut forger = Forger::new();
    let original = forger.chunks.clone();
    forger.chunks.swap(0, 1);
    assert_eq!(forger.name(), "wrong_order");
    forger.chunks = original.clone();
    forger.chunks[0].swap(4, 5);
    let error = forger.import(|_| {});
    assert_eq!(error.name(), "wrong_order");
    assert!(error.to_string().contains("chunk-00000.zst: the key of entry 5 "), "{error}");
    forger.chunks = original.clone();
    // The last of a chunk again as the first of the next.
    let last = original[0].last().unwrap().clone();
    forger.chunks[1].insert(0, last);
    assert_eq!(forger.name(), "wrong_order");
}

#[test]
fn a_manifest_that_miscounts_is_refused() {
    let forger = Forger::new();
    assert_eq!(forger.import(|manifest| manifest.chunks[1].entries += 1).name(), "wrong_entries");
    assert_eq!(forger.import(|manifest| manifest.chunks[1].entries -= 1).name(), "wrong_entries");
    assert_eq!(forger.import(|manifest| _ = manifest.chunks.pop()).name(), "wrong_root");
    let content =
        |forge: fn(&mut FileRecord)| forger.import(|manifest| forge(&mut manifest.chunks[0].file)).name();
    assert_eq!(content(|file| file.content_bytes -= 1), "wrong_content");
    assert_eq!(content(|file| file.content_bytes += 1), "wrong_content");
    assert_eq!(content(|file| file.content_bytes = 0), "wrong_content");
}

/// A few kilobytes that become four gigabytes.
#[test]
fn nothing_becomes_longer_than_a_chunk_can_be() {
    let forger = Forger::new();
    let limit = u32::try_from(MAX_CHUNK_BYTES).unwrap();
    let forged = |bytes| forger.import(|manifest| manifest.chunks[0].file.content_bytes = bytes).name();
    assert_eq!(forged(limit + 1), "damaged_manifest");
    assert_eq!(forged(u32::MAX), "damaged_manifest");
    let error = forger.import(|manifest| manifest.chunks[0].file.file_bytes = u32::MAX);
    assert_eq!(error.name(), "damaged_manifest");
    let error = forger.import(|manifest| manifest.blocks.content_bytes = u32::MAX);
    assert_eq!(error.name(), "damaged_manifest");
}

#[test]
fn a_chunk_that_is_no_row_of_entries_is_refused() {
    let place = Place::new();
    let file = Path::new("chunk-00000.zst");
    let entry = |key: &[u8], value: &[u8]| {
        let mut chunk = Chunk::default();
        assert!(chunk.push(key, value).is_none());
        chunk.bytes
    };
    let name = |bytes: &[u8]| entries(bytes, 1, None, file).map_err(|error| error.name()).err();
    assert_eq!(name(&entry(b"key", b"value")), None);
    let whole = entry(b"key", b"value");
    for cut in 1..whole.len() {
        assert_eq!(name(&whole[..cut]), Some("wrong_content"), "{cut}");
    }
    assert_eq!(name(&[]), Some("wrong_entries"));
    let long = |length: u32| [&length.to_le_bytes(), vec![1; 2 << 20].as_slice()].concat();
    assert_eq!(name(&long(290)), Some("wrong_content"));
    assert_eq!(name(&[b"\x01\0\0\0k".as_slice(), &long((1 << 20) + 1)].concat()), Some("wrong_content"));
    assert_eq!(name(&long(u32::MAX)), Some("wrong_content"));

    // Another length than the manifest says, and bytes behind the compressed ones.
    let path = place.path("file");
    let mut record = FileWriter::new().write(&path, &whole).unwrap();
    assert_eq!(file::read(&path, &record).unwrap(), whole);
    for content_bytes in [record.content_bytes - 1, record.content_bytes + 1] {
        let record = FileRecord { content_bytes, ..record };
        assert_eq!(file::read(&path, &record).unwrap_err().name(), "wrong_content");
    }
    let bytes = [fs::read(&path).unwrap().as_slice(), b"junk"].concat();
    fs::write(&path, &bytes).unwrap();
    record.file_bytes += 4;
    record.hash = Hash(*blake3::hash(&bytes).as_bytes());
    assert_eq!(file::read(&path, &record).unwrap_err().name(), "wrong_content");
}

/// As borsh has it.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
struct Parts {
    genesis: (lockstep_abi::ChainId, u64, Vec<(Address, Amount)>),
    block: Block,
    receipts: Vec<Receipt>,
    next: Block,
}

#[test]
fn blocks_that_the_trusted_one_does_not_commit_to_are_refused() {
    type Forge = fn(&mut Parts);
    let is = |expected: fn(&InvalidBase) -> bool, forge: Forge, forger: &mut Forger| {
        let original = forger.blocks.clone();
        let mut parts: Parts = codec::decode(&original, original.len()).unwrap();
        forge(&mut parts);
        forger.blocks = codec::encode(&parts);
        let error = forger.import(|_| {});
        forger.blocks = original;
        let ImportError::Base(error) = error else { panic!("{error}") };
        assert!(expected(&error), "{error}");
    };
    let mut forger = Forger::new();
    let mut check = |expected: fn(&InvalidBase) -> bool, forge: Forge| is(expected, forge, &mut forger);
    check(|e| matches!(e, InvalidBase::Untrusted { .. }), |parts| parts.next.header.time_ms += 1);
    check(|e| matches!(e, InvalidBase::Header { .. }), |parts| parts.block.header.time_ms -= 1);
    // The last height of all has no next one.
    check(
        |e| matches!(e, InvalidBase::Header { .. }),
        |parts| parts.block.header = Header { height: Height(u64::MAX), ..parts.block.header.clone() },
    );
    check(
        |e| matches!(e, InvalidBase::Txs { height: Height(2) }),
        |parts| parts.block.txs = List::try_from(parts.block.txs[1..].to_vec()).unwrap(),
    );
    check(|e| matches!(e, InvalidBase::Txs { height: Height(3) }), |parts| parts.next.txs = List::default());
    check(|e| matches!(e, InvalidBase::Header { .. }), |parts| parts.receipts[0].fee = Amount(0));
    check(|e| matches!(e, InvalidBase::Header { .. }), |parts| drop(parts.receipts.pop()));
    check(|e| matches!(e, InvalidBase::Genesis { .. }), |parts| parts.genesis.0 = "other".parse().unwrap());
    forger.blocks.push(0);
    assert_eq!(forger.name(), "wrong_blocks");
}

/// A producer that lies about its receipts, and is trusted all the same.
#[test]
fn receipts_are_those_of_the_transactions_whatever_the_trusted_block_says() {
    let mut forger = Forger::new();
    let mut parts: Parts = codec::decode(&forger.blocks, forger.blocks.len()).unwrap();
    parts.receipts.pop();
    parts.next.header.receipts_hash = receipts_hash(&parts.receipts);
    forger.block = parts.next.header.id();
    forger.blocks = codec::encode(&parts);
    let error = forger.import(|_| {});
    assert!(matches!(error, ImportError::Base(InvalidBase::Receipts { height: Height(2) })), "{error}");
}

/// One that lies about what can be executed, too.
#[test]
fn a_trusted_block_that_cannot_be_executed_is_refused() {
    let mut forger = Forger::new();
    let mut parts: Parts = codec::decode(&forger.blocks, forger.blocks.len()).unwrap();
    parts.next.txs = List::try_from(vec![transfer(77)]).unwrap();
    parts.next.header.txs_hash = txs_hash(&parts.next.txs);
    forger.block = parts.next.header.id();
    forger.blocks = codec::encode(&parts);
    assert_eq!(forger.name(), "next_block");
}
