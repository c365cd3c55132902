//! The trie that is computed meanwhile: whoever sees a block gets its root, or learns that there will be none.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use super::*;

/// A head could once be seen for a moment before its trie was promised: who asked for its root was told that it is not
/// the newest block.
#[test]
fn whoever_sees_a_head_gets_its_root_while_blocks_are_committed() {
    const BLOCKS: u64 = 1_000;
    let folder = tempfile::tempdir().unwrap();
    let store = RocksOptions { sync: Sync::Interval(Duration::from_secs(60)), ..OPTIONS.store };
    let options = ChainOptions { store, pruning: Some(Pruning::Blocks(1.try_into().unwrap())) };
    let chain = Chain::open(folder.path(), &genesis(), &options).unwrap();
    let done = AtomicBool::new(false);
    let ask = || {
        let mut asked = Vec::new();
        while !done.load(Ordering::Relaxed) {
            let view = chain.view().unwrap();
            let (height, known) = (view.head().height(), view.known_root().unwrap());
            assert!(known.height == height || known.height.next() == height);
            let root = view.root_after(height).unwrap().expect("the root of the head");
            assert_eq!(view.root_after(known.height).unwrap(), Some(known.root));
            asked.push((height, root));
        }
        asked
    };
    let mut roots = Vec::new();
    let asked = std::thread::scope(|scope| {
        let threads = [scope.spawn(ask), scope.spawn(ask)];
        for number in 0..BLOCKS {
            let (height, root) = {
                let view = chain.view().unwrap();
                (view.head().height(), view.head_root().unwrap())
            };
            roots.push((height, root));
            let mut delta = Delta::new(&*chain.store);
            // Enough that the trie is not there at once.
            for byte in 0..20 {
                delta.set(key::code(&Hash([byte; 32])), number.to_be_bytes().to_vec());
            }
            let output = BlockOutput { changes: delta.into_changes().unwrap(), receipts: Vec::new() };
            let mut header = chain.view().unwrap().head().child(0, dev::proposer(), Gas::ZERO);
            header.state_root = root;
            chain.commit(&Block { header, txs: List::default() }, &output).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        threads.map(|thread| thread.join().unwrap()).concat()
    });
    roots.push((Height(BLOCKS), chain.view().unwrap().head_root().unwrap()));
    assert!(asked.len() > 100, "{}", asked.len());
    for (height, root) in asked {
        assert_eq!(roots[usize::try_from(height.0).unwrap()], (height, root));
    }
}

#[test]
fn a_view_answers_from_its_own_instant_whatever_is_forgotten_since() {
    let folder = tempfile::tempdir().unwrap();
    let pruning = Some(Pruning::Blocks(1.try_into().unwrap()));
    let chain = Chain::open(folder.path(), &genesis(), &ChainOptions { pruning, ..OPTIONS }).unwrap();
    extend(&chain, vec![transfer(0)]);
    let view = chain.view().unwrap();
    let root = rebuild(view.state(), 100).unwrap().root;
    (1..8).for_each(|nonce| _ = extend(&chain, vec![transfer(nonce)]));
    assert_eq!(chain.view().unwrap().oldest_block().unwrap(), Height(7));
    assert_eq!(view.root_after(Height(1)).unwrap(), Some(root));
    assert_eq!(view.root_after(Height(0)).unwrap(), Some(view.head().header.state_root));
    let position = view.position(&transfer(0).body.id()).unwrap().unwrap();
    assert!(view.receipt(position).unwrap().is_some() && view.tx(position).unwrap().is_some());
}

/// No block can follow: everybody is told the same, with the cause, and so is who never asks.
#[test]
fn a_trie_that_cannot_be_computed_is_the_same_error_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    let (view, mut newest) = (chain.view().unwrap(), chain.newest_trie());
    extend_without_pages(&chain);
    let told = |error: ChainError| match error {
        ChainError::Trie(error) => error,
        other => panic!("{other}"),
    };
    let of_view = |view: View<'_>| told(view.head_root().unwrap_err());
    let first = of_view(chain.view().unwrap());
    assert_eq!(
        crate::hub::words(&first),
        "the Merkle trie after block 1 cannot be computed: \
        the store is damaged: a page of the Merkle trie is missing"
    );
    let head = chain.view().unwrap().head().clone();
    let block = Block { header: head.child(0, dev::proposer(), Gas::ZERO), txs: List::default() };
    let output = BlockOutput { changes: Changes::default(), receipts: Vec::new() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let unasked = runtime.block_on(async {
        let told = tokio::time::timeout(Duration::from_secs(30), newest.wait_for(Result::is_err));
        told.await.unwrap().unwrap().clone().unwrap_err()
    });
    let others = [of_view(chain.view().unwrap()), told(chain.commit(&block, &output).unwrap_err()), unasked];
    for other in others {
        assert!(Arc::ptr_eq(&first.source, &other.source), "{other}");
    }
    // What was seen before is there.
    view.head_root().unwrap();
}
