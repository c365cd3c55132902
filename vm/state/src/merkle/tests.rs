//! The paged trie against its definition: a sorted map and a recursion over bits.

#![expect(clippy::arithmetic_side_effects, reason = "small figures of the tests' own")]

use std::collections::{BTreeMap, VecDeque};

use lockstep_abi::{
    Hash, Height,
    state::trie::{EMPTY, bit, branch, leaf},
};
use proptest::{bool::weighted, collection::vec, prelude::*, sample::select};

use super::{
    id::SLOTS,
    page::{PageWriter, Slot},
    undo::{Rewound, Undo},
    *,
};
use crate::{Delta, MemoryStore, Read};

type Model = BTreeMap<Hash, Hash>;

/// The trie's definition, without pages, caches or shortcuts.
fn naive(entries: &[(Hash, Hash)], depth: usize) -> Hash {
    match entries {
        [] => EMPTY,
        [(path, value)] => leaf(path, value),
        _ => {
            let (left, right): (Vec<_>, Vec<_>) = entries.iter().partition(|(path, _)| !bit(path, depth));
            branch(&naive(&left, depth + 1), &naive(&right, depth + 1))
        }
    }
}

fn root_of(model: &Model) -> Hash {
    naive(&model.iter().map(|(path, value)| (*path, *value)).collect::<Vec<_>>(), 0)
}

/// Paths that share long prefixes more often than hashes do.
fn path() -> impl Strategy<Value = Hash> {
    let bytes = prop_oneof![Just(0_u8), Just(0x0f), Just(0xf0), Just(0xff), Just(0x80)];
    (vec(bytes, 1..4), 0_usize..32, any::<bool>()).prop_map(|(bytes, last, flip)| {
        let mut path = [0x55; 32];
        path[..bytes.len()].copy_from_slice(&bytes);
        path[last] ^= u8::from(flip);
        Hash(path)
    })
}

fn blocks() -> impl Strategy<Value = Vec<BTreeMap<Hash, Option<u8>>>> {
    let change = (path(), proptest::option::weighted(0.6, 0_u8..9));
    vec(vec(change, 0..12).prop_map(|changes| changes.into_iter().collect()), 1..8)
}

fn changes(block: &BTreeMap<Hash, Option<u8>>) -> Vec<LeafChange> {
    let of = |(path, value): (&Hash, &Option<u8>)| match value {
        Some(value) => Leaf { path: *path, value: Hash([*value; 32]) }.into(),
        None => LeafChange { path: *path, value: None },
    };
    block.iter().map(of).collect()
}

fn write(model: &mut Model, block: &BTreeMap<Hash, Option<u8>>) {
    for (path, value) in block {
        match value {
            Some(value) => model.insert(*path, Hash([*value; 32])),
            None => model.remove(path),
        };
    }
}

/// A trie that is brought from height to height, with what each of them replaced.
#[derive(Default)]
struct Archive {
    pages: MemoryPages,
    undo: BTreeMap<Height, BTreeMap<PageId, Undo>>,
    height: Option<Height>,
    /// From one height to the next; 0 is 1.
    stride: u64,
}

impl Archive {
    fn apply(&mut self, changes: &[LeafChange]) -> TreeUpdate {
        let height = self.height.map_or(Height(0), |height| Height(height.0 + self.stride.max(1)));
        let update = update(&self.pages, self.height, height, changes).unwrap();
        let (undo, mut rest) = (self.undo.entry(height).or_default(), &update.undo[..]);
        for (changed, page) in &update.pages {
            let (id, replaced, after) = Undo::split_from(rest).unwrap();
            assert_eq!((id, rest.len() - after.len()), Undo::first_of(rest).unwrap());
            assert_eq!(id, *changed);
            assert_eq!(replaced.page_before(page.as_ref()), self.pages.page(&id).unwrap());
            undo.insert(id, replaced);
            rest = after;
        }
        assert!(rest.is_empty());
        self.pages.apply(update.clone());
        self.height = Some(height);
        update
    }

