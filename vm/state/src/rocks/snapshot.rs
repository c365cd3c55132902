//! The store as it was at one instant, whatever is committed since.

use std::fmt;

use lockstep_abi::{
    Height,
    state::{PathProof, trie::EntryHasher},
};
use rayon::prelude::*;
use rocksdb::{DB, DBPinnableSlice, DBRawIteratorWithThreadMode, ReadOptions, Snapshot};

use super::{
    AtError, Family, StateAt, Tree,
    access::{Access, handle},
    changed,
    error::failed,
    history,
    progress::Progress,
    trie_at::TrieAt,
    tries::Ahead,
};
use crate::{Changes, Order, Read, StateError, Visit, changes::Change, merkle};

/// All families at one instant: what a query reads while blocks are committed. Cheap to take; while it is
/// held, RocksDB keeps what it sees.
///
/// As a [`Read`] it is the newest state; [`Self::at`] gives earlier ones.
pub struct RocksSnapshot<'a> {
    db: &'a DB,
    snapshot: Snapshot<'a>,
    /// Has the tries that the database does not have at this instant.
    pub(super) ahead: Ahead,
}

/// An entry of the state at some height, and why to believe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The value; `None` if there is no entry.
    pub value: Option<Vec<u8>>,
    /// What proves it under the root of that height's trie.
    pub path: PathProof,
}

impl<'a> RocksSnapshot<'a> {
    pub(super) fn of(db: &'a DB, ahead: Ahead) -> Self {
        Self { db, snapshot: db.snapshot(), ahead }
    }
}

