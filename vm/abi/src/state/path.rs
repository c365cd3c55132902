//! Proofs of what stands where one path through the trie ends.
//!
//! The siblings on the way from the root down to the end of the path, and what stands there: with them the root
//! can be hashed again, and by the hash's resistance to collisions there is no other way to the same root. The
//! proof is NOMT's (<https://github.com/thrumdev/nomt>, `nomt_core::proof::PathProof`) in an encoding of our
//! own; what NOMT's accepts and no trie has is refused here.
//!
//! Knows a root and nothing of blocks; they are in `proof.rs`.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{
    ProofError,
    trie::{self, EMPTY, EntryHasher, PATH_BITS},
};
use crate::{Hash, List};

/// A proof that under one root a path has one entry, or none. Up to about 8 KiB; at a million entries some
/// 20 siblings, 700 bytes.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PathProof {
    /// What stands where the path ends.
    pub terminal: Terminal,
    /// The halves that the path does not take, from the root downwards: the first is the other half of the
    /// root, the last stands beside the end of the path.
    pub siblings: List<Hash, PATH_BITS>,
}

/// What stands where the path of a key ends: where at most one entry is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Terminal {
    /// The key's own leaf: the key has an entry.
    Own,
    /// No entry at all, so none of the key.
    Empty,
    /// The leaf of another entry. The key's own would have split the two, so there is none.
    Other {
        /// The path of the other entry; it begins as the key's does.
        path: Hash,
        /// The hash of its value.
        value: Hash,
    },
}

impl PathProof {
    /// Whether the state of `root` has `value` under `key`; or, without a value, no entry for `key`.
    ///
    /// Costs a hash for each sibling beside those of key and value.
    ///
    /// # Errors
    /// [`ProofError`] if this does not prove it. It may be true all the same.
    pub fn verify(&self, root: &Hash, key: &[u8], value: Option<&[u8]>) -> Result<(), ProofError> {
        let hasher = EntryHasher::new();
        let value = value.map(|value| hasher.value(value));
        self.verify_path(root, &hasher.path(key), value.as_ref())
    }

    /// [`PathProof::verify`] for one who has hashes alone: of a value that is too large to fetch, or of keys and
    /// values that another chain hashes in its own way.
    ///
    /// # Soundness
    /// If `root` is a trie's, exactly one proof is accepted for each path, and what it says is so. For each node,
    /// from the root down, the hash fixes the two halves and the first bit says whether there are any; so siblings
    /// and end are those of the trie, whose leaves lie on their own paths.
    ///
    /// The way up takes [`trie::branch`] and never [`trie::join`]: what the path descends through has two entries
    /// or more, which is a branch even if one half is empty. `join` would let a leaf rise on its way and thereby
    /// prove the absence of an entry that is there: nothing, beside that entry's own leaf, comes to the leaf. (The
    /// check of the end refuses that form too; neither leans on the other.)
    ///
    /// If `root` is not a trie's, nothing can be known of its state. A proof through a node that no trie has is
    /// refused nonetheless, where the proof itself shows it.
    ///
    /// # Errors
    /// [`ProofError`] if this does not prove it.
    pub fn verify_path(&self, root: &Hash, path: &Hash, value: Option<&Hash>) -> Result<(), ProofError> {
        let end = self.end(path, value)?;
        self.check_end(&end)?;
        let way_up = self.siblings.iter().enumerate().rev();
        let found = way_up.fold(end, |node, (depth, sibling)| match trie::bit(path, depth) {
            true => trie::branch(sibling, &node),
            false => trie::branch(&node, sibling),
        });
        if found == *root { Ok(()) } else { Err(ProofError::Root { found, expected: *root }) }
    }

    /// The node where the path ends, if it is one that bears out the claim.
    fn end(&self, path: &Hash, value: Option<&Hash>) -> Result<Hash, ProofError> {
        match (self.terminal, value) {
            (Terminal::Own, Some(value)) => Ok(trie::leaf(path, value)),
            (Terminal::Own, None) => Err(ProofError::Own),
            (Terminal::Empty | Terminal::Other { .. }, Some(_)) => Err(ProofError::NotOwn),
            (Terminal::Empty, None) => Ok(EMPTY),
            (Terminal::Other { path: other, value }, None) => {
                if other == *path {
                    return Err(ProofError::OwnPath { path: other });
                }
                let depth = self.siblings.len();
                let shared = shared_bits(path, &other);
                if shared < depth {
                    return Err(ProofError::OffPath { shared, depth });
                }
                Ok(trie::leaf(&other, &value))
            }
        }
    }

    /// Refuses an end that no trie has beside its sibling. All nodes further up have a branch below them, and so
    /// are branches whatever stands beside.
    fn check_end(&self, end: &Hash) -> Result<(), ProofError> {
        let Some((last, above)) = self.siblings.split_last() else { return Ok(()) };
        let beside_nothing = *end == EMPTY && trie::is_leaf(last);
        if *last == EMPTY || beside_nothing {
            return Err(ProofError::Lone { depth: above.len() });
        }
        // Two paths are left there, and each is used up: both halves are leaves.
        let depth = self.siblings.len();
        if depth == PATH_BITS && !trie::is_leaf(last) {
            return Err(ProofError::TooDeep { depth });
        }
        Ok(())
    }
}

/// How many leading bits two paths have in common; all of them if they are equal.
fn shared_bits(one: &Hash, other: &Hash) -> usize {
    (0..PATH_BITS).take_while(|&depth| trie::bit(one, depth) == trie::bit(other, depth)).count()
}
