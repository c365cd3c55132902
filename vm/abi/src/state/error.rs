//! Why a proof proves nothing.

use crate::Hash;

/// Why a proof of a state entry was refused. What it claims may be true all the same: nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The header is not the trusted block's.
    #[error("the header of block {found}, the trusted block is {trusted}")]
    Block {
        /// The id of the header that came.
        found: Hash,
        /// The id that the caller trusts.
        trusted: Hash,
    },
    /// The proof is of another key than the one that was asked for.
    #[error("the proof is of another key")]
    Key,
    /// An entry is claimed, but the path ends at something else than its leaf.
    #[error("an entry is claimed, but its path does not end at its own leaf")]
    NotOwn,
    /// No entry is claimed, but the path ends at the key's own leaf.
    #[error("no entry is claimed, but the path ends at the key's own leaf")]
    Own,
    /// The leaf that is said to be another entry's is the key's own.
    #[error("the leaf of the other entry has the key's own path {path}")]
    OwnPath {
        /// The path of both.
        path: Hash,
    },
    /// The leaf of another entry cannot stand where the key's path ends.
    #[error("the other entry's path leaves the key's at depth {shared}, before its leaf at depth {depth}")]
    OffPath {
        /// Leading bits that the two paths have in common.
        shared: usize,
        /// The depth of the leaf: how many bits they must have in common.
        depth: usize,
    },
    /// A branch over fewer than two entries: one entry's leaf would have risen, none would be empty.
    #[error("a branch at depth {depth} over fewer than two entries, which no trie has")]
    Lone {
        /// The depth of the branch.
        depth: usize,
    },
    /// Something else than a leaf where the bits of every path are used up.
    #[error("no leaf at depth {depth}, where every path ends")]
    TooDeep {
        /// The depth of the node: the bits of a path.
        depth: usize,
    },
    /// The proof does not lead to the root: it is made up, or of another state.
    #[error("the proof leads to root {found}, the state's is {expected}")]
    Root {
        /// The root that the proof leads to.
        found: Hash,
        /// The root that it has to lead to.
        expected: Hash,
    },
}
