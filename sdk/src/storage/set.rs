//! Keys that are there or not.

use core::ops::RangeBounds;

use super::{Field, OrdMap, Place};
use crate::{
    key::{Key, KeyPrefix},
    schema::Shape,
};

/// A set of keys of type `K`, in their order: an entry without bytes for each, under the field's slot and the key.
///
/// A set does not know how many keys it has; count them in a [`Cell`](super::Cell) if the contract needs it.
#[derive(Debug)]
pub struct Set<K> {
    keys: OrdMap<K, ()>,
}

impl<K: Key> Field for Set<K> {
    const SHAPE: Shape = Shape::Set(K::TYPE);

    #[inline(always)]
    fn at<P: Place>() -> Self {
        Self { keys: OrdMap::at::<P>() }
    }
}

impl<K: Key> Set<K> {
    /// Whether `key` is there.
    ///
    /// # Panics
    /// If the key is longer than 252 bytes. The same holds for all methods.
    #[must_use]
    #[inline(always)]
    pub fn contains(&self, key: &K) -> bool {
        self.keys.contains(key)
    }

    /// Adds `key`. Says whether it is new.
    #[inline(always)]
    pub fn insert(&mut self, key: &K) -> bool {
        let is_new = !self.keys.contains(key);
        if is_new {
            self.keys.set(key, ());
        }
        is_new
    }

    /// Removes `key`. Says whether it was there.
    #[inline(always)]
    pub fn remove(&mut self, key: &K) -> bool {
        let was_there = self.keys.contains(key);
        if was_there {
            self.keys.remove(key);
        }
        was_there
    }

    /// The keys in `bounds`, in their order; see [`OrdMap::range`]. Bound the loop: `set.range(..).take(10)`.
    pub fn range(&self, bounds: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = K> {
        self.keys.range(bounds).map(|(key, ())| key)
    }

    /// The keys that begin with `prefix`; see [`OrdMap::prefix`].
    pub fn prefix<'a, P: KeyPrefix<K> + ?Sized>(
        &'a self,
        prefix: &P,
    ) -> impl DoubleEndedIterator<Item = K> + use<'a, K, P> {
        self.keys.prefix(prefix).map(|(key, ())| key)
    }

    /// The smallest key.
    #[must_use]
    pub fn first(&self) -> Option<K> {
        self.keys.first().map(|(key, ())| key)
    }

    /// The largest key.
    #[must_use]
    pub fn last(&self) -> Option<K> {
        self.keys.last().map(|(key, ())| key)
    }
}
