//! What a whole node does that cannot be brought about from outside: its machine breaks, its mempool is
//! wrong, its subscribers lag.

use std::time::{Duration, Instant};

use jsonrpsee_ws_client::WsClientBuilder;
use lockstep_abi::{
    Action, Amount, Block, Gas, GasPrice, Halt, Hash, Height, List, Nonce, SignedTx, TxBody, codec,
    tx::{CodeSource, Input, Invocation},
};
use lockstep_runtime::{Account, BlockOutput, ContractRecord, InvalidTx, check};
use lockstep_state::{Changes, Delta, key};

use super::*;
use crate::{
    chain::{Head, Pruning, tests::extend_without_pages},
    client::{Client, key::Key},
    dev,
    hub::{Selected, Work},
    mempool::{Dropped, Room},
    rpc::{ApiClient, At},
};

/// For whatever must happen; far more than it takes.
const DEADLINE: Duration = Duration::from_secs(30);
const CONTRACT: Address = Address([3; 32]);

fn config(data: PathBuf) -> NodeConfig {
    NodeConfig {
        data,
        listen: "127.0.0.1:0".parse().unwrap(),
        genesis: dev::genesis(dev::CHAIN_ID.parse().unwrap()),
        chain: ChainOptions::default(),
        settings: Settings::dev(dev::proposer()),
    }
}

/// A chain whose state has a contract with code that could never have been stored.
fn damage(data: &std::path::Path) {
    let config = config(data.into());
    let chain = Chain::open(data, &config.genesis, &config.chain).unwrap();
    let mut delta = Delta::new(chain.state());
    let record = ContractRecord { code: Hash([4; 32]), code_bytes: 7, creator: CONTRACT, admin: None };
    delta.set(key::contract(&CONTRACT), codec::encode(&record));
    delta.set(key::code(&record.code), b"damaged".to_vec());
    let output = BlockOutput { changes: delta.into_changes().unwrap(), receipts: Vec::new() };
    let head = chain.view().unwrap().head().clone();
    let mut header = head.child(0, dev::proposer(), Gas::ZERO);
    header.state_root = chain.view().unwrap().head_root().unwrap();
    chain.commit(&Block { header, txs: List::default() }, &output).unwrap();
}

fn alice() -> Key {
    dev::key("alice").unwrap().into()
}

fn tx(key: &Key, nonce: u64, action: Action) -> Vec<u8> {
    let body = TxBody {
        chain_id: dev::CHAIN_ID.parse().unwrap(),
        signer: key.public(),
        nonce: Nonce(nonce),
        gas_limit: Gas::mega(1_000),
        gas_price: GasPrice(1),
        expiry: Height(100),
        actions: List::try_from(vec![action]).unwrap(),
    };
    key.sign(body).encode()
}

fn call() -> Vec<u8> {
    let invocation = Invocation { method: "anything".parse().unwrap(), args: Input::default() };
    tx(&alice(), 0, Action::Call { to: CONTRACT, invocation, value: Amount::ZERO })
}

fn transfer(key: &Key, nonce: u64) -> Vec<u8> {
    tx(key, nonce, Action::Transfer { to: CONTRACT, amount: Amount(1) })
}

/// A question is not signed and costs nothing: it must not be able to stop a node. A block that cannot be
/// executed does.
#[tokio::test]
async fn a_fault_is_an_internal_error_of_a_question_and_stops_the_node_in_a_block() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("chain");
    damage(&data);
    let node = Node::start(config(data.clone())).await.unwrap();
    let client = Client::new(&format!("http://{}", node.address())).unwrap();
    let asked = client.query(CONTRACT, "anything".parse().unwrap(), &[], None, None).await.unwrap_err();
    assert_eq!(asked.name(), "internal");
    let body = SignedTx::decode(&call()).unwrap().body;
    let simulated = client.simulate(&body).await.unwrap_err();
    assert_eq!(simulated.name(), "internal");
    // What is damaged is for the log alone.
    assert!(!simulated.to_string().contains("damaged"), "{simulated}");
    assert_eq!(*node.hub().stopped().borrow(), None);
    client.status().await.unwrap();

    node.hub().submit(&call()).unwrap();
    tokio::time::timeout(DEADLINE, node.ended()).await.unwrap();
    let error = node.stop().await.unwrap_err();
    assert!(matches!(&error, NodeError::Broken(words) if words.contains("is damaged")), "{error}");

    let chain = Chain::open_existing(&data, &ChainOptions::default()).unwrap();
    assert_eq!(chain.view().unwrap().head().height(), Height(1));
}

