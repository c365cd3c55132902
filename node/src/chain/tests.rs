//! What a folder holds after a start, after blocks, and what is refused.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use lockstep_abi::{Action, Amount, GasPrice, Nonce, SignedTx, TxBody};
use lockstep_runtime::{Engine, Log, account, execute_block};
use lockstep_state::{
    AtError, Changes, Delta, Sync, key,
    merkle::{TreeUpdate, rebuild},
};

use super::*;
use crate::{client::key::Key, dev};

const OPTIONS: ChainOptions = ChainOptions {
    store: RocksOptions {
        cache_bytes: 1 << 20,
        page_cache_bytes: 1 << 20,
        background_threads: 1,
        max_open_files: 64,
        sync: Sync::Always,
    },
    pruning: None,
};

fn genesis() -> Genesis {
    dev::genesis(dev::CHAIN_ID.parse().unwrap())
}

fn open(path: &Path) -> Chain {
    Chain::open(path, &genesis(), &OPTIONS).unwrap()
}

fn transfer(nonce: u64) -> SignedTx {
    let key = Key::from(dev::key("alice").unwrap());
    let action = Action::Transfer { to: Address([7; 32]), amount: Amount(5) };
    key.sign(TxBody {
        chain_id: genesis().chain_id,
        signer: key.public(),
        nonce: Nonce(nonce),
        gas_limit: Gas::mega(1_000),
        gas_price: GasPrice(1),
        expiry: Height(1_000),
        actions: List::try_from(vec![action]).unwrap(),
    })
}

/// The next block with these transactions, and what it comes to.
fn build(chain: &Chain, txs: Vec<SignedTx>) -> (Block, BlockOutput) {
    let head = chain.view().unwrap().head().clone();
    let mut header = head.child(0, dev::proposer(), Gas::mega(10_000));
    header.txs_hash = block::txs_hash(&txs);
    header.state_root = chain.view().unwrap().head_root().unwrap();
    let block = Block { header, txs: List::try_from(txs).unwrap() };
    let engine = Engine::default();
    let output = execute_block(&engine, chain.state(), &block, Log::default()).unwrap().unwrap();
    (block, output)
}

fn extend(chain: &Chain, txs: Vec<SignedTx>) -> Head {
    let (block, output) = build(chain, txs);
    chain.commit(&block, &output).unwrap()
}

#[test]
fn a_new_chain_is_its_genesis() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    let view = chain.view().unwrap();
    assert_eq!(view.head().height(), Height(0));
    assert_eq!(view.root_after(Height(0)).unwrap(), Some(rebuild(view.state(), 100).unwrap().root));
    assert_eq!(view.root_after(Height(1)).unwrap(), None);
    let (alice, balance) = genesis().balances[0];
    assert_eq!(account(view.state(), &alice).unwrap().balance, balance);
    assert_eq!(view.block(Height(0)).unwrap().unwrap(), genesis_block(&genesis()));
    assert_eq!(view.block(Height(1)).unwrap(), None);
}

#[test]
fn a_block_is_found_by_height_and_id_and_its_transactions_by_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    let txs = vec![transfer(0), transfer(1)];
    let (block, output) = build(&chain, txs.clone());
    let head = chain.commit(&block, &output).unwrap();
    extend(&chain, Vec::new());
    let view = chain.view().unwrap();
    assert_eq!(view.block(Height(1)).unwrap(), Some(block));
    assert_eq!(view.receipts(Height(1)).unwrap(), output.receipts);
    assert_eq!(view.height_of(&head.id).unwrap(), Some(Height(1)));
    assert_eq!(view.head_at(Height(1)).unwrap(), Some(head));
    let position = Position { height: Height(1), index: 1 };
    assert_eq!(view.position(&txs[1].body.id()).unwrap(), Some(position));
    assert_eq!(view.tx(position).unwrap().as_ref(), Some(&txs[1]));
    assert_eq!(view.receipt(position).unwrap().as_ref(), Some(&output.receipts[1]));
}

#[test]
fn a_chain_that_is_opened_again_is_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let before = extend(&open(folder.path()), vec![transfer(0)]);
    let chain = open(folder.path());
    assert_eq!(*chain.view().unwrap().head(), before);
    drop(chain);
    let chain = Chain::open_existing(folder.path(), &OPTIONS).unwrap();
    assert_eq!((chain.genesis(), chain.view().unwrap().head()), (&genesis(), &before));
}

