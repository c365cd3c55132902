//! Values by their index.

use super::{Cell, Field, Map, Place, Range};
use crate::{codec::Data, host::trap, schema::Shape};

/// Values of type `T`, numbered from 0. Each is an entry of its own, so that one is read and written without the
/// others; their number is an entry too, under the field's slot alone.
///
/// ```
/// # use lockstep_sdk::prelude::*;
/// #[storage]
/// struct Log {
///     lines: Vector<String>,
/// }
///
/// impl Log {
///     /// The newest lines, at most ten.
///     fn newest(&self) -> Vec<String> {
///         self.lines.iter().rev().take(10).collect()
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Vector<T> {
    length: Cell<u32>,
    values: Map<u32, T>,
}

impl<T: Data> Field for Vector<T> {
    const SHAPE: Shape = Shape::Vector(T::TYPE);

    #[inline(always)]
    fn at<P: Place>() -> Self {
        Self { length: Cell::at::<P>(), values: Map::at::<P>() }
    }
}

impl<T: Data> Vector<T> {
    /// How many values there are.
    ///
    /// # Panics
    /// If an earlier version of the contract has written another type there. The same holds for all methods.
    #[must_use]
    #[inline(always)]
    pub fn len(&self) -> u32 {
        self.length.get()
    }

    /// Whether there is none.
    #[must_use]
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at `index`, if there are so many.
    #[must_use]
    #[inline(always)]
    pub fn get(&self, index: u32) -> Option<T> {
        self.values.find(&index)
    }

    /// The last value.
    #[must_use]
    #[inline(always)]
    pub fn last(&self) -> Option<T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Replaces the value at `index`.
    ///
    /// # Panics
    /// If there are not so many.
    #[inline(always)]
    pub fn set(&mut self, index: u32, value: T) {
        if !self.values.contains(&index) {
            trap("an index behind the end");
        }
        self.values.set(&index, value);
    }

    /// Adds a value at the end, and returns its index.
    ///
    /// # Panics
    /// If there are 2^32 - 1 already.
    #[inline(always)]
    pub fn push(&mut self, value: T) -> u32 {
        let index = self.len();
        let Some(length) = index.checked_add(1) else { trap("more values than an index counts") };
        self.values.set(&index, value);
        self.length.set(length);
        index
    }

    /// Takes the last value away.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<T> {
        let index = self.len().checked_sub(1)?;
        let value = self.values.find(&index);
        self.values.remove(&index);
        self.length.set(index);
        value
    }

    /// Takes the value at `index` away, and puts the last one into its place.
    #[inline(always)]
    pub fn swap_remove(&mut self, index: u32) -> Option<T> {
        let removed = self.get(index)?;
        let last = self.pop()?;
        // Unless it was the last one itself.
        if index < self.len() {
            self.values.set(&index, last);
        }
        Some(removed)
    }

    /// The values, from both ends. Bound the loop: `vector.iter().take(10)`.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = T> {
        // From the first index on: the number of values lies before it.
        Range::within(self.values.slot, &(0_u32..)).map(|(_, value): (u32, T)| value)
    }
}