    /// From the oldest height up.
    fn undo_of(&self, id: &PageId, above: Height) -> impl DoubleEndedIterator<Item = (Height, &Undo)> {
        let above = self.undo.range(above.next()..);
        above.filter_map(move |(height, undo)| Some((*height, undo.get(id)?)))
    }
}

/// An earlier trie.
struct Earlier<'a>(&'a Archive, Height);

impl Pages for Earlier<'_> {
    /// Both ways to find it come to the same, but for the height that changed it.
    fn page(&self, id: &PageId) -> Result<Option<Page>, StateError> {
        let Self(archive, height) = *self;
        let now = archive.pages.page(id)?;
        let mut back = now.clone();
        for (at, undo) in archive.undo_of(id, height).rev() {
            assert!(back.as_ref().is_none_or(|page| page.height() == at));
            back = undo.page_before(back.as_ref());
        }
        let mut rewound = Rewound::default();
        let known = archive.undo_of(id, height).find_map(|(_, undo)| rewound.take(undo).unwrap());
        let forth = known.unwrap_or_else(|| rewound.over(now.as_ref()));
        let slots = |page: Option<&Page>| page.map(|page| page.slots().collect::<Vec<_>>());
        assert_eq!(slots(back.as_ref()), slots(forth.as_ref()));
        Ok(back)
    }
}

