//! What a folder holds after a start, after blocks, and what is refused.

mod pruning;
mod trie;

use std::path::Path;

use lockstep_abi::{Action, Amount, GasPrice, Nonce, SignedTx, TxBody};
use lockstep_runtime::{Engine, Log, account, execute_block};
use lockstep_state::{
    AtError, Changes, Delta, Sync, key,
    merkle::{Page, PageId, TreeUpdate, leaf_changes, rebuild},
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

pub(crate) fn transfer(nonce: u64) -> SignedTx {
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

pub(crate) fn extend(chain: &Chain, txs: Vec<SignedTx>) -> Head {
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
    batch.set_tree(Arc::clone(view.trie().wait().unwrap()));
    change(&mut batch);
    let trie = chain.follower.promise(Arc::clone(view.trie()));
    chain.store.commit(batch).unwrap();
    trie
}

/// A block after which no trie can be computed: that before it has but a root, which names pages that there are not.
pub(crate) fn extend_without_pages(chain: &Chain) {
    let head = chain.view().unwrap().head().clone();
    let mut header = head.child(0, dev::proposer(), Gas::ZERO);
    header.state_root = chain.view().unwrap().head_root().unwrap();
    let block = Block { header, txs: List::default() };
    let output = BlockOutput { changes: Changes::default(), receipts: Vec::new() };
    let view = chain.view().unwrap();
    let branches = [&[0; 8][..], &[0xFF, 0xFF, 0, 0], &[1; 16 * 32]].concat();
    let root = Page::from_bytes(&PageId::ROOT, &branches).unwrap();
    let pages = vec![(PageId::ROOT, Some(root))];
    let without = TreeUpdate { pages, ..TreeUpdate::clone(view.trie().wait().unwrap()) };
    let step = Step { block: &block, ids: &[], output: &output };
    let mut batch = step.batch(&step.head());
    batch.set_tree(Arc::new(without));
    let trie = chain.follower.promise(Arc::clone(view.trie()));
    chain.store.commit(batch).unwrap();
    // After a trie that was not committed, pages are taken from those that were.
    drop(chain.store.update_tree(block.header.height, &leaf_changes(&damage(chain))).unwrap());
    chain.follower.follow(trie, damage(chain));
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
    // Tries that are on disk: those that are not are made anew at the start, from the state.
    let store = RocksOptions { page_cache_bytes: 0, ..OPTIONS.store };
    let chain = Chain::open(folder.path(), &genesis(), &ChainOptions { store, ..OPTIONS }).unwrap();
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