#[test]
fn a_view_does_not_see_what_is_committed_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    let view = chain.view().unwrap();
    extend(&chain, vec![transfer(0)]);
    assert_eq!(view.head().height(), Height(0));
    assert_eq!(view.header(Height(1)).unwrap(), None);
    assert_eq!(account(view.state(), &Address([7; 32])).unwrap().balance, Amount::ZERO);
}

#[test]
fn a_folder_is_one_chain_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let other = Genesis { chain_id: "other".parse().unwrap(), ..genesis() };
    let error = Chain::open(folder.path(), &other, &OPTIONS).unwrap_err();
    assert!(matches!(error, ChainError::OtherChain { .. }), "{error}");
    let later = Genesis { time_ms: 1, ..genesis() };
    let error = Chain::open(folder.path(), &later, &OPTIONS).unwrap_err();
    assert!(matches!(error, ChainError::OtherGenesis { .. }), "{error}");
    open(folder.path());
}

#[test]
fn a_missing_chain_is_not_made_by_looking_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let error = Chain::open_existing(folder.path(), &OPTIONS).unwrap_err();
    assert!(matches!(error, ChainError::Empty { .. }), "{error}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_state_that_is_not_the_heads_is_noticed_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    let (mut block, output) = build(&chain, Vec::new());
    block.header.state_root = Hash([1; 32]);
    commit_unchecked(&chain, &block, &output, |_| {});
    drop(chain);
    let error = Chain::open(folder.path(), &genesis(), &OPTIONS).unwrap_err();
    assert!(matches!(error, ChainError::Root { .. }), "{error}");
}

#[test]
fn a_header_continues_its_parent_or_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    let head = chain.view().unwrap().head().clone();
    let root = Hash([8; 32]);
    let good = Header { state_root: root, ..head.child(0, dev::proposer(), Gas::mega(1)) };
    assert_eq!(head.check_child(&good, root), Ok(()));
    // A clock that went back does not make time go back.
    assert_eq!(good.time_ms, head.header.time_ms + 1);
    let refused = |header: Header| head.check_child(&header, root).unwrap_err();
    assert!(matches!(refused(Header { height: Height(2), ..good.clone() }), InvalidHeader::Height { .. }));
    assert!(matches!(refused(Header { parent: Hash([1; 32]), ..good.clone() }), InvalidHeader::Parent));
    let time_ms = head.header.time_ms;
    assert!(matches!(refused(Header { time_ms, ..good.clone() }), InvalidHeader::Time { .. }));
    let other = Hash([1; 32]);
    assert!(matches!(refused(Header { state_root: other, ..good.clone() }), InvalidHeader::StateRoot { .. }));
    let refused = refused(Header { receipts_hash: other, ..good });
    assert!(matches!(refused, InvalidHeader::ReceiptsHash { .. }));
}

#[test]
#[should_panic(expected = "a block that continues the chain")]
fn a_block_is_committed_once() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    let (block, output) = build(&chain, vec![transfer(0)]);
    chain.commit(&block, &output).unwrap();
    let _ = chain.commit(&block, &output);
}

#[test]
fn a_replay_comes_to_the_same_and_notices_a_receipt_that_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    extend(&chain, vec![transfer(0)]);
    let head = extend(&chain, vec![transfer(1), transfer(2)]);
    let engine = Engine::default();
    let mut roots = Vec::new();
    assert_eq!(replay(&chain, &engine, |block| roots.push(block.state_root)).unwrap(), head);
    assert_eq!(roots.len(), 3);

    let position = Position { height: Height(1), index: 0 };
    let mut receipt = chain.view().unwrap().receipt(position).unwrap().unwrap();
    receipt.fee = Amount(1);
    let (block, output) = build(&chain, Vec::new());
    let changed = |batch: &mut CommitBatch<'_>| {
        batch.set_record(Family::Receipts, tx_key(position), codec::encode(&receipt));
    };
    commit_unchecked(&chain, &block, &output, changed);
    let error = replay(&chain, &engine, |_| {}).unwrap_err();
    assert!(matches!(error, ReplayError::Receipts { height: Height(1) }), "{error}");
}

