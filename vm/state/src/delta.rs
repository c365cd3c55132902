//! Writes over a state that is not touched, with a way back: what a block's transactions and their
//! frames write into.
//!
//! One ordered overlay and a journal of what it held before, not a stack of overlays: a read is one lookup
//! however deep the frames, a range is one merge, and only going back costs anything extra. A checkpoint
//! that is dropped needs no word: its writes belong to the checkpoint before it.
//!
//! Not here: limits on what is held. Every write is paid for, and gas bounds them.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    ops::{Bound, ControlFlow},
    sync::Arc,
};

use crate::{Changes, Order, Read, StateError, Visit, changes::Change};

/// Sees an entry, key and value, or a removed key, and says whether to go on.
pub type VisitWritten<'v> = dyn FnMut(&[u8], Option<&[u8]>) -> ControlFlow<()> + 'v;

/// Writes over `base`, read together with it.
pub struct Delta<'a> {
    base: &'a dyn Read,
    // BTreeMap, not HashMap: ranges and changes go in key order.
    // Shared with the journal, and handed on to the changes: each key is copied once.
    overlay: BTreeMap<Arc<[u8]>, Written>,
    /// Empty, or begins with the oldest checkpoint: what is written before it has no way back.
    journal: Vec<Undo>,
    /// How many checkpoints were ever taken; the newest one's number.
    epoch: u64,
}

/// An instant to go back to. Dropping it keeps what was written since.
#[derive(Debug)]
pub struct Checkpoint {
    epoch: u64,
    position: usize,
}

/// What the overlay holds for a key; no value if it was removed.
struct Written {
    value: Option<Vec<u8>>,
    /// When it was written. In the newest epoch the journal already knows what was there before, and a
    /// loop that writes one key over and over does not make it grow.
    epoch: u64,
}

enum Undo {
    /// A checkpoint was taken.
    Mark(u64),
    /// The overlay's entry of `key` was replaced; there was none if `before` is none.
    Restore { key: Arc<[u8]>, before: Option<Written> },
}

impl<'a> Delta<'a> {
    /// No writes yet.
    #[must_use]
    pub fn new(base: &'a dyn Read) -> Self {
        Self { base, overlay: BTreeMap::new(), journal: Vec::new(), epoch: 0 }
    }

    /// Gives `key` a value.
    pub fn set(&mut self, key: impl Into<Arc<[u8]>>, value: Vec<u8>) {
        self.write(key.into(), Some(value));
    }

    /// Takes the value of `key` away, if it has one.
    pub fn remove(&mut self, key: impl Into<Arc<[u8]>>) {
        self.write(key.into(), None);
    }

    fn write(&mut self, key: Arc<[u8]>, value: Option<Vec<u8>>) {
        let written = Written { value, epoch: self.epoch };
        let (key, before) = match self.overlay.entry(key) {
            Entry::Vacant(entry) => {
                let key = Arc::clone(entry.key());
                entry.insert(written);
                (key, None)
            }
            Entry::Occupied(mut entry) => {
                let before = entry.insert(written);
                if before.epoch == self.epoch {
                    return;
                }
                (Arc::clone(entry.key()), Some(before))
            }
        };
        if !self.journal.is_empty() {
            self.journal.push(Undo::Restore { key, before });
        }
    }

    /// Makes all checkpoints void: what was written stays. Frees what going back would have taken.
    pub fn keep(&mut self) {
        self.journal.clear();
    }

    /// An instant that [`Self::revert_to`] can go back to; they nest.
    ///
    /// # Panics
    /// After 2^64 checkpoints.
    #[must_use]
    pub fn checkpoint(&mut self) -> Checkpoint {
        self.epoch = self.epoch.checked_add(1).expect("fewer than 2^64 checkpoints");
        let position = self.journal.len();
        self.journal.push(Undo::Mark(self.epoch));
        Checkpoint { epoch: self.epoch, position }
    }

