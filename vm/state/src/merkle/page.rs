//! One page: sixteen slots, and the four levels of nodes above them.
//!
//! A page is the bytes that are stored: the height that changed it last (8 bytes, little-endian); two masks of 16
//! bits, little-endian, slot 0 lowest: which slots are present, which of them are leaves. Then each slot that is
//! present, in order: a leaf's path and the hash of its value, or a branch's node. Nothing is taken out of them before
//! it is asked for: most of a page is copied from one height to the next as it is.
//!
//! The nodes between the slots and the page's own are not stored, but hashed anew; see `nodes.rs`.

use std::{fmt, ops::Range, sync::Arc};

use lockstep_abi::{
    Hash, Height,
    state::trie::{self, EMPTY, is_leaf},
};

use super::{Leaf, PageId, TOO_DEEP, id::SLOTS, nodes::Nodes};
use crate::StateError;

/// What stands in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// The only entry whose path goes through here.
    Leaf(Leaf),
    /// The node of a sub-trie of two entries or more, which has a page.
    Branch(Hash),
}

/// Four levels of the trie. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Page(Arc<[u8]>);

/// A bit for each slot; the lowest is slot 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mask(u16);

const DAMAGED: StateError = StateError::Damaged { what: "a page of the Merkle trie cannot be decoded" };

/// Bytes of the height and the two masks.
const HEAD_BYTES: usize = 12;
const LEAF_BYTES: usize = 64;
const BRANCH_BYTES: usize = 32;

impl Slot {
    pub(super) fn node(&self) -> Hash {
        match self {
            Self::Leaf(Leaf { path, value }) => trie::leaf(path, value),
            Self::Branch(node) => *node,
        }
    }
}

impl Page {
    /// Bytes of the longest page.
    pub const MAX_BYTES: usize = HEAD_BYTES + LEAF_BYTES * SLOTS;

    /// A page without entries, of which none is stored, that a height made so.
    pub(super) fn empty(height: Height) -> Self {
        PageWriter::new().finish(height)
    }

