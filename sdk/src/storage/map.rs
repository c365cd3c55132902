//! One value for each key.

use core::marker::PhantomData;

use super::{Field, Place, Slot, entry};
use crate::{
    codec::{Data, scratch},
    key::Key,
    schema::Shape,
};

/// A value of type `V` for each key of type `K`, under the field's [`Slot`] followed by the key.
///
/// A map cannot be iterated ([`OrdMap`](super::OrdMap) can) or counted; a key that was never set has no entry and costs no storage.
#[derive(Debug)]
pub struct Map<K, V> {
    pub(super) slot: Slot,
    entry: PhantomData<(K, V)>,
}

impl<K: Key, V: Data> Field for Map<K, V> {
    const SHAPE: Shape = Shape::Map(K::TYPE, V::TYPE);

    #[inline(always)]
    fn at<P: Place>() -> Self {
        Self { slot: Slot::of::<P>(), entry: PhantomData }
    }
}

impl<K: Key, V: Data> Map<K, V> {
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
        self.find(key).unwrap_or_default()
    }

    /// The value for `key`, if one was set.
    #[must_use]
    #[inline(always)]
    pub fn find(&self, key: &K) -> Option<V> {
        entry::get(self.slot.key(key, &mut scratch()))
    }

    /// Writes the value for `key`.
    #[inline(always)]
    pub fn set(&mut self, key: &K, value: V) {
        entry::set(self.slot.key(key, &mut scratch()), &value);
    }

    /// Changes the value for `key`, or the type's default if none was set, and returns what `change` returns.
    #[inline(always)]
    pub fn update<R>(&mut self, key: &K, change: impl FnOnce(&mut V) -> R) -> R
    where
        V: Default,
    {
        let mut scratch = scratch();
        let key = self.slot.key(key, &mut scratch);
        let mut value = entry::get(key).unwrap_or_default();
        let result = change(&mut value);
        entry::set(key, &value);
        result
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
        let mut scratch = scratch();
        let key = self.slot.key(key, &mut scratch);
        let mut value = entry::get(key).unwrap_or_default();
        let result = change(&mut value)?;
        entry::set(key, &value);
        Ok(result)
    }

    /// Whether a value was set for `key`.
    #[must_use]
    #[inline(always)]
    pub fn contains(&self, key: &K) -> bool {
        entry::has(self.slot.key(key, &mut scratch()))
    }

    /// Removes the value for `key`, if there is one.
    #[inline(always)]
    pub fn remove(&mut self, key: &K) {
        entry::remove(self.slot.key(key, &mut scratch()));
    }
}