    /// Undoes every write since the checkpoint. Checkpoints taken since are void. Costs as much as the
    /// writes did.
    ///
    /// # Panics
    /// If the checkpoint is void.
    pub fn revert_to(&mut self, checkpoint: Checkpoint) {
        let Checkpoint { epoch, position } = checkpoint;
        match self.journal.get(position) {
            Some(Undo::Mark(found)) if *found == epoch => {}
            Some(Undo::Mark(_) | Undo::Restore { .. }) | None => panic!("checkpoint {epoch} is void"),
        }
        for undo in self.journal.drain(position..).rev() {
            match undo {
                Undo::Mark(_) => {}
                Undo::Restore { key, before: Some(written) } => {
                    self.overlay.insert(key, written);
                }
                Undo::Restore { key, before: None } => {
                    self.overlay.remove(&key);
                }
            }
        }
    }

    /// Like [`Read::range`], and shows also the removed keys that it passes, as `None`: stepping over them
    /// is work too, and a caller that meters should charge for it. Which keys those are follows from the
    /// writes alone, so it is the same on every machine.
    ///
    /// # Errors
    /// [`StateError`] if the base fails.
    pub fn scan(
        &self,
        start: &[u8],
        end: &[u8],
        order: Order,
        visit: &mut VisitWritten<'_>,
    ) -> Result<(), StateError> {
        if start >= end {
            return Ok(());
        }
        let overlay = self.overlay.range::<[u8], _>((Bound::Included(start), Bound::Excluded(end)));
        match order {
            Order::Ascending => {
                merge(overlay, |a, b| a < b, visit, |visit| self.base.range(start, end, order, visit))
            }
            Order::Descending => {
                merge(overlay.rev(), |a, b| a > b, visit, |visit| self.base.range(start, end, order, visit))
            }
        }
    }

    /// What all writes come to, against the base. Reads the base once for every key written.
    ///
    /// # Errors
    /// [`StateError`] if the base fails.
    pub fn into_changes(self) -> Result<Changes, StateError> {
        let mut changes = Vec::new();
        for (key, written) in self.overlay {
            let (before, after) = (self.base.get(&key)?, written.value);
            if before != after {
                changes.push(Change { key, before, after });
            }
        }
        Ok(Changes::of_sorted(changes))
    }
}

impl Read for Delta<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        match self.overlay.get(key) {
            Some(written) => Ok(written.value.clone()),
            None => self.base.get(key),
        }
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StateError> {
        match self.overlay.get(key) {
            Some(written) => Ok(written.value.is_some()),
            None => self.base.contains(key),
        }
    }

    fn len(&self, key: &[u8]) -> Result<Option<usize>, StateError> {
        match self.overlay.get(key) {
            Some(written) => Ok(written.value.as_ref().map(Vec::len)),
            None => self.base.len(key),
        }
    }

    fn range(&self, start: &[u8], end: &[u8], order: Order, visit: &mut Visit<'_>) -> Result<(), StateError> {
        self.scan(start, end, order, &mut |key, value| match value {
            Some(value) => visit(key, value),
            None => ControlFlow::Continue(()),
        })
    }
}

impl fmt::Debug for Delta<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delta").field("written", &self.overlay.len()).finish_non_exhaustive()
    }
}

/// Visits what `overlay` and `base` hold, both already in the order that `before` tells; where both have
/// a key, the overlay's.
fn merge<'o>(
    overlay: impl Iterator<Item = (&'o Arc<[u8]>, &'o Written)>,
    before: fn(&[u8], &[u8]) -> bool,
    visit: &mut VisitWritten<'_>,
    base: impl FnOnce(&mut Visit<'_>) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let mut overlay = overlay.peekable();
    let mut step = |key: &[u8], value: &[u8]| {
        while let Some((own, written)) = overlay.next_if(|(own, _)| before(own, key)) {
            visit(own, written.value.as_deref())?;
        }
        match overlay.next_if(|(own, _)| own.as_ref() == key) {
            Some((_, written)) => visit(key, written.value.as_deref()),
            None => visit(key, Some(value)),
        }
    };
    let mut flow = ControlFlow::Continue(());
    base(&mut |key, value| {
        flow = step(key, value);
        flow
    })?;
    if flow.is_continue() {
        // A break is the visitor's wish, not a failure.
        let _: ControlFlow<()> = overlay.try_for_each(|(own, written)| visit(own, written.value.as_deref()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