    /// Whether it has no entry: then none is stored.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self.lone(), Lone::Nothing)
    }

    /// The height that changed it last.
    pub(crate) fn height(&self) -> Height {
        Height(self.0.first_chunk().copied().map_or(0, u64::from_le_bytes))
    }

    /// All sixteen slots, in order.
    pub(super) fn slots(&self) -> impl Iterator<Item = Option<Slot>> {
        let (present, leaves, mut rest) = self.parts();
        (0..SLOTS).map(move |slot| match (present.has(slot), leaves.has(slot)) {
            (false, _) => None,
            (true, leaf) => take_slot(&mut rest, leaf),
        })
    }

    /// One slot.
    pub(super) fn slot(&self, slot: usize) -> Option<Slot> {
        let (present, leaves, rest) = self.parts();
        if !present.has(slot) {
            return None;
        }
        take_slot(&mut rest.get(offset(present, leaves, slot)..)?, leaves.has(slot))
    }

    /// Its only entry, if it has one and no sub-trie; and whether it has any at all.
    pub(super) fn lone(&self) -> Lone {
        let (present, leaves, mut rest) = self.parts();
        match (present.0.count_ones(), leaves.0.count_ones()) {
            (0, _) => Lone::Nothing,
            (1, 1) => take_slot(&mut rest, true).map_or(Lone::Nothing, Lone::Leaf),
            _ => Lone::No,
        }
    }

    /// The node that stands for all of it: what its parent has in its slot, or the root.
    pub(crate) fn node(&self) -> Hash {
        Nodes::of(self).own()
    }

    /// Those of its slots that are branches.
    pub(super) fn branches(&self) -> Mask {
        let (present, leaves, _) = self.parts();
        present.without(leaves)
    }

    /// The page as it is stored; at most [`Page::MAX_BYTES`].
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The page of these bytes, at the place `id`. Hashes nothing: whether it is the page that its parent wants is not
    /// looked at.
    ///
    /// # Errors
    /// [`StateError::Damaged`] if no trie has such a page there.
    pub fn from_bytes(id: &PageId, bytes: &[u8]) -> Result<Self, StateError> {
        let (page, rest) = Self::split_bytes(bytes).ok_or(DAMAGED)?;
        if !rest.is_empty() {
            return Err(DAMAGED);
        }
        let page = Self::of_slots(page);
        page.check(id)?;
        Ok(page)
    }

    /// The bytes of the page that `bytes` begin with, and what is left of them. It may be one that no trie has.
    pub(super) fn split_bytes(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
        let (present, leaves, _) = parts(bytes)?;
        let length = HEAD_BYTES.saturating_add(offset(present, leaves, SLOTS));
        bytes.split_at_checked(length).filter(|_| leaves.without(present) == Mask::NONE)
    }

    /// The page of bytes that [`Self::split_bytes`] gave.
    pub(super) fn of_slots(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// Adds the bytes of the page with some of its slots only.
    pub(super) fn append_only(&self, slots: Mask, bytes: &mut Vec<u8>) {
        let (present, leaves, content) = self.parts();
        bytes.extend_from_slice(&self.height().0.to_le_bytes());
        bytes.extend_from_slice(&present.only(slots).to_bytes());
        bytes.extend_from_slice(&leaves.only(slots).to_bytes());
        for slot in (0..SLOTS).filter(|slot| slots.has(*slot) && present.has(*slot)) {
            let at = offset(present, leaves, slot);
            let length = if leaves.has(slot) { LEAF_BYTES } else { BRANCH_BYTES };
            bytes.extend_from_slice(content.get(at..at.saturating_add(length)).unwrap_or_default());
        }
    }

    /// Refuses what no trie has at a place; whoever goes on from a page relies on it.
    pub(super) fn check(&self, id: &PageId) -> Result<(), StateError> {
        let damaged = |what| Err(StateError::Damaged { what });
        for (at, slot) in self.slots().enumerate() {
            match slot {
                Some(Slot::Leaf(Leaf { path, .. })) if !id.is_on(&path) || id.slot_of(&path) != at => {
                    return damaged("a leaf of the Merkle trie is in a wrong place");
                }
                Some(Slot::Branch(_)) if id.is_last() => return Err(TOO_DEEP),
                Some(Slot::Branch(node)) if is_leaf(&node) || node == EMPTY => {
                    return damaged("a node of the Merkle trie is of another kind");
                }
                Some(Slot::Leaf(_) | Slot::Branch(_)) | None => {}
            }
        }
        match self.lone() {
            Lone::Leaf(_) if *id == PageId::ROOT => Ok(()),
            Lone::Nothing | Lone::Leaf(_) => damaged("a page of the Merkle trie has a single entry or none"),
            Lone::No => Ok(()),
        }
    }

    /// Present slots, leaves, and the bytes of the slots.
    fn parts(&self) -> (Mask, Mask, &[u8]) {
        parts(&self.0).unwrap_or_default()
    }
}

/// Present slots, leaves, and what is behind the head; none if that is not whole.
fn parts(bytes: &[u8]) -> Option<(Mask, Mask, &[u8])> {
    let (head, slots) = bytes.split_first_chunk::<HEAD_BYTES>()?;
    let [.., a, b, c, d] = *head;
    Some((Mask::from_bytes([a, b]), Mask::from_bytes([c, d]), slots))
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slots: Vec<_> = self.slots().enumerate().filter_map(|(at, slot)| Some((at, slot?))).collect();
        f.debug_struct("Page").field("height", &self.height()).field("slots", &slots).finish()
    }
}

/// A page in the making: its slots are given in order.
pub(super) struct PageWriter {
    bytes: [u8; Page::MAX_BYTES],
    length: usize,
    present: Mask,
    leaves: Mask,
}