impl RocksSnapshot<'_> {
    /// The value of a record.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    pub fn get_record(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        self.value(family, key)
    }

    /// Visits a family's records as [`Read::range`] does the state's.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    pub fn range_records(
        &self,
        family: Family,
        start: &[u8],
        end: &[u8],
        order: Order,
        visit: &mut Visit<'_>,
    ) -> Result<(), StateError> {
        self.visit(family, (start, end), order, visit)
    }

    /// The newest block; none before the first.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    pub fn height(&self) -> Result<Option<Height>, StateError> {
        Ok(self.progress()?.map(|progress| progress.newest))
    }

    /// The newest trie; none before the first. It is below the newest block, unless that was loaded.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    pub fn tree(&self) -> Result<Option<Tree>, StateError> {
        Ok(self.progress()?.and_then(|progress| progress.tree))
    }

    /// The oldest height that can be read; that of the first block if nothing was ever pruned, and 0 before it.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    pub fn oldest(&self) -> Result<Height, StateError> {
        Ok(self.progress()?.map_or(Height(0), |progress| progress.oldest))
    }

    /// The state after the block of `height`.
    ///
    /// # Errors
    /// [`AtError`] if it cannot be read: not any more, or not yet.
    pub fn at(&self, height: Height) -> Result<StateAt<'_>, AtError> {
        Ok(self.state_of(height, self.readable(height)?.newest))
    }

    fn readable(&self, height: Height) -> Result<Progress, AtError> {
        let progress = self.progress()?.ok_or(AtError::Empty { height })?;
        let Progress { oldest, newest, .. } = progress;
        if height < oldest {
            return Err(AtError::Pruned { height, oldest });
        }
        if height > newest {
            return Err(AtError::Future { height, newest });
        }
        Ok(progress)
    }

    /// The state after the block of `height`, which is at most `newest` and above what was forgotten.
    fn state_of(&self, height: Height, newest: Height) -> StateAt<'_> {
        StateAt::new(self, (height < newest).then(|| height.next()))
    }

    /// The trie over the state after the block of `height`.
    ///
    /// # Errors
    /// [`AtError`] if the state cannot be read, or has no trie: of the newest block, as a rule, there is none yet.
    pub fn trie_at(&self, height: Height) -> Result<TrieAt<'_>, AtError> {
        let progress = self.readable(height)?;
        let newest = progress.tree.map(|tree| tree.height);
        if Some(height) <= newest {
            Ok(TrieAt::new(self, height, self.written()?))
        } else {
            Err(AtError::NoTree { height, newest })
        }
    }

    /// An entry of the state after the block of `height`, with its proof, which is verified. Reads one page for every
    /// four levels of the trie, about five at a million entries.
    ///
    /// # Errors
    /// [`AtError`] as of [`Self::trie_at`]. If the trie does not prove the entry, one of the two is damaged.
    pub fn prove(&self, height: Height, key: &[u8]) -> Result<Proven, AtError> {
        const UNPROVEN: StateError = StateError::Damaged { what: "a trie does not prove what the state has" };
        let (state, trie) = (self.at(height)?, self.trie_at(height)?);
        let (root, path) = merkle::prove_with_root(&trie, &EntryHasher::new().path(key))?;
        let value = state.get(key)?;
        // Said now rather than by whoever gets the proof.
        path.verify(&root, key, value.as_deref()).map_err(|_| UNPROVEN)?;
        Ok(Proven { value, path })
    }

    /// What the newest block changed; nothing before the first. After a start, its trie is computed from this.
    ///
    /// # Errors
    /// [`StateError`] if the database fails, or has lost some of it.
    pub fn changes_of_newest(&self) -> Result<Changes, StateError> {
        match self.progress()? {
            // A state that was loaded: its block changed nothing.
            Some(Progress { newest, kept_from, .. }) if kept_from <= newest => {
                self.changes_of(newest, newest)
            }
            Some(_) | None => Ok(Changes::default()),
        }
    }

    /// What the block of `height` changed, which is at most `newest` and not forgotten. Reads on all processors.
    pub(super) fn changes_of(&self, height: Height, newest: Height) -> Result<Changes, StateError> {
        const MISSING: StateError = StateError::Damaged { what: "a block's changes are missing" };
        let state = self.state_of(height, newest);
        let list = self.pinned(Family::Changed, &height.0.to_be_bytes())?.ok_or(MISSING)?;
        let change_of = |key: &[u8]| {
            let entry = history::entry(history::prefix(key), height);
            let before = self.pinned(Family::History, &entry)?.ok_or(MISSING)?;
            let before = history::decode(&before)?.map(<[u8]>::to_vec);
            Ok(Change { key: key.into(), before, after: state.get(key)? })
        };
        let keys = changed::decode(&list)?.into_par_iter().with_min_len(64);
        Ok(Changes::of_sorted(keys.map(change_of).collect::<Result<_, StateError>>()?))
    }
}

impl Access for RocksSnapshot<'_> {
    fn pinned(&self, family: Family, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>, StateError> {
        self.snapshot.get_pinned_cf(handle(self.db, family)?, key).map_err(failed)
    }

    fn iterator(
        &self,
        family: Family,
        options: ReadOptions,
    ) -> Result<DBRawIteratorWithThreadMode<'_, DB>, StateError> {
        Ok(self.snapshot.raw_iterator_cf_opt(handle(self.db, family)?, options))
    }
}

impl Read for RocksSnapshot<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        self.value(Family::State, key)
    }

    fn contains(&self, key: &[u8]) -> Result<bool, StateError> {
        Ok(self.pinned(Family::State, key)?.is_some())
    }

    fn len(&self, key: &[u8]) -> Result<Option<usize>, StateError> {
        Ok(self.pinned(Family::State, key)?.map(|value| value.len()))
    }

    fn range(&self, start: &[u8], end: &[u8], order: Order, visit: &mut Visit<'_>) -> Result<(), StateError> {
        self.visit(Family::State, (start, end), order, visit)
    }
}

impl fmt::Debug for RocksSnapshot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.snapshot.sequence_number();
        f.debug_struct("RocksSnapshot").field("sequence_number", &number).finish_non_exhaustive()
    }
}
