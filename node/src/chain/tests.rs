//! What a folder holds after a start, after blocks, and what is refused.

use std::path::Path;

use lockstep_abi::{Action, Amount, GasPrice, Nonce, SignedTx, TxBody};
use lockstep_runtime::{Engine, Log, account, execute_block};

use super::*;
use crate::{client::key::Key, dev};

const OPTIONS: RocksOptions =
    RocksOptions { cache_bytes: 1 << 20, background_threads: 1, max_open_files: 64 };

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
        expiry: Height(100),
        actions: List::try_from(vec![action]).unwrap(),
    })
}

/// The next block with these transactions, and what it comes to.
fn build(chain: &Chain, txs: Vec<SignedTx>) -> (Block, BlockOutput) {
    let head = chain.view().unwrap().head().clone();
    let mut header = head.child(0, dev::proposer(), Gas::mega(10_000));
    header.txs_hash = block::txs_hash(&txs);
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
    assert_eq!(view.head().state_root, chain.store.commitment().unwrap().root());
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
    let commitment = chain.store.commitment().unwrap();
    let mut head = chain.view().unwrap().head().clone();
    head.state_root = Hash([1; 32]);
    let changes = lockstep_state::Changes::default();
    let mut batch = CommitBatch::new(&changes, &commitment);
    batch.set_record(Family::Meta, HEAD.to_vec(), codec::encode(&head));
    chain.store.commit(batch).unwrap();
    drop(chain);
    let error = Chain::open(folder.path(), &genesis(), &OPTIONS).unwrap_err();
    assert!(matches!(error, ChainError::Root { .. }), "{error}");
}

#[test]
fn a_header_continues_its_parent_or_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    let head = chain.view().unwrap().head().clone();
    let good = head.child(0, dev::proposer(), Gas::mega(1));
    assert_eq!(head.check_child(&good), Ok(()));
    // A clock that went back does not make time go back.
    assert_eq!(good.time_ms, head.header.time_ms + 1);
    let refused = |header: Header| head.check_child(&header).unwrap_err();
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
    let (changes, commitment) = (lockstep_state::Changes::default(), chain.store.commitment().unwrap());
    let mut batch = CommitBatch::new(&changes, &commitment);
    batch.set_record(Family::Receipts, tx_key(position), codec::encode(&receipt));
    chain.store.commit(batch).unwrap();
    let error = replay(&chain, &engine, |_| {}).unwrap_err();
    assert!(matches!(error, ReplayError::Receipts { height: Height(1) }), "{error}");
}

/// The root at the start is that of the stored commitment: an entry that was changed without it, say by a
/// failing disk, is found only by reading all of them.
#[test]
fn a_replay_notices_a_state_entry_that_was_changed_behind_the_commitments_back() {
    let folder = tempfile::tempdir().unwrap();
    let chain = open(folder.path());
    extend(&chain, vec![transfer(0)]);
    let mut delta = lockstep_state::Delta::new(&chain.store);
    delta.set(lockstep_state::key::code(&Hash([9; 32])), b"never stored".to_vec());
    let changes = delta.into_changes().unwrap();
    let commitment = chain.store.commitment().unwrap();
    chain.store.commit(CommitBatch::new(&changes, &commitment)).unwrap();
    drop(chain);
    let error = replay(&open(folder.path()), &Engine::default(), |_| {}).unwrap_err();
    assert!(matches!(&error, ReplayError::State { .. }), "{error}");
}
