//! The state at one height: the newest, except where a later block replaced something.

use std::{
    cmp,
    ops::ControlFlow,
    sync::atomic::{AtomicU64, Ordering},
};

use lockstep_abi::Height;

use super::{
    Family, RocksSnapshot,
    access::{Access, Cursor},
    history,
};
use crate::{Order, Read, StateError, Visit};

/// How many keys that changed since a [`StateAt`] passes over, beyond those that it shows. Each costs a step and up to
/// two seeks, some five microseconds: together about half a second, which is what one question may take.
pub const MAX_STEPS_OVER: u64 = 100_000;

/// The state after the block of some height, within a [`RocksSnapshot`].
///
/// At the newest height it is as fast as the snapshot. Below, a read of a key costs a seek more. A range also steps
/// over the history of its keys: a step for each key that ever changed, as far as that is kept, and a seek or two more
/// for those that changed more than once. Most of these keys are then shown; those that had no value then, or have none
/// any more, are work that whoever asks cannot see coming, such as all that was created since. There is a limit to them,
/// over all ranges of one `StateAt`: [`MAX_STEPS_OVER`], and as many more as entries were shown.
#[derive(Debug)]
pub struct StateAt<'a> {
    snapshot: &'a RocksSnapshot<'a>,
    /// The first block that it is before; none if there is no later block.
    before: Option<Height>,
    allowance: Allowance,
}

impl<'a> StateAt<'a> {
    /// The height must be one that can be read, and `before` the one after it, if there is such a block.
    pub(super) const fn new(snapshot: &'a RocksSnapshot<'a>, before: Option<Height>) -> Self {
        Self { snapshot, before, allowance: Allowance::of(MAX_STEPS_OVER) }
    }

    /// The same state without the limit: for tools that read all of it, and answer to nobody who chose the height.
    #[must_use]
    pub fn without_limit(self) -> Self {
        Self { allowance: Allowance::of(u64::MAX / 2), ..self }
    }
}

impl Read for StateAt<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        if let Some(before) = self.before {
            let prefix = history::prefix(key);
            let bounds = (history::entry(prefix.clone(), before), history::end(prefix));
            let cursor = self.snapshot.cursor(Family::History, (&bounds.0, &bounds.1), Order::Ascending)?;
            if let Some((_, replaced)) = cursor.item()? {
                return Ok(history::decode(replaced)?.map(<[u8]>::to_vec));
            }
        }
        self.snapshot.get(key)
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StateError> {
        match self.before {
            Some(_) => Ok(self.get(key)?.is_some()),
            None => self.snapshot.contains(key),
        }
    }

    /// # Errors
    /// [`StateError::TooMuchHistory`], beside those of all reads.
    fn range(&self, start: &[u8], end: &[u8], order: Order, visit: &mut Visit<'_>) -> Result<(), StateError> {
        let Some(before) = self.before else { return self.snapshot.range(start, end, order, visit) };
        if start >= end {
            return Ok(());
        }
        let bounds = (history::prefix(start), history::prefix(end));
        let cursor = self.snapshot.cursor(Family::History, (&bounds.0, &bounds.1), order)?;
        let allowance = &self.allowance;
        let replaced = Replaced { cursor, before, order, allowance };
        let newest = self.snapshot.cursor(Family::State, (start, end), order)?;
        merge(newest, replaced, order, &mut |key, value| {
            allowance.give_back();
            visit(key, value)
        })
    }
}

/// How many steps may still be made that whoever asks cannot see coming.
#[derive(Debug)]
pub(super) struct Allowance(AtomicU64);

impl Allowance {
    pub(super) const fn of(steps: u64) -> Self {
        Self(AtomicU64::new(steps))
    }

    /// For a key that is not shown, say.
    pub(super) fn take(&self) -> Result<(), StateError> {
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        taken.map(|_| ()).map_err(|_| StateError::TooMuchHistory { limit: MAX_STEPS_OVER })
    }

    /// For an entry that is shown: its reader sees that work, and may stop it. In an archive nearly every entry has a
    /// history, so that no whole state could be read otherwise.
    fn give_back(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Visits the entries of the newest state, but for each key that was replaced what it had.
fn merge(
    mut newest: Cursor<'_>,
    mut replaced: Replaced<'_>,
    order: Order,
    visit: &mut Visit<'_>,
) -> Result<(), StateError> {
    let mut next = replaced.next()?;
    loop {
        let item = newest.item()?;
        let first = match (item, &next) {
            (None, None) => return Ok(()),
            (Some(_), None) => cmp::Ordering::Less,
            (None, Some(_)) => cmp::Ordering::Greater,
            (Some((key, _)), Some((other, _))) => match order {
                Order::Ascending => key.cmp(other),
                Order::Descending => other.as_slice().cmp(key),
            },
        };
        let flow = match (first, item, &next) {
            (cmp::Ordering::Less, Some((key, value)), _) => visit(key, value),
            (cmp::Ordering::Equal | cmp::Ordering::Greater, _, Some((key, Some(value)))) => visit(key, value),
            // It had no value then.
            (_, _, _) => {
                replaced.allowance.take()?;
                ControlFlow::Continue(())
            }
        };
        if flow.is_break() {
            return Ok(());
        }
        if first.is_le() {
            newest.advance();
        }
        if first.is_ge() {
            next = replaced.next()?;
        }
    }
}

/// The keys that the block `before` or a later one replaced, each once, with what they had.
struct Replaced<'a> {
    cursor: Cursor<'a>,
    before: Height,
    order: Order,
    /// Pays for keys that only blocks below `before` changed.
    allowance: &'a Allowance,
}

type Entry = (Vec<u8>, Option<Vec<u8>>);

impl Replaced<'_> {
    fn next(&mut self) -> Result<Option<Entry>, StateError> {
        while let Some((entry, value)) = self.cursor.item()? {
            // The key's first entry, or its last one if the order is descending.
            let (prefix, height) = history::split(entry)?;
            let prefix = prefix.to_vec();
            let here = if height >= self.before { Some(owned(value)?) } else { None };
            self.cursor.advance();
            // Most keys changed once; and a key may have entries of any number of blocks, so they are not stepped
            // through.
            let replaced = if !self.is_at(&prefix)? {
                here
            } else {
                let replaced = match (self.order, here) {
                    // No entry lies before the first, and none behind the last.
                    (Order::Ascending, here @ Some(_)) | (Order::Descending, here @ None) => here,
                    (Order::Ascending, None) | (Order::Descending, Some(_)) => {
                        self.cursor.seek(&history::entry(prefix.clone(), self.before));
                        match self.cursor.item()? {
                            Some((entry, value)) if history::split(entry)?.0 == prefix => Some(owned(value)?),
                            Some(_) | None => None,
                        }
                    }
                };
                match self.order {
                    Order::Ascending => self.cursor.seek(&history::end(prefix.clone())),
                    Order::Descending => self.cursor.seek_back(&prefix),
                }
                replaced
            };
            match replaced {
                Some(value) => return Ok(Some((history::key(&prefix)?, value))),
                None => self.allowance.take()?,
            }
        }
        Ok(None)
    }

    /// Whether the entry here is one of this prefix.
    fn is_at(&self, prefix: &[u8]) -> Result<bool, StateError> {
        match self.cursor.item()? {
            Some((entry, _)) => Ok(history::split(entry)?.0 == prefix),
            None => Ok(false),
        }
    }
}

fn owned(value: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
    Ok(history::decode(value)?.map(<[u8]>::to_vec))
}