proptest! {
    /// As a store uses it: pages go to disk some heights late, and are let go of when there is no room; now and then all are
    /// gone but those that are not on disk.
    #[test]
    fn pages_that_stay_in_memory_come_to_the_same(
        blocks in blocks(),
        turns in vec((0_usize..4, prop_oneof![Just(isize::MAX), 0_isize..4_000], any::<bool>(), weighted(0.2)), 8),
    ) {
        let (mut disk, mut whole, mut model) = (MemoryPages::default(), MemoryPages::default(), Model::new());
        let (mut tree, mut sweep) = (PageTree::default(), Sweep::default());
        let (mut base, mut written, mut ahead) = (None, None, VecDeque::<TreeUpdate>::new());
        for ((height, mut block), (late, limit, forget, clear)) in (0..).map(Height).zip(blocks).zip(turns) {
            if clear {
                block = model.keys().map(|path| (*path, None)).collect();
            }
            write(&mut model, &block);
            let changes = changes(&block);
            let update = update(&whole, base, height, &changes).unwrap();
            prop_assert_eq!(&tree.update(&disk, base, height, &changes).unwrap(), &update);
            whole.apply(update.clone());
            ahead.push_back(update);
            while ahead.len() > late {
                let update = ahead.pop_front().unwrap();
                written = Some(update.height);
                disk.apply(update);
            }
            if forget {
                let pages: BTreeMap<_, _> =
                    ahead.iter().flat_map(|update| &update.pages).map(|one| (one.0, one)).collect();
                tree = PageTree::of(&pages.into_values().collect::<Vec<_>>(), height);
            } else if let Some(written) = written {
                tree.shrink(limit, written, height, &mut sweep);
            }
            prop_assert_eq!(tree.bytes, tree.counted_bytes());
            prop_assert!(late > 0 || tree.bytes <= limit);
            base = Some(height);
        }
    }

    #[test]
    fn a_trie_has_the_root_that_its_definition_gives(blocks in blocks()) {
        let (mut memory, mut base, mut model) = (MemoryPages::default(), None, Model::new());
        for (height, block) in (0..).map(Height).zip(&blocks) {
            let update = update(&memory, base, height, &changes(block)).unwrap();
            write(&mut model, block);
            prop_assert_eq!(update.root, root_of(&model));
            prop_assert!(update.pages.is_sorted_by(|(a, _), (b, _)| a < b));
            for (id, page) in &update.pages {
                prop_assert!(page != &memory.page(id).unwrap());
                prop_assert!(page.as_ref().is_none_or(|page| page.height() == height));
                prop_assert_eq!(update.page(id), Some(page));
            }
            memory.apply(update);
            base = Some(height);
            // Neither a page too many nor one too few, each where it belongs.
            let walked = walk(&memory).unwrap();
            prop_assert_eq!((walked.root, walked.leaves), (root_of(&model), model.len() as u64));
            prop_assert_eq!(walked.pages, memory.len() as u64);
        }
    }

    #[test]
    fn what_changes_nothing_changes_no_page(blocks in blocks()) {
        let mut archive = Archive::default();
        for block in &blocks {
            let root = archive.apply(&changes(block)).root;
            let again = archive.apply(&changes(block));
            prop_assert_eq!((again.root, again.pages), (root, vec![]));
        }
    }

    #[test]
    fn every_height_stays_readable_by_what_was_replaced_since(blocks in blocks(), stride in select(vec![1, 400])) {
        let (mut archive, mut models) = (Archive { stride, ..Archive::default() }, Vec::new());
        for block in &blocks {
            let mut model = models.last().cloned().unwrap_or_default();
            write(&mut model, block);
            archive.apply(&changes(block));
            models.push(model);
        }
        for (at, model) in (0..).zip(&models) {
            let walked = walk(&Earlier(&archive, Height(at * stride))).unwrap();
            prop_assert_eq!((walked.root, walked.leaves), (root_of(model), model.len() as u64));
        }
    }

    #[test]
    fn what_is_there_and_what_is_not_can_be_proved(blocks in blocks(), strange in vec(path(), 4)) {
        let (mut archive, mut model) = (Archive::default(), Model::new());
        for block in &blocks {
            archive.apply(&changes(block));
            write(&mut model, block);
        }
        let root = root_of(&model);
        for path in model.keys().chain(&strange) {
            let proof = prove(&archive.pages, path).unwrap();
            prop_assert_eq!(proof.verify_path(&root, path, model.get(path)), Ok(()));
            prop_assert!(proof.verify_path(&root, path, Some(&Hash([0xaa; 32]))).is_err());
        }
    }

    #[test]
    fn a_height_that_is_written_in_pieces_ends_the_same(block in blocks().prop_map(|mut blocks| blocks.remove(0))) {
        let at = Height(7);
        let (mut memory, mut root, mut base) = (MemoryPages::default(), EMPTY, None);
        for piece in changes(&block).chunks(3) {
            let update = update(&memory, base, at, piece).unwrap();
            root = update.root;
            memory.apply(update);
            base = Some(at);
        }
        let mut model = Model::new();
        write(&mut model, &block);
        prop_assert_eq!(root, root_of(&model));
    }

    #[test]
    fn a_page_is_what_was_stored(blocks in blocks()) {
        let mut archive = Archive::default();
        for block in &blocks {
            archive.apply(&changes(block));
        }
        for (id, page) in archive.pages.all() {
            let bytes = page.as_bytes();
            prop_assert_eq!(&Page::from_bytes(id, bytes).unwrap(), page);
            prop_assert!(Page::from_bytes(id, &bytes[..bytes.len() - 1]).is_err());
            prop_assert!(Page::from_bytes(id, &[bytes, &[0]].concat()).is_err());
            let id_bytes = id.to_bytes();
            let with_more = [&id_bytes[..], &[1, 2]].concat();
            prop_assert_eq!(PageId::split_from(&with_more), Some((*id, &[1_u8, 2][..])));
            prop_assert_eq!(PageId::split_from(&id_bytes[..id_bytes.len() - 1]), None);
        }
        // Stores go through ids in the order of their bytes.
        let ids: Vec<_> = archive.pages.all().map(|(id, _)| id.to_bytes()).collect();
        prop_assert!(ids.is_sorted());
    }
}

