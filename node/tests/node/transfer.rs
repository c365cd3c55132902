//! Money moves, and stays where it is over a restart.

use lockstep_abi::Height;
use lockstep_node::dev;

use crate::harness::{Folder, address, transfer};

#[tokio::test]
async fn a_transfer_moves_the_amount_and_its_fee() {
    let folder = Folder::new();
    let node = folder.start();
    let receipt = node.execute(&transfer("alice", 0, "bob", 1_000)).await;
    assert!(receipt.is_success());
    let (start, fee) = (dev::BALANCE.0, receipt.fee.0);
    assert!(fee > 0);
    assert_eq!(node.balance(address("alice")).await, start - 1_000 - fee);
    assert_eq!(node.balance(address("bob")).await, start + 1_000);
    assert_eq!(node.balance(dev::proposer()).await, fee);
}

#[tokio::test]
async fn a_node_that_was_stopped_goes_on_with_the_same_balances_and_root() {
    let folder = Folder::new();
    let node = folder.start();
    node.execute(&transfer("alice", 0, "bob", 1_000)).await;
    let before = node.settled().await;
    assert!(node.stop().success());

    let node = folder.start();
    let after = node.settled().await;
    assert_eq!((after.height, after.block, after.state_root), (Height(1), before.block, before.state_root));
    assert_eq!(node.balance(address("bob")).await, dev::BALANCE.0 + 1_000);
    assert!(node.execute(&transfer("alice", 1, "bob", 1_000)).await.is_success());
}

#[tokio::test]
async fn transactions_sent_out_of_order_are_included_in_order() {
    let folder = Folder::new();
    let node = folder.start();
    let later = node.client.submit(&transfer("alice", 1, "bob", 1).encode()).await.unwrap();
    let error = node.client.receipt(later).await.unwrap_err();
    assert_eq!(error.name(), "pending");
    node.execute(&transfer("alice", 0, "bob", 1)).await;
    assert!(node.receipt(later).await.is_success());
}

#[tokio::test]
async fn with_a_block_time_there_are_blocks_without_transactions() {
    let folder = Folder::new();
    let node = folder.start_with(&["--block-time", "5"]);
    let mut status = node.client.status().await.unwrap();
    let mut asked = 0;
    while status.height < Height(3) {
        status = node.client.status().await.unwrap();
        asked += 1;
        assert!(asked < 100_000, "no blocks");
    }
}

#[test]
fn a_folder_is_one_nodes_and_one_chains() {
    let folder = Folder::new();
    let node = folder.start();
    let data = folder.chain();
    let args = ["node", "--dev", "--listen", "127.0.0.1:0", "--json", "--data", data.to_str().unwrap()];
    let second = folder.run(&args);
    assert_eq!(second.status.code(), Some(1));
    let error = second.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(error.contains("is in use already"), "{error}");

    assert!(node.stop().success());
    let other = folder.run(&[args.as_slice(), &["--chain-id", "other"]].concat());
    assert_eq!(other.status.code(), Some(1));
    let error = other.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(error.contains("holds the chain `lockstep-dev`, not `other`"), "{error}");
}