/// Writes a block as an honest node would not: its header and output are not looked at, and `change` may do anything.
/// Gives its trie, which is still to be computed.
fn commit_unchecked(
    chain: &Chain,
    block: &Block,
    output: &BlockOutput,
    change: impl FnOnce(&mut CommitBatch<'_>),
) -> Arc<follower::Awaited> {
    let view = chain.view().unwrap();
    let step = Step { block, ids: &[], output };
    let mut batch = step.batch(&step.head());
    batch.set_tree(view.trie().wait().unwrap());
    change(&mut batch);
    let trie = chain.follower.promise(Arc::clone(view.trie()));
    chain.store.commit(batch).unwrap();
    trie
}

/// An empty block after which no trie can be computed: that before it is written without its pages.
pub(crate) fn extend_without_pages(chain: &Chain) {
    let head = chain.view().unwrap().head().clone();
    let mut header = head.child(0, dev::proposer(), Gas::ZERO);
    header.state_root = chain.view().unwrap().head_root().unwrap();
    let block = Block { header, txs: List::default() };
    let output = BlockOutput { changes: Changes::default(), receipts: Vec::new() };
    let view = chain.view().unwrap();
    let without = TreeUpdate { pages: Vec::new(), ..view.trie().wait().unwrap().clone() };
    let step = Step { block: &block, ids: &[], output: &output };
    let mut batch = step.batch(&step.head());
    batch.set_tree(&without);
    let trie = chain.follower.promise(Arc::clone(view.trie()));
    chain.store.commit(batch).unwrap();
    chain.follower.follow(trie, Changes::default());
}

/// The changes of one entry, behind the back of whoever computes the trie.
fn damage(chain: &Chain) -> Changes {
    let mut delta = Delta::new(&*chain.store);
    delta.set(lockstep_state::key::code(&Hash([9; 32])), b"never stored".to_vec());
    delta.into_changes().unwrap()
}

/// At the start roots are compared, which the node wrote itself: an entry that was changed without the trie, say by a
/// failing disk, is found only by reading all of them.
#[test]
fn an_audit_and_a_replay_notice_an_entry_that_was_changed_behind_the_tries_back() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    extend(&chain, vec![transfer(0)]);
    let (block, honest) = build(&chain, Vec::new());
    let damaged = BlockOutput { changes: damage(&chain), receipts: Vec::new() };
    let trie = commit_unchecked(&chain, &block, &damaged, |_| {});
    // The next block has the root that the state would have.
    chain.follower.follow(trie, honest.changes);
    extend(&chain, Vec::new());
    drop(chain);
    let chain = open(folder.path());
    let error = replay(&chain, &Engine::default(), |_| {}).unwrap_err();
    assert!(matches!(&error, ReplayError::State { .. }), "{error}");
    assert_eq!(error.name(), "not_the_same");
    let error = audit(&chain).unwrap_err();
    assert!(matches!(&error, AuditError::Entries { height: Height(2), .. }), "{error}");
    assert_eq!(error.name(), "not_the_same");
}

#[test]
fn an_audit_counts_what_it_found_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    let root = chain.view().unwrap().head_root().unwrap();
    let found = audit(&chain).unwrap();
    assert_eq!((found.height, found.root, found.entries, found.pages), (Height(0), root, 3, 0));
    extend(&chain, vec![transfer(0)]);
    let found = audit(&chain).unwrap();
    assert_eq!((found.height, found.root, found.entries), (Height(0), root, 3));
    extend(&chain, Vec::new());
    let found = audit(&chain).unwrap();
    // Who got the transfer, and who got the fee.
    assert_eq!((found.height, found.entries), (Height(1), 5));
    assert_eq!(found.root, chain.view().unwrap().head().header.state_root);
}

#[test]
fn the_root_of_each_height_is_in_the_next_header() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    let mut roots = vec![chain.view().unwrap().head_root().unwrap()];
    for nonce in 0..3 {
        let head = extend(&chain, vec![transfer(nonce)]);
        assert_eq!(head.header.state_root, *roots.last().unwrap());
        roots.push(rebuild(chain.state(), 100).unwrap().root);
    }
    drop(chain);
    // Computed anew from what the newest block changed.
    let chain = open(folder.path());
    for (height, root) in (0..).map(Height).zip(roots) {
        assert_eq!(chain.view().unwrap().root_after(height).unwrap(), Some(root));
    }
}

