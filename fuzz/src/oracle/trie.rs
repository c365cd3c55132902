//! The paged trie against its definition: a sorted map, and a recursion over bits.

use std::collections::BTreeMap;

use lockstep_abi::{
    Hash, Header, Height, codec,
    state::{
        PathProof, StateProof, Terminal,
        trie::{self, EMPTY, EntryHasher},
    },
};
use lockstep_state::{
    Delta, MemoryStore,
    merkle::{LeafChange, MemoryPages, Pages, Rebuilt, TreeUpdate, Undo, prove, rebuild, update, walk},
};

use crate::{
    Blocks,
    blocks::{Block, Forgery, Node, Place, key},
};

/// After each block, the trie has the root that its definition gives, and the pages for it and no other; what is
/// so can be proved, and whatever is proved is so. What an update replaces is told right, and a store that is given the
/// same keys comes to their root too.
///
/// # Panics
/// If not.
pub fn trie(input: &Blocks) {
    let hasher = EntryHasher::new();
    let mut model = Model::default();
    let (mut memory, mut store) = (MemoryPages::default(), MemoryStore::new());
    let mut base = None;
    for block in &input.blocks {
        let height = match base {
            None => Height(7),
            Some(base) if block.again => base,
            Some(base) => base.next(),
        };
        let changes = model.take(&hasher, block);
        let made = update(&memory, base, height, &changes).expect("no page is missing");
        let root = model.root();
        assert_eq!((made.height, made.root), (height, root));
        assert!(made.pages.is_sorted_by(|(a, _), (b, _)| a < b), "pages out of order");
        check_undo(&made, &memory);
        memory.apply(made);
        base = Some(height);

        let walked = walk(&memory).expect("a whole trie");
        assert_eq!(walked.pages, memory.len() as u64, "a page too many");
        assert_eq!((walked.root, walked.leaves), (root, model.entries.len() as u64));
        let tree = Tree { hasher: &hasher, model: &model, pages: &memory, root };
        for probe in &input.probes {
            tree.check_proofs(input, probe);
        }
        check_store(&mut store, &model, block);
    }
}

/// What an update says that it replaces is what is there.
fn check_undo(update: &TreeUpdate, before: &MemoryPages) {
    let mut rest = &update.undo[..];
    for (id, page) in &update.pages {
        let was = before.page(id).expect("no fault");
        assert_ne!(*page, was, "a page that is the same");
        let (found, undo, after) = Undo::split_from(rest).expect("a record for each page");
        assert_eq!((found, undo.page_before(page.as_ref())), (*id, was));
        rest = after;
    }
    assert!(rest.is_empty());
}

/// What the trie is over.
#[derive(Default)]
struct Model {
    /// By path: the value, and its hash.
    entries: BTreeMap<Hash, (u8, Hash)>,
    /// Those of known keys.
    keys: BTreeMap<u8, u8>,
}

impl Model {
    /// Takes a block's changes, and gives them by path.
    fn take(&mut self, hasher: &EntryHasher, block: &Block) -> Vec<LeafChange> {
        let mut changes = BTreeMap::new();
        for (place, value) in block.changes() {
            let path = place.path(hasher);
            let hash = value.map(|value| hasher.value(&[value]));
            changes.insert(path, hash);
            match value.zip(hash) {
                Some(value) => self.entries.insert(path, value),
                None => self.entries.remove(&path),
            };
            match (place.own_key(), value) {
                (Some(key), Some(value)) => drop(self.keys.insert(key, value)),
                (Some(key), None) => drop(self.keys.remove(&key)),
                (None, _) => {}
            }
        }
        changes.into_iter().map(|(path, value)| LeafChange { path, value }).collect()
    }

    fn root(&self) -> Hash {
        root_of(&self.entries.iter().map(|(path, (_, value))| (*path, *value)).collect::<Vec<_>>(), 0)
    }

    fn value(&self, path: &Hash) -> Option<&Hash> {
        self.entries.get(path).map(|(_, hash)| hash)
    }
}

/// The trie's definition.
fn root_of(entries: &[(Hash, Hash)], depth: usize) -> Hash {
    match entries {
        [] => EMPTY,
        [(path, value)] => trie::leaf(path, value),
        _ => {
            // Sorted: the left half comes first.
            let left = entries.partition_point(|(path, _)| !trie::bit(path, depth));
            let (left, right) = entries.split_at(left);
            trie::branch(&root_of(left, depth + 1), &root_of(right, depth + 1))
        }
    }
}