impl PageWriter {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; Page::MAX_BYTES], length: HEAD_BYTES, present: Mask::NONE, leaves: Mask::NONE }
    }

    /// What stands in `slot`, which is after all that were given.
    pub(super) fn push(&mut self, slot: usize, content: Option<Slot>) {
        match content {
            None => {}
            Some(Slot::Leaf(Leaf { path, value })) => {
                self.present.set(slot);
                self.leaves.set(slot);
                self.append(&path.0);
                self.append(&value.0);
            }
            Some(Slot::Branch(node)) => {
                self.present.set(slot);
                self.append(&node.0);
            }
        }
    }

    /// The slots of `page` in a range that is after all that were given, as they are.
    pub(super) fn copy(&mut self, page: &Page, slots: Range<usize>) {
        let (present, leaves, bytes) = page.parts();
        let copied = Mask::below(slots.end).without(Mask::below(slots.start));
        self.present = self.present.with(present.only(copied));
        self.leaves = self.leaves.with(leaves.only(copied));
        let bytes = bytes.get(offset(present, leaves, slots.start)..offset(present, leaves, slots.end));
        self.append(bytes.unwrap_or_default());
    }

    /// The page as `height` changed it.
    pub(super) fn finish(mut self, height: Height) -> Page {
        let masks = [self.present.to_bytes(), self.leaves.to_bytes()];
        let head = height.0.to_le_bytes().into_iter().chain(masks.as_flattened().iter().copied());
        self.bytes.iter_mut().zip(head).for_each(|(to, from)| *to = from);
        Page::of_slots(self.bytes.get(..self.length).unwrap_or_default())
    }

    fn append(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len());
        self.bytes.get_mut(self.length..end).expect("sixteen slots at the most").copy_from_slice(bytes);
        self.length = end;
    }
}

/// How far a page is from being none.
pub(super) enum Lone {
    /// It has no entry.
    Nothing,
    /// It has one, which stands in its parent.
    Leaf(Slot),
    /// It has more, as every page but a root must.
    No,
}

impl Mask {
    pub(super) const NONE: Self = Self(0);
    pub(super) const ALL: Self = Self(u16::MAX);

    pub(super) fn to_bytes(self) -> [u8; 2] {
        self.0.to_le_bytes()
    }

    pub(super) fn from_bytes(bytes: [u8; 2]) -> Self {
        Self(u16::from_le_bytes(bytes))
    }

    pub(super) const fn bits(self) -> u16 {
        self.0
    }

    pub(super) fn set(&mut self, slot: usize) {
        self.0 |= bit(slot);
    }

    pub(super) fn has(self, slot: usize) -> bool {
        self.0 & bit(slot) != 0
    }

    /// Its slots, in order.
    pub(super) fn slots(self) -> impl Iterator<Item = usize> {
        (0..SLOTS).filter(move |slot| self.has(*slot))
    }

    pub(super) fn count(self) -> usize {
        usize::try_from(self.0.count_ones()).unwrap_or_default()
    }

    /// The slots before one.
    fn below(slot: usize) -> Self {
        Self(bit(slot).wrapping_sub(1))
    }

    fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// How many slots there are before one, if that is among them.
    pub(super) fn place_of(self, slot: usize) -> Option<usize> {
        self.has(slot).then(|| Self::below(slot).only(self).count())
    }

    fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// The bit of a slot; none of a slot that there is not.
fn bit(slot: usize) -> u16 {
    u32::try_from(slot).ok().and_then(|slot| 1_u16.checked_shl(slot)).unwrap_or_default()
}

/// Where a slot begins in the bytes of all slots.
fn offset(present: Mask, leaves: Mask, slot: usize) -> usize {
    let before = Mask::below(slot);
    let leaf_bytes = leaves.only(before).count().saturating_mul(LEAF_BYTES);
    let branch_bytes = present.without(leaves).only(before).count().saturating_mul(BRANCH_BYTES);
    leaf_bytes.saturating_add(branch_bytes)
}

/// The slot that `bytes` begin with; they are a page's, so that there is one.
fn take_slot(bytes: &mut &[u8], leaf: bool) -> Option<Slot> {
    let first = Hash(take(bytes)?);
    Some(match leaf {
        true => Slot::Leaf(Leaf { path: first, value: Hash(take(bytes)?) }),
        false => Slot::Branch(first),
    })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}