/// Where there are many changes, several threads work; the definition does not know.
/// So many that slots are shared out to threads, with pages in memory below them and without.
#[test]
fn many_changes_of_pages_in_memory_come_to_the_same() {
    let path = |number: u32| Hash(*blake3::hash(&number.to_le_bytes()).as_bytes());
    let change = |number: u32, value: Option<u8>| LeafChange {
        path: path(number),
        value: value.map(|value| Hash([value; 32])),
    };
    let blocks: [Vec<LeafChange>; 6] = [
        (0..3_000).map(|number| change(number, Some(1))).collect(),
        (0..6_000).step_by(3).map(|number| change(number, Some(2))).collect(),
        (0..6_000).step_by(2).map(|number| change(number, None)).collect(),
        (0..300).map(|number| change(number, Some(3))).collect(),
        (0..6_000).map(|number| change(number, None)).collect(),
        (0..1_000).map(|number| change(number, Some(4))).collect(),
    ];
    let (mut whole, mut tree, mut base) = (MemoryPages::default(), PageTree::default(), None);
    let never = MemoryPages::default();
    for (height, mut changes) in (0..).map(Height).zip(blocks) {
        changes.sort_unstable_by_key(|change| change.path);
        let update = update(&whole, base, height, &changes).unwrap();
        assert_eq!(tree.update(&never, base, height, &changes).unwrap(), update);
        assert_eq!(tree.bytes, tree.counted_bytes());
        whole.apply(update);
        base = Some(height);
    }
}

#[test]
fn many_changes_at_once_come_to_the_same_as_one_by_one() {
    let hashed = |seed: u32| Hash(*blake3::hash(&seed.to_le_bytes()).as_bytes());
    let mut all: Vec<LeafChange> =
        (0..3_000).map(|seed| Leaf { path: hashed(seed), value: hashed(seed + 1) }.into()).collect();
    all.sort_unstable_by_key(|change| change.path);
    let (mut at_once, mut singly) = (Archive::default(), Archive::default());
    at_once.apply(&all);
    for change in &all {
        singly.apply(std::slice::from_ref(change));
    }
    let model: Model = all.iter().map(|change| (change.path, change.value.unwrap())).collect();
    for archive in [&mut at_once, &mut singly] {
        let walked = walk(&archive.pages).unwrap();
        assert_eq!((walked.root, walked.leaves), (root_of(&model), 3_000));
    }
    let none: Vec<LeafChange> =
        all.iter().map(|change| LeafChange { path: change.path, value: None }).collect();
    let emptied = at_once.apply(&none);
    assert_eq!(emptied.root, EMPTY);
    assert!(at_once.pages.is_empty());
}

/// The deepest trie that there can be: two paths that differ in their last bit.
#[test]
fn paths_that_part_at_the_last_bit_take_every_level() {
    let mut last = [7; 32];
    last[31] = 6;
    let mut archive = Archive::default();
    let both = [
        Leaf { path: Hash(last), value: Hash([1; 32]) }.into(),
        Leaf { path: Hash([7; 32]), value: Hash([2; 32]) }.into(),
    ];
    let update = archive.apply(&both);
    assert_eq!(update.pages.len(), 64);
    assert_eq!(update.pages.last().unwrap().0.level(), 63);
    let proof = prove(&archive.pages, &Hash([7; 32])).unwrap();
    assert_eq!(proof.siblings.len(), 256);
    assert_eq!(proof.verify_path(&update.root, &Hash([7; 32]), Some(&Hash([2; 32]))), Ok(()));
    let update = archive.apply(&[LeafChange { path: Hash(last), value: None }]);
    assert_eq!((update.root, update.pages.len()), (leaf(&Hash([7; 32]), &Hash([2; 32])), 64));
    assert_eq!(archive.pages.len(), 1);
}

#[test]
fn a_walk_finds_a_page_that_is_not_what_its_parent_says() {
    let hashed = |seed: u32| Hash(*blake3::hash(&seed.to_le_bytes()).as_bytes());
    let mut all: Vec<LeafChange> =
        (0..200).map(|seed| Leaf { path: hashed(seed), value: hashed(seed) }.into()).collect();
    all.sort_unstable_by_key(|change| change.path);
    let mut archive = Archive::default();
    archive.apply(&all);
    let mut pages = archive.pages;
    let below: Vec<PageId> = pages.all().map(|(id, _)| *id).filter(|id| id.level() > 0).collect();
    for id in below {
        let page = pages.page(&id).unwrap().unwrap();
        let (at, first) = page.slots().enumerate().find_map(|(at, slot)| Some((at, slot?))).unwrap();
        let other = match first {
            Slot::Leaf(leaf) => Slot::Leaf(Leaf { value: Hash([9; 32]), ..leaf }),
            Slot::Branch(_) => Slot::Branch(Hash([9; 32])),
        };
        let mut changed = PageWriter::new();
        changed.push(at, Some(other));
        changed.copy(&page, at + 1..SLOTS);
        pages.put(id, changed.finish(Height(0)));
        assert!(walk(&pages).is_err());
        pages.put(id, page);
    }
    walk(&pages).unwrap();
}

