//! The nodes of the state's Merkle trie.
//!
//! A binary trie over all paths of 256 bits, as NOMT defines it (<https://github.com/thrumdev/nomt>, crate
//! `nomt-core`): an empty sub-trie is [`EMPTY`], a sub-trie with one entry is that entry's leaf whatever its
//! depth, and any other is a branch over its two halves. An entry's path is a hash of its key, so that nobody
//! chooses where it lies for less than the price of hashing.
//!
//! A node is a BLAKE3 hash of 64 bytes whose first bit tells the kind: 1 for a leaf, 0 for a branch. Neither
//! can be passed off as the other, and 255 bits of the hash are left. Part of consensus.

use blake3::hazmat::{ContextKey, HasherExt, hash_derive_key_context};

use crate::{Hash, hash::Context};

/// The node of a sub-trie without entries, and the root of an empty state.
pub const EMPTY: Hash = Hash([0; 32]);

/// Bits of a path: the most branches on the way from the root to a leaf.
pub const PATH_BITS: usize = 256;

/// Hashes keys and values. Making one costs two hashes; keep it for many.
#[derive(Debug, Clone)]
pub struct EntryHasher {
    key: ContextKey,
    value: ContextKey,
}

impl EntryHasher {
    /// A hasher under the contexts of the state.
    #[must_use]
    pub fn new() -> Self {
        Self {
            key: hash_derive_key_context(Context::StateKey.name()),
            value: hash_derive_key_context(Context::StateValue.name()),
        }
    }

    /// Where the entry of a key lies. `Hash::of(Context::StateKey, key)`.
    #[must_use]
    pub fn path(&self, key: &[u8]) -> Hash {
        under(&self.key, key)
    }

    /// What a leaf commits to. `Hash::of(Context::StateValue, value)`.
    #[must_use]
    pub fn value(&self, value: &[u8]) -> Hash {
        under(&self.value, value)
    }
}

impl Default for EntryHasher {
    fn default() -> Self {
        Self::new()
    }
}

fn under(context: &ContextKey, bytes: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new_from_context_key(context);
    hasher.update(bytes);
    Hash(*hasher.finalize().as_bytes())
}

/// The node of one entry, at whatever depth.
#[must_use]
pub fn leaf(path: &Hash, value: &Hash) -> Hash {
    let mut node = pair(path, value);
    node[0] |= LEAF_BIT;
    Hash(node)
}

/// The node over two halves of which at least one is a branch, or both are leaves.
#[must_use]
pub fn branch(left: &Hash, right: &Hash) -> Hash {
    let mut node = pair(left, right);
    node[0] &= !LEAF_BIT;
    Hash(node)
}

/// The node over any two halves: a lone leaf needs no branch.
#[must_use]
pub fn join(left: &Hash, right: &Hash) -> Hash {
    match (is_empty(left), is_empty(right)) {
        (true, true) => EMPTY,
        (true, false) if is_leaf(right) => *right,
        (false, true) if is_leaf(left) => *left,
        _ => branch(left, right),
    }
}

/// Whether a node is a leaf.
#[must_use]
pub const fn is_leaf(node: &Hash) -> bool {
    node.0[0] & LEAF_BIT != 0
}

/// Whether a node is [`EMPTY`].
fn is_empty(node: &Hash) -> bool {
    // The first byte alone decides 255 times in 256, without a call.
    node.0[0] == 0 && *node == EMPTY
}

/// Which half a path takes below `depth` branches: `true` for the right one.
///
/// # Panics
/// If `depth` is not less than [`PATH_BITS`].
#[must_use]
pub fn bit(path: &Hash, depth: usize) -> bool {
    let byte = path.0.get(depth / 8).expect("a depth within the path");
    byte & (0x80 >> (depth % 8)) != 0
}

/// The first bit of a node.
const LEAF_BIT: u8 = 0x80;

fn pair(left: &Hash, right: &Hash) -> [u8; 32] {
    let mut bytes = [0; 64];
    let (first, second) = bytes.split_at_mut(32);
    first.copy_from_slice(&left.0);
    second.copy_from_slice(&right.0);
    *blake3::hash(&bytes).as_bytes()
}