#[test]
fn an_entry_is_proved_against_the_header_after_its_height() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    let to: lockstep_abi::state::StateKey = key::account(&Address([7; 32])).to_vec().try_into().unwrap();
    let error = chain.view().unwrap().prove(Height(0), to.clone()).unwrap_err();
    assert!(matches!(error, ProveError::NoHeader { .. }), "{error}");
    let ids: Vec<Hash> = (0..3).map(|nonce| extend(&chain, vec![transfer(nonce)]).id).collect();
    let view = chain.view().unwrap();
    for (height, balance) in [(0, None), (1, Some(5)), (2, Some(10))] {
        let proof = view.prove(Height(height), to.clone()).unwrap();
        let value = proof.get(&ids[usize::try_from(height).unwrap()], &to).unwrap();
        let account = value.map(|value| lockstep_abi::state::Account::decode(value).unwrap());
        assert_eq!(account.map(|account| account.balance.0), balance);
        assert_eq!(proof.height(), Some(Height(height)));
    }
    let error = view.prove(Height(3), to.clone()).unwrap_err();
    assert!(matches!(error, ProveError::NoHeader { .. }), "{error}");
    let error = view.prove(Height(4), to).unwrap_err();
    assert!(matches!(error, ProveError::At(AtError::Future { .. })), "{error}");
}

/// Every height from the oldest on answers as it did, and nothing below does.
fn assert_keeps(chain: &Chain, states_from: u64, blocks_from: u64, newest: u64) {
    let view = chain.view().unwrap();
    assert_eq!(
        (view.oldest_state().unwrap(), view.oldest_block().unwrap()),
        (Height(states_from), Height(blocks_from))
    );
    for height in 0..=newest {
        let state = view.state_at(Height(height));
        match height < states_from {
            true => assert!(matches!(state, Err(AtError::Pruned { .. }))),
            // One transfer of 5 a block.
            false => assert_eq!(
                account(&state.unwrap(), &Address([7; 32])).unwrap().balance,
                Amount(5 * u128::from(height))
            ),
        }
        assert_eq!(view.block(Height(height)).unwrap().is_some(), height >= blocks_from);
        if height > 0 {
            let id = transfer(height - 1).body.id();
            assert_eq!(view.position(&id).unwrap().is_some(), height >= blocks_from);
            assert_eq!(view.receipts(Height(height)).unwrap().len(), usize::from(height >= blocks_from));
        }
    }
}

#[test]
fn what_is_pruned_is_gone_and_what_is_kept_answers_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let with = |pruning| ChainOptions { pruning: Some(pruning), ..OPTIONS };
    let open = |pruning| Chain::open(folder.path(), &genesis(), &with(pruning)).unwrap();
    let two = Pruning::Blocks(2.try_into().unwrap());
    let chain = open(Pruning::Archive);
    (0..9).for_each(|nonce| _ = extend(&chain, vec![transfer(nonce)]));
    assert_keeps(&chain, 0, 0, 9);
    drop(chain);
    // A few heights with each block, until no more than the setting says is there.
    let chain = open(two);
    extend(&chain, vec![transfer(9)]);
    assert_keeps(&chain, 4, 4, 10);
    extend(&chain, vec![transfer(10)]);
    assert_keeps(&chain, 8, 8, 11);
    extend(&chain, vec![transfer(11)]);
    assert_keeps(&chain, 10, 10, 12);
    let error = replay(&chain, &Engine::default(), |_| {}).unwrap_err();
    assert!(matches!(error, ReplayError::Pruned { oldest: Height(10) }), "{error}");
    assert_eq!(error.name(), "pruned");
    audit(&chain).unwrap();
    drop(chain);
    // What is gone does not come back; what comes is kept.
    let chain = open(Pruning::Archive);
    extend(&chain, vec![transfer(12)]);
    extend(&chain, vec![transfer(13)]);
    assert_keeps(&chain, 10, 10, 14);
}

#[test]
fn a_full_node_keeps_all_blocks_and_the_last_states() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    let newest = FULL_STATES + 3;
    (0..newest).for_each(|nonce| _ = extend(&chain, vec![transfer(nonce)]));
    assert_keeps(&chain, 3, 0, newest);
    replay(&chain, &Engine::default(), |_| {}).unwrap();
}

#[test]
fn what_was_chosen_to_be_kept_holds_until_something_else_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let open =
        |pruning| Chain::open(folder.path(), &genesis(), &ChainOptions { pruning, ..OPTIONS }).unwrap();
    let two = Pruning::Blocks(2.try_into().unwrap());
    assert_eq!(open(Some(Pruning::Archive)).pruning(), Pruning::Archive);
    // From the first block on.
    assert_eq!(open(None).pruning(), Pruning::Archive);
    let chain = open(Some(two));
    (0..5).for_each(|nonce| _ = extend(&chain, vec![transfer(nonce)]));
    drop(chain);
    let chain = open(None);
    assert_eq!(chain.pruning(), two);
    extend(&chain, vec![transfer(5)]);
    assert_keeps(&chain, 4, 4, 6);
}

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
