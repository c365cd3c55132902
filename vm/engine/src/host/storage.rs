//! The contract's own entries.

use std::ops::ControlFlow;

use lockstep_abi::{
    Halt,
    limits::run::{MAX_KEY_BYTES, MAX_RANGE_BYTES, MAX_RANGE_ENTRIES, MAX_VALUE_BYTES},
    price::{RANGE_PER_ENTRY, STORAGE_REPLACED_PER_BYTE},
};

use super::access::{HostCall, Span};
use crate::{Direction, outcome::Stop};

/// The answer for an entry that is not there.
const ABSENT: i64 = -1;

pub(super) fn storage_get(
    call: &mut HostCall<'_>,
    key: u32,
    key_len: u32,
    out: u32,
    cap: u32,
) -> Result<i64, Stop> {
    let key = call.key(key, key_len)?;
    let (key, world) = call.lend(&key);
    match world.storage_get(key)? {
        Some(value) => call.answer(out, cap, value).map(i64::from),
        None => Ok(ABSENT),
    }
}

pub(super) fn storage_has(call: &mut HostCall<'_>, key: u32, key_len: u32) -> Result<u32, Stop> {
    let key = call.key(key, key_len)?;
    match stored_len(call, &key)? {
        Some(length) => {
            // A store reads all of a value to find it.
            call.charge_bytes(length)?;
            Ok(1)
        }
        None => Ok(0),
    }
}

pub(super) fn storage_set(
    call: &mut HostCall<'_>,
    key: u32,
    key_len: u32,
    value: u32,
    value_len: u32,
) -> Result<(), Stop> {
    let key = call.key(key, key_len)?;
    let value = call.read(value, value_len, MAX_VALUE_BYTES)?;
    charge_replaced(call, &key)?;
    let (key, world) = call.lend(&key);
    Ok(world.storage_set(key, value)?)
}

pub(super) fn storage_remove(call: &mut HostCall<'_>, key: u32, key_len: u32) -> Result<(), Stop> {
    let key = call.key(key, key_len)?;
    charge_replaced(call, &key)?;
    let (key, world) = call.lend(&key);
    Ok(world.storage_remove(key)?)
}

/// Takes the price of what an entry has now, before it is replaced: a few bytes or none may drive out 64 KiB, and
/// those are read again at the block's end and kept beside the state.
fn charge_replaced(call: &mut HostCall<'_>, key: &Span) -> Result<(), Stop> {
    let replaced = stored_len(call, key)?.unwrap_or_default() as u64;
    call.charge(replaced.saturating_mul(STORAGE_REPLACED_PER_BYTE))
}

fn stored_len(call: &mut HostCall<'_>, key: &Span) -> Result<Option<usize>, Stop> {
    let (key, world) = call.lend(key);
    Ok(world.storage_len(key)?)
}

#[expect(clippy::too_many_arguments, reason = "the row of the host table has them")]
pub(super) fn storage_range(
    call: &mut HostCall<'_>,
    start: u32,
    start_len: u32,
    end: u32,
    end_len: u32,
    descending: u32,
    limit: u32,
    out: u32,
    cap: u32,
) -> Result<u32, Stop> {
    let start = call.read(start, start_len, MAX_KEY_BYTES)?;
    let end = match end_len {
        0 => None,
        _ => Some(call.read(end, end_len, MAX_KEY_BYTES)?),
    };
    let direction = match descending {
        0 => Direction::Ascending,
        1 => Direction::Descending,
        _ => return Err(Halt::HostArgument.into()),
    };
    if limit > MAX_RANGE_ENTRIES {
        return Err(Halt::HostArgument.into());
    }
    // The length of the way is known only at its end: walk no further than the gas reaches, then take it.
    let affordable = call.gas_left()?.0.checked_div(RANGE_PER_ENTRY).unwrap_or_default();
    let mut range = Range { entries: Vec::new(), found: 0, limit, visited: 0, affordable };
    if limit > 0 {
        let mut visit = |key: &[u8], value: Option<&[u8]>| range.visit(key, value);
        call.world().storage_range(&start, end.as_deref(), direction, &mut visit)?;
    }
    call.charge(range.visited.saturating_mul(RANGE_PER_ENTRY))?;
    call.answer(out, cap, range.entries)
}

/// A range read under way.
struct Range {
    entries: Vec<u8>,
    found: u32,
    limit: u32,
    /// Entries stepped over, removed ones too.
    visited: u64,
    affordable: u64,
}

impl Range {
    fn visit(&mut self, key: &[u8], value: Option<&[u8]>) -> ControlFlow<()> {
        self.visited = self.visited.saturating_add(1);
        if self.visited > self.affordable {
            return ControlFlow::Break(());
        }
        let Some(value) = value else { return ControlFlow::Continue(()) };
        for part in [key, value] {
            self.entries.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
        self.entries.extend(key);
        self.entries.extend(value);
        self.found = self.found.saturating_add(1);
        if self.found == self.limit || self.entries.len() >= MAX_RANGE_BYTES as usize {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
