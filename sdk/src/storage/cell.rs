//! One value.

use core::marker::PhantomData;

use super::{Field, Place, Slot, entry};
use crate::{codec::Data, schema::Shape};

/// A place for one value of type `T`, under the field's [`Slot`].
#[derive(Debug)]
pub struct Cell<T> {
    slot: Slot,
    value: PhantomData<T>,
}

impl<T: Data> Field for Cell<T> {
    const SHAPE: Shape = Shape::Cell(T::TYPE);

    #[inline(always)]
    fn at<P: Place>() -> Self {
        Self { slot: Slot::of::<P>(), value: PhantomData }
    }
}

impl<T: Data> Cell<T> {
    /// The value, or the type's default if none was set.
    ///
    /// # Panics
    /// If an earlier version of the contract has written another type there.
    #[must_use]
    #[inline(always)]
    pub fn get(&self) -> T
    where
        T: Default,
    {
        self.find().unwrap_or_default()
    }

    /// The value, if one was set.
    ///
    /// # Panics
    /// If an earlier version of the contract has written another type there.
    #[must_use]
    #[inline(always)]
    pub fn find(&self) -> Option<T> {
        entry::get(self.slot.bytes())
    }

    /// Writes the value.
    #[inline(always)]
    pub fn set(&mut self, value: T) {
        entry::set(self.slot.bytes(), &value);
    }

    /// Changes the value, or the type's default if none was set, and returns what `change` returns.
    #[inline(always)]
    pub fn update<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> R
    where
        T: Default,
    {
        let mut value = self.get();
        let result = change(&mut value);
        self.set(value);
        result
    }

    /// Whether a value was set.
    #[must_use]
    #[inline(always)]
    pub fn exists(&self) -> bool {
        entry::has(self.slot.bytes())
    }

    /// Removes the value.
    #[inline(always)]
    pub fn remove(&mut self) {
        entry::remove(self.slot.bytes());
    }
}
