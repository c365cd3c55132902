//! The entries of a state, and the blocks that change it: the same for each store that takes them.
//!
//! An entry has a number, and its key follows from that, so that no list of ten million keys is kept. Keys are
//! hashes: the next number lies anywhere. A block removes the lowest numbers and adds as many after the highest.

use std::collections::HashSet;

use lockstep_abi::{Address, state::key};

/// As many as of an account with its balance and nonce, and half as many again.
const VALUE_BYTES: usize = 40;

/// How many contracts the storage is spread over.
const CONTRACTS: u64 = 1_000;

/// An entry's new value; none if it is removed.
pub(crate) type Entry = (Vec<u8>, Option<Vec<u8>>);

/// A state of a fixed number of entries that is changed block by block.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    first: u64,
    next: u64,
    blocks: u64,
    random: Random,
}

impl Traffic {
    /// A state that is empty so far.
    pub(crate) fn new() -> Self {
        Self { first: 0, next: 0, blocks: 0, random: Random(0x9E37_79B9_7F4A_7C15) }
    }

    /// `count` new entries.
    pub(crate) fn fill(&mut self, count: u64) -> Vec<Entry> {
        self.blocks += 1;
        let added = self.next..self.next + count;
        self.next = added.end;
        added.map(|id| (key(id), Some(value(id, self.blocks)))).collect()
    }

    /// A block that changes `changed` keys, of at least as many: a tenth is new, a tenth is removed, the others get
    /// another value. The state keeps its size.
    pub(crate) fn block(&mut self, changed: u64) -> Vec<Entry> {
        let turnover = changed / 10;
        let removed = self.first..self.first + turnover;
        self.first = removed.end;
        let mut updated = HashSet::new();
        while (updated.len() as u64) < changed - 2 * turnover {
            updated.insert(self.present());
        }
        let mut entries = self.fill(turnover);
        entries.extend(updated.into_iter().map(|id| (key(id), Some(value(id, self.blocks)))));
        entries.extend(removed.map(|id| (key(id), None)));
        entries
    }

    /// The number of some entry.
    pub(crate) fn present(&mut self) -> u64 {
        self.first + self.random.below(self.next - self.first)
    }

    /// A number that no entry has or ever had.
    pub(crate) fn absent(&mut self) -> u64 {
        u64::MAX - self.random.below(1 << 40)
    }

    /// The numbers of all entries.
    pub(crate) fn all(&self) -> std::ops::Range<u64> {
        self.first..self.next
    }
}

/// Half of them accounts (33 bytes), half of them storage of contracts (65 bytes).
pub(crate) fn key(id: u64) -> Vec<u8> {
    let own = noise(&[0, id]);
    match id % 2 {
        0 => key::account(&Address(own)).to_vec(),
        _ => key::storage(&Address(noise(&[1, id / 2 % CONTRACTS])), &own),
    }
}

/// Differs from block to block.
fn value(id: u64, block: u64) -> Vec<u8> {
    noise::<VALUE_BYTES>(&[2, id, block]).to_vec()
}

/// Bytes that cannot be compressed.
pub(crate) fn noise<const BYTES: usize>(of: &[u64]) -> [u8; BYTES] {
    let mut hasher = blake3::Hasher::new();
    for part in of {
        hasher.update(&part.to_le_bytes());
    }
    let mut bytes = [0; BYTES];
    hasher.finalize_xof().fill(&mut bytes);
    bytes
}

/// Xorshift64*, by Vigna; any fixed sequence would do.
#[derive(Debug, Clone)]
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) % end
    }
}