#[tokio::test]
async fn a_node_that_is_asked_to_stop_ends_well_and_takes_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(config(folder.path().join("chain"))).await.unwrap();
    let hub = Arc::clone(node.hub());
    hub.stop();
    node.ended().await;
    assert!(matches!(hub.submit(&call()), Err(crate::SubmitError::Stopping)));
    node.stop().await.unwrap();
}

/// The mempool keeps a sender within its balance, so that this does not happen; the producer does not
/// count on it.
#[tokio::test]
async fn an_invalid_transaction_is_left_out_alone() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(config(folder.path().join("chain"))).await.unwrap();
    let hub = node.hub();
    let poor = Key::from(ed25519_dalek::SigningKey::from_bytes(&[1; 32]));
    let chain_id = &hub.chain().genesis().chain_id;
    let checked = |nonce| Arc::new(check(&transfer(&poor, nonce), chain_id).unwrap());
    let (first, follower) = (checked(0), checked(1));
    hub.with_pool_mut(|pool| {
        let rich = Account { balance: Amount(1_000_000), nonce: Nonce(0) };
        pool.insert(Arc::clone(&first), rich, Height(1)).unwrap();
        pool.insert(Arc::clone(&follower), rich, Height(1)).unwrap();
    });
    let mut heights = hub.heights();
    hub.submit(&transfer(&alice(), 0)).unwrap();
    let block = heights.wait_for(|height| *height == Height(1));
    let _ = tokio::time::timeout(DEADLINE, block).await.unwrap().unwrap();
    assert_eq!(hub.chain().view().unwrap().receipts(Height(1)).unwrap().len(), 1);
    let dropped = |id| hub.with_pool(|pool| pool.dropped(&id).cloned());
    assert!(matches!(dropped(first.id()), Some(Dropped::Invalid(InvalidTx::CannotPay { .. }))));
    // Not for its nonce: it would have been good after the first.
    assert_eq!(dropped(follower.id()), Some(Dropped::CannotPay));
    node.stop().await.unwrap();
}

/// Whoever executes must not wait for a compiler; others' transactions go on meanwhile.
#[test]
fn a_transaction_with_code_is_in_no_block_before_another_thread_has_compiled_it() {
    let folder = tempfile::tempdir().unwrap();
    let NodeConfig { data, genesis, settings, .. } = config(folder.path().join("chain"));
    let chain = Chain::open(&data, &genesis, &ChainOptions::default()).unwrap();
    let hub = Arc::new(Hub::new(chain, Engine::new(&EngineConfig::default()).unwrap(), settings).unwrap());
    let code = b"\0asm\x01\0\0\0".to_vec().try_into().unwrap();
    let with_code = hub.submit(&tx(&alice(), 0, Action::StoreCode { code })).unwrap();
    let follower = hub.submit(&transfer(&alice(), 1)).unwrap();
    let other = hub.submit(&transfer(&dev::key("bob").unwrap().into(), 0)).unwrap();

    let select = || hub.select(Room::of_block(Gas::mega(1_000_000)), Height(1));
    let ids = |selected: &Selected| selected.txs.iter().map(|tx| tx.id()).collect::<Vec<_>>();
    let before = select();
    assert_eq!(ids(&before), [other]);

    let compiler = compiler::start(Arc::clone(&hub)).unwrap();
    assert_eq!(hub.await_work(Instant::now(), Some(before.events)), Work::Block);
    let mut after = ids(&select());
    after.sort();
    let mut all = vec![with_code, follower, other];
    all.sort();
    assert_eq!(after, all);
    hub.stop();
    compiler.join().unwrap();
}

