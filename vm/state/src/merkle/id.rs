//! Names of pages: where in the trie.

use lockstep_abi::Hash;

/// Bits of a path that one page covers.
pub(super) const PAGE_BITS: usize = 4;

/// Sub-tries directly below a page's lowest level.
pub(super) const SLOTS: usize = 1 << PAGE_BITS;

/// The level of the last pages: after 63 of them, four bits of a path are left.
const MAX_LEVEL: u8 = 63;

/// A page's place: the first bits of all paths in it, four for each level above it.
///
/// Ordered by level, then by path: what is read most often lies together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId {
    level: u8,
    /// Zeros after the bits that the level gives.
    prefix: [u8; 32],
}

impl PageId {
    /// Bytes of the longest key.
    pub const MAX_BYTES: usize = 33;

    /// The page that the root is computed from.
    pub const ROOT: Self = Self { level: 0, prefix: [0; 32] };

    /// How many pages are above it; at most 63.
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// In the order of the ids as far as 120 bits of the prefix go, beyond which hardly any are; quicker to compare.
    #[cfg(feature = "rocks")]
    pub(crate) fn rank(&self) -> u128 {
        let prefix = self.prefix.first_chunk().copied().map_or(0, u128::from_be_bytes);
        (u128::from(self.level) << 120) | (prefix >> 8)
    }

    /// Whether no page can be below it.
    pub(super) const fn is_last(&self) -> bool {
        self.level == MAX_LEVEL
    }

    /// How many bits of a path lead to it.
    pub(super) fn depth(&self) -> usize {
        usize::from(self.level).saturating_mul(PAGE_BITS)
    }

    /// The page below one of its slots.
    ///
    /// # Panics
    /// If there are no bits left: two different paths differ before.
    pub(super) fn child(&self, slot: usize) -> Self {
        assert!(self.level < MAX_LEVEL, "no page is below the last level");
        let mut child = *self;
        let nibble = u8::try_from(slot & (SLOTS - 1)).unwrap_or_default();
        let byte = child.prefix.get_mut(usize::from(self.level / 2)).expect("a level within the path");
        *byte |= if self.level.is_multiple_of(2) { nibble << PAGE_BITS } else { nibble };
        child.level = self.level.saturating_add(1);
        child
    }

    /// Which of its slots a path goes through.
    pub(super) fn slot_of(&self, path: &Hash) -> usize {
        slot_of(self.level, path)
    }

    /// Whether a path leads to it.
    pub(super) fn is_on(&self, path: &Hash) -> bool {
        let whole = usize::from(self.level / 2);
        let half = usize::from(self.level % 2);
        self.prefix.iter().zip(&path.0).take(whole).all(|(own, other)| own == other)
            && self.prefix.iter().zip(&path.0).skip(whole).take(half).all(|(own, other)| *own == other & 0xf0)
    }

    /// The key in a store: the level, and as many bytes as the prefix takes. In the order of the ids.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::MAX_BYTES);
        self.append_to(&mut bytes);
        bytes
    }

    /// Adds what [`Self::to_bytes`] gives.
    pub(crate) fn append_to(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.level);
        bytes.extend(self.prefix.iter().take(usize::from(self.level.div_ceil(2))));
    }

    /// Reads what [`Self::to_bytes`] gave from the start of `bytes`, and what is left of them; `None` if they do
    /// not start with an id.
    #[must_use]
    pub fn split_from(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (&level, bytes) = bytes.split_first()?;
        let prefix_bytes = usize::from(level.div_ceil(2));
        let (found, rest) = bytes.split_at_checked(prefix_bytes)?;
        let mut prefix = [0; 32];
        prefix.get_mut(..prefix_bytes)?.copy_from_slice(found);
        let spare = if level.is_multiple_of(2) { 0 } else { found.last()? & 0x0f };
        (level <= MAX_LEVEL && spare == 0).then_some((Self { level, prefix }, rest))
    }
}

/// Which slot of a page of the level a path goes through.
pub(super) fn slot_of(level: u8, path: &Hash) -> usize {
    let byte = path.0.get(usize::from(level / 2)).copied().unwrap_or_default();
    let nibble = if level.is_multiple_of(2) { byte >> PAGE_BITS } else { byte & 0x0f };
    usize::from(nibble)
}