/// Some page with these slots.
fn page_of(slots: &[(usize, Slot)]) -> Page {
    let mut page = PageWriter::new();
    slots.iter().for_each(|(at, slot)| page.push(*at, Some(*slot)));
    page.finish(Height(0))
}

fn root_alone(page: Page) -> MemoryPages {
    let mut pages = MemoryPages::default();
    pages.put(PageId::ROOT, page);
    pages
}

fn leaf_on(first: u8) -> Slot {
    let mut path = [0; 32];
    path[0] = first;
    Slot::Leaf(Leaf { path: Hash(path), value: Hash([1; 32]) })
}

const fn branch_of(node: u8) -> Slot {
    Slot::Branch(Hash([node; 32]))
}

/// Bytes that could be a page's, and that an update, a proof or a walk would panic at or take for something else.
#[test]
fn a_page_that_no_trie_has_at_its_place_is_refused() {
    let below = PageId::ROOT.child(2);
    let last = (0..63).fold(PageId::ROOT, |id, _| id.child(0));
    let good = branch_of(7);
    for (id, slots, whole) in [
        (PageId::ROOT, &[][..], false),
        (PageId::ROOT, &[(2, leaf_on(0x25))], true),
        (PageId::ROOT, &[(3, leaf_on(0x25))], false),
        (PageId::ROOT, &[(4, good)], true),
        (PageId::ROOT, &[(4, branch_of(0))], false),
        (PageId::ROOT, &[(4, branch_of(0x80))], false),
        (below, &[(5, leaf_on(0x25)), (6, leaf_on(0x26))], true),
        (below, &[(5, leaf_on(0x25)), (6, leaf_on(0x36))], false),
        (below, &[(5, leaf_on(0x25)), (7, leaf_on(0x26))], false),
        (below, &[(5, leaf_on(0x25))], false),
        (below, &[(5, good)], true),
        (below, &[], false),
        (last, &[(0, leaf_on(0)), (1, good)], false),
        (last, &[(0, leaf_on(0)), (1, leaf_on(0))], false),
    ] {
        let page = page_of(slots);
        let found = Page::from_bytes(&id, page.as_bytes());
        assert_eq!(found.is_ok(), whole, "{id:?} {slots:?}");
        if id == PageId::ROOT && !whole {
            assert!(walk(&root_alone(page)).is_err());
        }
    }
}

/// It would prove that an entry is absent which is below.
#[test]
fn a_branch_with_the_node_of_a_leaf_proves_nothing() {
    let pages = root_alone(page_of(&[(4, branch_of(0x80))]));
    assert!(matches!(prove(&pages, &Hash([0x44; 32])), Err(StateError::Damaged { .. })));
}

#[test]
fn a_rebuilt_root_does_not_depend_on_how_much_is_held_at_once() {
    let base = MemoryStore::new();
    let mut delta = Delta::new(&base);
    for seed in 0..1_500_u32 {
        delta.set(seed.to_be_bytes().to_vec(), vec![1; (seed % 70) as usize]);
    }
    let mut store = base.clone();
    store.apply(&delta.into_changes().unwrap());
    for at_once in [1, 3, 100, 1_499, 1_500, u64::MAX] {
        let found = rebuild(&store, at_once).unwrap();
        assert_eq!(found, Rebuilt { root: store.root(), entries: 1_500 }, "{at_once}");
    }
    assert_eq!(rebuild(&MemoryStore::new(), 1).unwrap(), Rebuilt { root: EMPTY, entries: 0 });
    let key = 7_u32.to_be_bytes();
    let value = store.get(&key).unwrap();
    assert_eq!(store.prove(&key).verify(&store.root(), &key, value.as_deref()), Ok(()));
    assert_eq!(store.prove(b"absent").verify(&store.root(), b"absent", None), Ok(()));
}
