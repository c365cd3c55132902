//! Fills an empty store with a state that comes from elsewhere, entry by entry, at one height.
//!
//! Nothing is replaced, so there is no history to keep. And nothing must outlast a crash: a load that was not
//! finished is thrown away with its folder, and begun again. So entries go past the log, straight into tables, and
//! the trie is built of many leaves at once rather than brought from block to block.
//!
//! Not here: where the entries come from, and which root they must have.

use lockstep_abi::{
    Height,
    state::trie::{EMPTY, EntryHasher},
};
use rayon::prelude::*;
use rocksdb::{DB, FlushOptions, WriteBatch, WriteOptions};

use super::{
    Family, RocksStore, Tree,
    access::{WRITTEN_KEY, handle},
    error::failed,
    progress::{PROGRESS_KEY, Progress},
    tries::PagesOnDisk,
};
use crate::{
    StateError,
    merkle::{self, Leaf, LeafChange, TreeUpdate},
};

/// A store that is being filled. If it is dropped before [`Self::finish`], the folder is of no use.
#[derive(Debug)]
pub struct Loader<'a> {
    store: &'a mut RocksStore,
    /// `newest` and `oldest` are the height that is loaded.
    progress: Progress,
    leaves_at_once: usize,
    hasher: EntryHasher,
    /// Of entries that are written and not yet in the trie.
    leaves: Vec<Leaf>,
    last: Option<Vec<u8>>,
}

impl RocksStore {
    /// Begins to fill this store, which must be empty, with the state after the block of `height`. Each time that
    /// `leaves_at_once` entries were added, they are taken into the trie, and most of its pages are written anew: more
    /// at once are less work, and take some 400 bytes of memory each.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    ///
    /// # Panics
    /// If the store has a block already, or its loading was begun before.
    pub fn load(&mut self, height: Height, leaves_at_once: usize) -> Result<Loader<'_>, StateError> {
        let kept_from = height.next();
        let progress = Progress { newest: height, oldest: height, kept_from, tree: None };
        let before = self.progress_mut().replace(progress);
        assert!(before.is_none(), "a state that is loaded into a store which has one");
        let loader = Loader {
            store: self,
            progress,
            leaves_at_once,
            hasher: EntryHasher::new(),
            leaves: Vec::new(),
            last: None,
        };
        // Logged, and before the entries: a folder that was not finished never passes for an empty one.
        loader.write(WriteBatch::default(), &WriteOptions::default())?;
        Ok(loader)
    }
}

impl Loader<'_> {
    /// Adds entries: keys and values, in the order of their keys and after all that were added before. Hashes on all
    /// processors.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    ///
    /// # Panics
    /// If a key is not above the one before it.
    pub fn add(&mut self, entries: &[(&[u8], &[u8])]) -> Result<(), StateError> {
        let Some((last, _)) = entries.last() else { return Ok(()) };
        let follows = entries.first().is_some_and(|(first, _)| self.last.as_deref() < Some(first));
        assert!(follows && entries.is_sorted_by(|a, b| a.0 < b.0), "entries out of order");
        self.last = Some(last.to_vec());
        let mut writes = WriteBatch::default();
        let state = handle(&self.store.db, Family::State)?;
        for (key, value) in entries {
            writes.put_cf(state, key, value);
        }
        let hasher = &self.hasher;
        let leaf = |(key, value): &(&[u8], &[u8])| Leaf::of(hasher, key, value);
        self.leaves.par_extend(entries.par_iter().with_min_len(64).map(leaf));
        self.write(writes, &unlogged())?;
        if self.leaves.len() >= self.leaves_at_once { self.grow_tree() } else { Ok(()) }
    }

    /// Ends the load: all of it is on disk. The store is at the height as if that block had been committed and
    /// changed nothing, but with its trie, which is given back; older heights cannot be read.
    ///
    /// # Errors
    /// [`StateError`] if the database fails.
    pub fn finish(mut self) -> Result<Tree, StateError> {
        self.grow_tree()?;
        let db = &self.store.db;
        let families = Family::ALL.iter().map(|family| handle(db, *family)).collect::<Result<Vec<_>, _>>()?;
        db.flush_cfs_opt(&families, &FlushOptions::default()).map_err(failed)?;
        let progress = self.progress;
        *self.store.progress_mut() = Some(progress);
        self.store.tries.written(progress.newest);
        Ok(progress.tree.unwrap_or(Tree { height: progress.newest, root: EMPTY }))
    }

    /// Takes the leaves that wait into the trie.
    fn grow_tree(&mut self) -> Result<(), StateError> {
        let mut leaves = std::mem::take(&mut self.leaves);
        leaves.par_sort_unstable_by_key(|leaf| leaf.path);
        let changes: Vec<LeafChange> = leaves.into_iter().map(LeafChange::from).collect();
        let (height, base) = (self.progress.newest, self.progress.tree);
        let pages = PagesOnDisk(&self.store.db);
        let update = merkle::update(&pages, base.map(|base| base.height), height, &changes)?;
        let mut writes = WriteBatch::default();
        put_pages(&self.store.db, &update, &mut writes)?;
        self.progress.tree = Some(Tree { height, root: update.root });
        self.write(writes, &unlogged())
    }

    /// Writes, with the progress so far.
    fn write(&self, mut writes: WriteBatch, options: &WriteOptions) -> Result<(), StateError> {
        let db = &self.store.db;
        writes.put_cf(handle(db, Family::Meta)?, PROGRESS_KEY, self.progress.encode());
        db.write_opt(writes, options).map_err(failed)
    }
}

/// Adds the pages of a trie, and its height.
fn put_pages(db: &DB, update: &TreeUpdate, writes: &mut WriteBatch) -> Result<(), StateError> {
    let family = handle(db, Family::Pages)?;
    for (id, page) in &update.pages {
        match page {
            Some(page) => writes.put_cf(family, id.to_bytes(), page.as_bytes()),
            None => writes.delete_cf(family, id.to_bytes()),
        }
    }
    writes.put_cf(family, WRITTEN_KEY, update.height.0.to_be_bytes());
    Ok(())
}

fn unlogged() -> WriteOptions {
    let mut options = WriteOptions::default();
    options.disable_wal(true);
    options
}
