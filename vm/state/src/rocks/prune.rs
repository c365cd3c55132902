//! Forgetting: what no height that can still be read has any use for.
//!
//! # Invariant
//! Let a store be at block `newest`, with `oldest` the oldest readable height and `tree` the newest trie's height
//! (`oldest <= newest`, `tree < newest`; of a state that was just loaded, all three are the same). Between commits it
//! holds, no more and no less:
//!
//! - History and Changed of the blocks `oldest+1..=newest`, and of `newest` itself. The state at `H` is read from
//!   what the blocks above `H` replaced; so block `oldest`'s own history serves no height, and goes as soon as it is
//!   not the newest. The newest block's is kept even if no height needs it: after a restart its trie is computed
//!   from it.
//! - A Stale record of each trie that was made at `oldest+1..=tree`. It lists the pages of the trie before that this
//!   one does not have; neither has any later one.
//! - The pages of the tries that were made from the newest one at or below `oldest` on, up to `tree`. (Not every block
//!   has a trie, so that this one may be below `oldest`; then no height needs it, but later tries share its pages, or
//!   the next update starts from it.) A page leaves with the Stale record that lists it.
//!
//! Readable are therefore the states of `oldest..=newest`, and the tries that were made at `oldest..=tree`.

use lockstep_abi::Height;
use rocksdb::{DB, WriteBatch};

use super::{
    Family,
    access::{Access, handle},
    changed, history,
    progress::Progress,
};
use crate::{StateError, merkle::PageKey};

/// How many heights one commit forgets at most. More than one, so that a node that kept everything and is told not
/// to gets there; few, so that no block takes long on the way.
pub const MAX_PRUNED_BLOCKS: u64 = 4;

/// After how many entries, of the history and of the tries, one commit forgets no further height. A deletion takes
/// about a microsecond, most of it later: together a few tenths of a second.
const MAX_PRUNED_ENTRIES: usize = 200_000;

/// Adds the deletions that lead from the invariant before the block `newest` to the one after, if what is below
/// `keep_from` need not be kept. Gives the oldest readable height from then on. What the block itself adds is not looked
/// at.
pub(super) fn prune(
    db: &DB,
    before: &Progress,
    newest: Height,
    keep_from: Option<Height>,
    writes: &mut WriteBatch,
) -> Result<Height, StateError> {
    if before.newest == before.oldest {
        // Was kept as the newest block's; no height needs it.
        prune_block(db, before.oldest, writes)?;
    }
    let most = Height(before.oldest.0.saturating_add(MAX_PRUNED_BLOCKS));
    let wanted = keep_from.unwrap_or(before.oldest).min(newest).min(most);
    let (mut oldest, mut entries) = (before.oldest, 0_usize);
    while oldest < wanted && entries < MAX_PRUNED_ENTRIES {
        oldest = oldest.next();
        if oldest <= before.newest {
            entries = entries.saturating_add(prune_block(db, oldest, writes)?);
        }
        if before.tree.is_some_and(|tree| oldest <= tree.height) {
            entries = entries.saturating_add(prune_tree(db, oldest, writes)?);
        }
    }
    Ok(oldest)
}

/// Gives how many entries of the history go.
fn prune_block(db: &DB, height: Height, writes: &mut WriteBatch) -> Result<usize, StateError> {
    const MISSING: StateError = StateError::Damaged { what: "the list of a block's changed keys is missing" };
    let list_key = height.0.to_be_bytes();
    let list = db.pinned(Family::Changed, &list_key)?.ok_or(MISSING)?;
    let keys = changed::decode(&list)?;
    let history = handle(db, Family::History)?;
    // Single deletions, which vanish with what they delete: each of these was written once.
    for key in &keys {
        writes.single_delete_cf(history, history::entry(history::prefix(key), height));
    }
    writes.single_delete_cf(handle(db, Family::Changed)?, list_key);
    Ok(keys.len())
}

/// Gives how many pages go. There is no record if no trie was made of this height, or it left nothing behind.
fn prune_tree(db: &DB, height: Height, writes: &mut WriteBatch) -> Result<usize, StateError> {
    let list_key = height.0.to_be_bytes();
    let Some(list) = db.pinned(Family::Stale, &list_key)? else { return Ok(0) };
    let keys = decode_stale(&list)?;
    let pages = handle(db, Family::Pages)?;
    for key in &keys {
        writes.delete_cf(pages, key.to_bytes());
    }
    writes.delete_cf(handle(db, Family::Stale)?, list_key);
    Ok(keys.len())
}

fn decode_stale(mut list: &[u8]) -> Result<Vec<PageKey>, StateError> {
    const DAMAGED: StateError =
        StateError::Damaged { what: "the list of a trie's stale pages cannot be decoded" };
    let mut keys = Vec::new();
    while !list.is_empty() {
        let (key, rest) = PageKey::split_from(list).ok_or(DAMAGED)?;
        keys.push(key);
        list = rest;
    }
    Ok(keys)
}