/// The store, which gets the known keys alone, by its own way.
fn check_store(store: &mut MemoryStore, model: &Model, block: &Block) {
    let base = store.clone();
    let mut delta = Delta::new(&base);
    for (number, value) in block.changes().filter_map(|(place, value)| Some((place.own_key()?, value))) {
        match value {
            Some(value) => delta.set(key(number), vec![value]),
            None => delta.remove(key(number)),
        }
    }
    store.apply(&delta.into_changes().expect("no fault"));
    let rebuilt = rebuild(store, 100).expect("no fault");
    assert_eq!(rebuilt, Rebuilt { root: store.root(), entries: model.keys.len() as u64 });
}

/// The trie after a block.
struct Tree<'a> {
    hasher: &'a EntryHasher,
    model: &'a Model,
    pages: &'a MemoryPages,
    root: Hash,
}

impl Tree<'_> {
    /// What is at a place can be proved, nothing else can, and a forgery is refused.
    fn check_proofs(&self, input: &Blocks, probe: &Place) {
        let Self { hasher, model, .. } = self;
        let path = probe.path(hasher);
        let proof = self.prove(&path);
        assert_eq!(proof.verify_path(&self.root, &path, model.value(&path)), Ok(()));
        let other = hasher.value(b"of no entry");
        for path in input.probes.iter().map(|place| place.path(hasher)).chain([path]) {
            for value in [None, Some(&other), model.value(&path)] {
                self.check_sound(&proof, &path, value);
            }
        }
        if let Some(number) = probe.own_key() {
            self.check_forgeries(input, number, proof);
        }
    }

    fn prove(&self, path: &Hash) -> PathProof {
        prove(self.pages, path).expect("no page is missing")
    }

    /// What the root bears out is so, and there is one proof of it.
    fn check_sound(&self, proof: &PathProof, path: &Hash, value: Option<&Hash>) {
        if proof.verify_path(&self.root, path, value).is_ok() {
            assert_eq!(value, self.model.value(path), "a proof of what is not so, at {path:?}");
            assert_eq!(*proof, self.prove(path), "two proofs of the same");
        }
    }

    fn check_forgeries(&self, input: &Blocks, number: u8, path: PathProof) {
        let value = self.model.keys.get(&number);
        let header = Header { state_root: self.root, ..super::header() };
        let block = header.id();
        let proof = StateProof {
            header,
            key: key(number).to_vec().try_into().expect("a short key"),
            value: value.map(|value| vec![*value].try_into().expect("a short value")),
            path,
        };
        assert_eq!(StateProof::decode(&proof.encode()).as_ref(), Ok(&proof));
        assert_eq!(proof.get(&block, &key(number)), Ok(value.map(std::slice::from_ref)));
        for forgery in &input.forgeries {
            let Some(forged) = forge(self.hasher, forgery, &proof) else { continue };
            if forged.verify(&block).is_ok() {
                assert_eq!(forged.header, proof.header, "two headers of the same block");
                let value = forged.value.as_ref().map(|value| self.hasher.value(value));
                self.check_sound(&forged.path, &self.hasher.path(&forged.key), value.as_ref());
            }
        }
    }
}

/// The forged proof, if it can be decoded.
fn forge(hasher: &EntryHasher, forgery: &Forgery, proof: &StateProof) -> Option<StateProof> {
    let mut forged = proof.clone();
    let mut siblings = proof.path.siblings.to_vec();
    let within = |at: u8, count: usize| usize::from(at).checked_rem(count);
    let leaf = |place: Place, value: u8| (place.path(hasher), hasher.value(&[value]));
    match *forgery {
        Forgery::Flip { at, bits } => {
            let mut bytes = codec::encode(proof);
            let at = usize::from(at) % bytes.len();
            bytes[at] ^= bits;
            return StateProof::decode(&bytes).ok();
        }
        Forgery::Cut { at } => {
            let bytes = codec::encode(proof);
            return StateProof::decode(&bytes[..usize::from(at) % bytes.len()]).ok();
        }
        Forgery::Remove { at } => drop(siblings.remove(within(at, siblings.len())?)),
        Forgery::Insert { at, node } => {
            let at = within(at, siblings.len() + 1)?;
            let node = match node {
                Node::Empty => EMPTY,
                Node::Leaf(place, value) => {
                    let (path, value) = leaf(place, value);
                    trie::leaf(&path, &value)
                }
                Node::Same => *siblings.get(at)?,
            };
            siblings.insert(at, node);
        }
        Forgery::Own => forged.path.terminal = Terminal::Own,
        Forgery::Empty => forged.path.terminal = Terminal::Empty,
        Forgery::Other(place, value) => {
            let (path, value) = leaf(place, value);
            forged.path.terminal = Terminal::Other { path, value };
        }
        Forgery::Value(value) => {
            forged.value = value.map(|value| vec![value].try_into().expect("a short value"));
        }
        Forgery::Key(number) => forged.key = key(number).to_vec().try_into().expect("a short key"),
    }
    forged.path.siblings = siblings.try_into().ok()?;
    Some(forged)
}
