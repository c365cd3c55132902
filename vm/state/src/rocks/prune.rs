//! Forgetting: what no height that can still be read has any use for.
//!
//! # Invariant
//! Let a store be at block `newest`, with `oldest` the oldest readable height, `tree` the newest trie's height and
//! `written` that of the trie on disk (`oldest <= newest`, `written <= tree < newest`; of a state that was just loaded,
//! all are the same). Between commits it holds, no more and no less:
//!
//! - History and Changed of the blocks `kept_from..=newest`, where `kept_from` is at most the block after `oldest`, the
//!   one after `written` (or the first block, if no trie is on disk yet), and `newest`. The state at `H` is read from what
//!   the blocks above `H` replaced; the tries above `written` are made anew from it at a start, and that of `newest` too.
//! - Undo of the tries that were made at `oldest+1..=tree`, and of some from `kept_from` on.
//! - The pages of the trie at `written`.
//!
//! `kept_from` follows `oldest` and `written` a few blocks at a time; a commit takes for `written` what was on disk
//! before it. Readable are the states of `oldest..=newest`, and
//! the tries over those up to `tree`.

use lockstep_abi::Height;
use rocksdb::{DB, WriteBatch};

use super::{
    Family,
    access::{Access, handle},
    changed, history,
    progress::Progress,
    undo,
};
use crate::StateError;

/// How many blocks one commit forgets at most. More than one, so that a node that kept everything and is told not
/// to gets there; few, so that no block takes long on the way.
pub const MAX_PRUNED_BLOCKS: u64 = 4;

/// After how many entries, of the history and of what was replaced in tries, one commit forgets no further block. A
/// deletion takes about a microsecond, most of it later: together a few tenths of a second.
const MAX_PRUNED_ENTRIES: usize = 200_000;

/// Adds the deletions that bring `kept_from` closer to where it may be, in a store that has what else `progress` says,
/// and the trie of the height `written` on disk. Gives where it is from then on.
pub(super) fn prune(
    db: &DB,
    progress: &Progress,
    written: Option<Height>,
    writes: &mut WriteBatch,
) -> Result<Height, StateError> {
    let Progress { newest, oldest, mut kept_from, tree } = *progress;
    let unneeded = match (tree, written) {
        (None, _) => oldest,
        (Some(_), Some(written)) => oldest.min(written),
        (Some(_), None) => return Ok(kept_from),
    };
    let most = Height(kept_from.0.saturating_add(MAX_PRUNED_BLOCKS));
    let wanted = unneeded.next().min(newest).min(most);
    let mut entries = 0_usize;
    while kept_from < wanted && entries < MAX_PRUNED_ENTRIES {
        entries = entries.saturating_add(prune_block(db, kept_from, writes)?);
        kept_from = kept_from.next();
    }
    Ok(kept_from)
}

/// Gives how many entries go.
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
    Ok(undo::delete(db, height, writes)?.saturating_add(keys.len()))
}
