//! How far a store is: one record, written with every block.
//!
//! The trie is behind the state: header N carries the root of the state that block N starts from, so the trie of
//! block N is computed while N+1 is executed, and its root noted with N+1. Its pages are on disk some blocks later.

use lockstep_abi::{Hash, Height};

use crate::StateError;

/// Where [`Family::Meta`](super::Family::Meta) keeps it.
pub(super) const PROGRESS_KEY: &[u8] = b"progress";

/// The newest trie of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tree {
    /// It is over the state after this block.
    pub height: Height,
    /// Its root.
    pub root: Hash,
}

/// What can be read: states at `oldest..=newest`, and the tries over them up to the newest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progress {
    /// The newest block.
    pub(super) newest: Height,
    /// The oldest height whose state can be read.
    pub(super) oldest: Height,
    /// What the blocks before this one replaced was forgotten. See `prune.rs`.
    pub(super) kept_from: Height,
    /// The newest trie: that of the block before the newest. Only a state that was loaded has its trie at once.
    pub(super) tree: Option<Tree>,
}

impl Progress {
    /// Newest, oldest and first kept height, and the newest trie's height and root if there is one; heights are
    /// big-endian.
    pub(super) fn encode(&self) -> Vec<u8> {
        let heights = [self.newest, self.oldest, self.kept_from];
        let mut bytes = heights.map(|height| height.0.to_be_bytes()).concat();
        if let Some(Tree { height, root }) = &self.tree {
            bytes.extend_from_slice(&height.0.to_be_bytes());
            bytes.extend_from_slice(&root.0);
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        const DAMAGED: StateError = StateError::Damaged { what: "the record of the store's progress" };
        let (newest, rest) = split_height(bytes).ok_or(DAMAGED)?;
        let (oldest, rest) = split_height(rest).ok_or(DAMAGED)?;
        let (kept_from, rest) = split_height(rest).ok_or(DAMAGED)?;
        let tree = match rest {
            [] => None,
            _ => {
                let (height, rest) = split_height(rest).ok_or(DAMAGED)?;
                Some(Tree { height, root: Hash(rest.try_into().map_err(|_| DAMAGED)?) })
            }
        };
        let in_order = oldest <= newest
            && kept_from.0 <= oldest.0.saturating_add(1)
            && tree.is_none_or(|tree| tree.height <= newest);
        let progress = Self { newest, oldest, kept_from, tree };
        if in_order { Ok(progress) } else { Err(DAMAGED) }
    }
}

fn split_height(bytes: &[u8]) -> Option<(Height, &[u8])> {
    let (height, rest) = bytes.split_first_chunk()?;
    Some((Height(u64::from_be_bytes(*height)), rest))
}
