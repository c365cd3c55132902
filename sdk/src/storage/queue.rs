//! First in, first out.

use super::{Cell, Field, Map, Place, Range};
use crate::{codec::Data, schema::Shape};

/// Values of type `T` that leave in the order in which they came. Each is an entry of its own, under a number that
/// no other ever has; the number of the first and that of the next to come are an entry under the field's slot alone.
#[derive(Debug)]
pub struct Queue<T> {
    /// The number of the first value, and the one after the last.
    ends: Cell<(u64, u64)>,
    values: Map<u64, T>,
}

impl<T: Data> Field for Queue<T> {
    const SHAPE: Shape = Shape::Queue(T::TYPE);

    #[inline(always)]
    fn at<P: Place>() -> Self {
        Self { ends: Cell::at::<P>(), values: Map::at::<P>() }
    }
}

impl<T: Data> Queue<T> {
    /// How many values wait.
    ///
    /// # Panics
    /// If an earlier version of the contract has written another type there. The same holds for all methods.
    #[must_use]
    #[inline(always)]
    pub fn len(&self) -> u64 {
        let (first, end) = self.ends();
        end - first
    }

    /// Whether none waits.
    #[must_use]
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a value at the end.
    #[inline(always)]
    pub fn push(&mut self, value: T) {
        let (first, end) = self.ends();
        self.values.set(&end, value);
        // Never at its end: at a thousand a second, a `u64` lasts for 584 million years.
        self.ends.set((first, end + 1));
    }

    /// Takes the first value away.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<T> {
        let (first, end) = self.ends();
        if first == end {
            return None;
        }
        let value = self.values.find(&first);
        self.values.remove(&first);
        self.ends.set((first + 1, end));
        value
    }

    /// The value that leaves next.
    #[must_use]
    #[inline(always)]
    pub fn first(&self) -> Option<T> {
        let (first, _) = self.ends();
        self.values.find(&first)
    }

    /// The values in their order, from both ends. Bound the loop: `queue.iter().take(10)`.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = T> {
        let (first, _) = self.ends();
        Range::within(self.values.slot, &(first..)).map(|(_, value): (u64, T)| value)
    }

    #[inline(always)]
    fn ends(&self) -> (u64, u64) {
        self.ends.find().unwrap_or_default()
    }
}