#[tokio::test]
async fn a_subscriber_that_hears_of_one_head_in_three_is_told_of_all() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(config(folder.path().join("chain"))).await.unwrap();
    let hub = node.hub();
    let client = WsClientBuilder::default().build(format!("ws://{}", node.address())).await.unwrap();
    let mut heads = client.subscribe_heads().await.unwrap();
    hub.announce(&empty_blocks(hub.chain(), 3));
    let mut told = Vec::new();
    while told.len() < 4 {
        let head = tokio::time::timeout(DEADLINE, heads.next()).await.unwrap().unwrap().unwrap();
        told.push(head.height.0);
    }
    assert_eq!(told, [0, 1, 2, 3]);
    node.stop().await.unwrap();
}

#[tokio::test]
async fn a_subscriber_that_is_too_slow_for_a_node_that_forgets_goes_on_with_the_oldest_block() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(forgetful(folder.path().join("chain"))).await.unwrap();
    let hub = node.hub();
    let client = WsClientBuilder::default().build(format!("ws://{}", node.address())).await.unwrap();
    let mut heads = client.subscribe_heads().await.unwrap();
    let mut next = async || {
        let head = tokio::time::timeout(DEADLINE, heads.next()).await.unwrap().unwrap().unwrap();
        let view = hub.chain().view().unwrap();
        assert_eq!(Some(head.state_root), view.root_after(head.height).unwrap());
        head.height.0
    };
    assert_eq!(next().await, 0);
    hub.announce(&empty_blocks(hub.chain(), 9));
    assert_eq!((next().await, next().await), (8, 9));
    node.stop().await.unwrap();
}

/// Keeps one block behind the newest.
fn forgetful(data: PathBuf) -> NodeConfig {
    let mut config = config(data);
    config.chain.pruning = Some(Pruning::Blocks(1.try_into().unwrap()));
    config
}

/// Commits so many blocks and tells nobody; gives the last.
fn empty_blocks(chain: &Chain, count: usize) -> Head {
    let mut head = chain.view().unwrap().head().clone();
    for _ in 0..count {
        let mut header = head.child(0, dev::proposer(), Gas::ZERO);
        header.state_root = chain.view().unwrap().head_root().unwrap();
        let block = Block { header, txs: List::default() };
        let output = BlockOutput { changes: Changes::default(), receipts: Vec::new() };
        head = chain.commit(&block, &output).unwrap();
    }
    head
}

async fn until_somebody_waits(hub: &Hub) {
    while hub.listeners() == 0 {
        tokio::task::yield_now().await;
    }
}

/// One that keeps little may have executed and forgotten a transaction before who waits for it looks again.
#[tokio::test]
async fn what_was_pending_and_is_unknown_to_a_node_that_forgets_was_pruned() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(forgetful(folder.path().join("chain"))).await.unwrap();
    let hub = node.hub();
    // After a gap, so that the producer leaves it.
    let id = hub.submit(&transfer(&alice(), 1)).unwrap();
    let client = Client::new(&format!("http://{}", node.address())).unwrap();
    let (waited, ()) = tokio::join!(client.wait(id, DEADLINE), async {
        until_somebody_waits(hub).await;
        // Until it has most likely looked once.
        for _ in 0..10 {
            client.status().await.unwrap();
        }
        let head = empty_blocks(hub.chain(), 9);
        hub.with_pool_mut(|pool| pool.settle([id], [], head.height().next()));
        hub.announce(&head);
    });
    let error = waited.unwrap_err();
    assert_eq!(error.name(), "pruned", "{error}");
    assert!(error.to_string().contains("blocks before 8 are not kept here"), "{error}");
    // Who never saw it pending is told what may be the reason.
    let asked = [client.receipt(id).await.unwrap_err(), client.tx(id).await.unwrap_err()];
    let block = client.block(At::Id(Hash([1; 32]))).await.unwrap_err();
    for error in asked.into_iter().chain([block]) {
        assert_eq!(error.name(), "not_found", "{error}");
        assert!(error.to_string().ends_with("; blocks before 8 are not kept here"), "{error}");
    }
    node.stop().await.unwrap();
}

