//! The root of plain entries, computed from nothing: what an audit compares a trie with.

use std::ops::ControlFlow;

use lockstep_abi::{
    Hash,
    state::{
        key,
        trie::{self, EMPTY, EntryHasher, bit, join},
    },
};
use rayon::prelude::*;

use super::Leaf;
use crate::{Order, Read, StateError};

/// What a state comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Its root.
    pub root: Hash,
    /// How many entries it has.
    pub entries: u64,
}

/// The root of all that `reader` holds below [`key::END`]: of every entry that a state can have. Reads the whole state
/// once for every `leaves_at_once` entries (and once more to count them), since each takes 64 bytes until it is hashed,
/// and up to 128 with the room that a growing list keeps spare. At most 1,024 times: beyond 1,024 times
/// `leaves_at_once` entries, the memory grows with the state.
///
/// # Errors
/// [`StateError`] if the reader fails.
///
/// # Panics
/// If `leaves_at_once` is 0.
pub fn rebuild(reader: &dyn Read, leaves_at_once: u64) -> Result<Rebuilt, StateError> {
    let mut entries = 0_u64;
    visit(reader, |_, _| entries = entries.saturating_add(1))?;
    // Parts by the first bits of the paths, which are hashes: parts of about the same size.
    let parts_log2 =
        entries.div_ceil(leaves_at_once).next_power_of_two().trailing_zeros().min(MAX_PARTS_LOG2);
    let hasher = EntryHasher::new();
    let mut nodes = Vec::new();
    for part in 0..1_u32 << parts_log2 {
        let mut leaves = Vec::new();
        visit(reader, |key, value| {
            let [a, b, c, d, ..] = hasher.path(key).0;
            let first_bits = u32::from_be_bytes([a, b, c, d]).checked_shr(32_u32.saturating_sub(parts_log2));
            if first_bits.unwrap_or(0) == part {
                leaves.push(Leaf::of(&hasher, key, value));
            }
        })?;
        leaves.par_sort_unstable_by_key(|leaf| leaf.path);
        nodes.push(node(&leaves, usize::try_from(parts_log2).unwrap_or_default()));
    }
    for _ in 0..parts_log2 {
        // As many as a power of two, so that each has a neighbour.
        let (pairs, _) = nodes.as_chunks();
        nodes = pairs.iter().map(|[left, right]| join(left, right)).collect();
    }
    Ok(Rebuilt { root: nodes.pop().unwrap_or(EMPTY), entries })
}

/// At 4 Mi leaves at once, more would be a state of 4 Gi entries.
const MAX_PARTS_LOG2: u32 = 10;

/// From so many leaves on, the halves of a sub-trie go to two threads.
const PARALLEL: usize = 1_024;

/// The node of a sub-trie below `depth` bits that all of `leaves` share; they are in order.
fn node(leaves: &[Leaf], depth: usize) -> Hash {
    match leaves {
        [] => EMPTY,
        [Leaf { path, value }] => trie::leaf(path, value),
        _ => {
            let (left, right) = leaves.split_at(leaves.partition_point(|leaf| !bit(&leaf.path, depth)));
            let below = depth.saturating_add(1);
            let (left, right) = match leaves.len() {
                PARALLEL.. => rayon::join(|| node(left, below), || node(right, below)),
                _ => (node(left, below), node(right, below)),
            };
            join(&left, &right)
        }
    }
}

fn visit(reader: &dyn Read, mut see: impl FnMut(&[u8], &[u8])) -> Result<(), StateError> {
    reader.range(&[], key::END, Order::Ascending, &mut |key, value| {
        see(key, value);
        ControlFlow::Continue(())
    })
}
