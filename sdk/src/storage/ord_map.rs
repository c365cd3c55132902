//! One value for each key, in the order of the keys.

use core::ops::RangeBounds;

use super::{Field, Map, Place, Range};
use crate::{
    codec::Data,
    key::{Key, KeyPrefix},
    schema::Shape,
};

/// A [`Map`] whose entries can be read in the order of their keys, from both ends.
///
/// Keys sort as their type does: numbers by size, texts by their bytes, tuples by their first part, then the
/// second. So what belongs together is given a common first part:
///
/// ```
/// # use lockstep_sdk::prelude::*;
/// #[storage]
/// struct Market {
///     /// Offers by price, then by number.
///     offers: OrdMap<(u128, u64), Address>,
/// }
///
/// impl Market {
///     /// The three cheapest offers, up to a price.
///     fn cheapest(&self, limit: u128) -> Vec<Address> {
///         self.offers.range(..=(limit, u64::MAX)).take(3).map(|(_, seller)| seller).collect()
///     }
///
///     /// The newest offer at a price.
///     fn newest_at(&self, price: u128) -> Option<Address> {
///         self.offers.prefix(&price).next_back().map(|(_, seller)| seller)
///     }
/// }
/// ```
///
/// The entries are those of a [`Map`]: an upgrade may make one of the other.
#[derive(Debug)]
pub struct OrdMap<K, V> {
    map: Map<K, V>,
}

impl<K: Key, V: Data> Field for OrdMap<K, V> {
    const SHAPE: Shape = Shape::OrdMap(K::TYPE, V::TYPE);

    #[inline(always)]
    fn at<P: Place>() -> Self {
        Self { map: Map::at::<P>() }
    }
}

impl<K: Key, V: Data> OrdMap<K, V> {
    /// The value for `key`, or the type's default if none was set.
    ///
    /// # Panics
    /// If an earlier version of the contract has written another type there, or if the key is longer than
    /// 252 bytes. The same holds for all methods.
    #[must_use]
    #[inline(always)]
    pub fn get(&self, key: &K) -> V
    where
        V: Default,
    {
        self.map.get(key)
    }

    /// The value for `key`, if one was set.
    #[must_use]
    #[inline(always)]
    pub fn find(&self, key: &K) -> Option<V> {
        self.map.find(key)
    }

    /// Writes the value for `key`.
    #[inline(always)]
    pub fn set(&mut self, key: &K, value: V) {
        self.map.set(key, value);
    }

    /// Changes the value for `key`, or the type's default if none was set, and returns what `change` returns.
    #[inline(always)]
    pub fn update<R>(&mut self, key: &K, change: impl FnOnce(&mut V) -> R) -> R
    where
        V: Default,
    {
        self.map.update(key, change)
    }

    /// Changes the value for `key`, or the type's default if none was set, unless `change` refuses: then nothing is
    /// written.
    ///
    /// # Errors
    /// That of `change`.
    #[inline(always)]
    pub fn try_update<R, E>(&mut self, key: &K, change: impl FnOnce(&mut V) -> Result<R, E>) -> Result<R, E>
    where
        V: Default,
    {
        self.map.try_update(key, change)
    }

    /// Whether a value was set for `key`.
    #[must_use]
    #[inline(always)]
    pub fn contains(&self, key: &K) -> bool {
        self.map.contains(key)
    }

    /// Removes the value for `key`, if there is one.
    #[inline(always)]
    pub fn remove(&mut self, key: &K) {
        self.map.remove(key);
    }

    /// The entries whose keys are in `bounds`: `..`, `a..b`, `a..=b`, or a pair of `Bound`s. None if the first
    /// is behind the second.
    pub fn range(&self, bounds: impl RangeBounds<K>) -> Range<'_, K, V> {
        Range::within(self.map.slot, &bounds)
    }

    /// The entries whose keys begin with `prefix`: the first parts of a tuple, the first letters of a text.
    pub fn prefix<P: KeyPrefix<K> + ?Sized>(&self, prefix: &P) -> Range<'_, K, V> {
        Range::beginning(self.map.slot, prefix)
    }

    /// The entry with the smallest key.
    #[must_use]
    pub fn first(&self) -> Option<(K, V)> {
        self.range(..).pages_of(1).next()
    }

    /// The entry with the largest key.
    #[must_use]
    pub fn last(&self) -> Option<(K, V)> {
        self.range(..).pages_of(1).next_back()
    }
}