/// The next block may be far away, and nobody may ask for the root: without a trie the node ends all the same.
#[tokio::test]
async fn a_trie_that_cannot_be_computed_stops_the_node_though_nobody_asks() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("chain");
    let node = Node::start(config(data.clone())).await.unwrap();
    extend_without_pages(node.hub().chain());
    tokio::time::timeout(DEADLINE, node.ended()).await.unwrap();
    let error = node.stop().await.unwrap_err();
    let said = "a page of the Merkle trie is missing";
    assert!(matches!(&error, NodeError::Broken(words) if words.contains(said)), "{error}");

    // The folder is free, and has all that the trie is made of: what was wrong with it was in memory.
    Node::start(config(data)).await.unwrap().stop().await.unwrap();
}

/// jsonrpsee starts a task for each message of a WebSocket and keeps the message until it is answered:
/// without an end of the line, one connection could fill the memory.
#[test]
fn questions_over_the_lines_end_are_refused_at_once_and_short_ones_are_answered() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(crate::STACK_BYTES)
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path().join("chain"));
        config.settings.query_gas = Gas::mega(5_000);
        let node = Node::start(config).await.unwrap();
        let spin =
            r#"(module (memory (export "memory") 1) (func (export "spin") (loop $again (br $again))))"#;
        let code = CodeSource::Inline(wat::parse_str(spin).unwrap().try_into().unwrap());
        let (salt, value) = ([0; 32], Amount::ZERO);
        node.hub()
            .submit(&tx(&alice(), 0, Action::Create { code, salt, init: None, value, admin: None }))
            .unwrap();
        let mut heights = node.hub().heights();
        heights.wait_for(|height| *height == Height(1)).await.unwrap();
        let contract = Address::of_contract(&alice().address(), &salt);

        let url = format!("ws://{}", node.address());
        let client = Arc::new(WsClientBuilder::default().build(url).await.unwrap());
        let questions: Vec<_> = (0..200)
            .map(|_| {
                let client = Arc::clone(&client);
                tokio::spawn(async move {
                    client.query(contract, "spin".parse().unwrap(), None, None, None).await
                })
            })
            .collect();
        client.status().await.unwrap();
        let (mut answered, mut busy) = (0, 0);
        for question in questions {
            match question.await.unwrap() {
                Ok(answer) => {
                    assert_eq!(answer.halt.unwrap().code, Halt::OutOfGas.code());
                    answered += 1;
                }
                Err(error) => {
                    assert!(error.to_string().contains("busy"), "{error}");
                    busy += 1;
                }
            }
        }
        assert!(answered > 0 && busy > 0, "{answered} answered, {busy} busy");
        client.status().await.unwrap();
        // The line is empty again.
        client.query(contract, "spin".parse().unwrap(), None, None, None).await.unwrap();
        node.stop().await.unwrap();
    });
}

#[tokio::test]
async fn who_waits_for_a_dropped_transaction_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(config(folder.path().join("chain"))).await.unwrap();
    let hub = node.hub();
    // After a gap, so that it is in no block.
    let id = hub.submit(&transfer(&alice(), 1)).unwrap();
    let client = Client::new(&format!("http://{}", node.address())).unwrap();
    let (waited, ()) = tokio::join!(client.wait(id, DEADLINE), async {
        until_somebody_waits(hub).await;
        // Until it has most likely looked once.
        client.status().await.unwrap();
        hub.with_pool_mut(|pool| pool.drop_invalid(&id, InvalidTx::NoActions));
    });
    let error = waited.unwrap_err();
    assert_eq!(error.name(), "dropped", "{error}");
    node.stop().await.unwrap();
}
