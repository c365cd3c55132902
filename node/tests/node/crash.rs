//! `kill -9` in the middle of work, and the blocks executed again by another process.

use std::collections::BTreeMap;

use lockstep_abi::Height;
use lockstep_node::rpc::At;
use serde_json::Value;

use crate::harness::{Folder, TestNode, address, body, call, create, sign, transfer, wasm};

/// What a node says of a block: id, root after it, hash of the receipts, and the receipts.
#[derive(Debug, PartialEq)]
struct Said {
    id: String,
    root: String,
    receipts_hash: String,
    receipts: Vec<String>,
}

/// What a node says of its chain, block by block.
async fn history(node: &TestNode) -> Vec<Said> {
    let newest = node.client.status().await.unwrap().height.0;
    let mut blocks = Vec::new();
    for height in 0..=newest {
        let block = node.client.block(At::Height(Height(height))).await.unwrap();
        let mut receipts = Vec::new();
        for id in &block.txs {
            receipts.push(node.client.receipt(*id).await.unwrap().bytes);
        }
        blocks.push(Said {
            id: block.id.to_string(),
            root: block.state_root_after.to_string(),
            receipts_hash: block.receipts_hash.to_string(),
            receipts,
        });
    }
    blocks
}

#[tokio::test]
async fn a_killed_node_is_at_its_last_whole_block_and_what_was_acknowledged_is_there() {
    let folder = Folder::new();
    let mut next = BTreeMap::from([("alice", 0), ("bob", 0), ("carol", 0)]);
    let mut acknowledged = Vec::new();
    for round in 0..6 {
        let node = folder.start();
        // A stream from all three, of which one is waited for; the node is killed while it has work.
        for count in 0..30 {
            for (from, nonce) in &mut next {
                let tx = transfer(from, *nonce, "bob", 1);
                let id = node.client.submit(&tx.encode()).await.unwrap();
                *nonce += 1;
                if count == 10 {
                    acknowledged.push((id, node.receipt(id).await));
                }
            }
        }
        node.kill();

        let node = folder.start();
        for (id, receipt) in &acknowledged {
            assert_eq!(node.receipt(*id).await, *receipt, "round {round}");
        }
        // What was only pending is gone with the process: the senders go on from what the chain knows.
        for (from, nonce) in &mut next {
            *nonce = node.client.account(address(from), None).await.unwrap().nonce.0;
        }
        assert!(node.execute(&transfer("alice", next["alice"], "bob", 1)).await.is_success());
        *next.get_mut("alice").unwrap() += 1;
        node.kill();
    }
    let replayed = folder.run(&["replay", "--json", "--data", folder.chain().to_str().unwrap()]);
    assert!(replayed.status.success(), "{}", replayed.out);
}

/// A replayed block's root and hash of receipts.
fn hashes(block: &Value) -> (&str, &str) {
    (block["state_root"].as_str().unwrap(), block["receipts_hash"].as_str().unwrap())
}

#[tokio::test]
async fn another_process_executes_the_same_blocks_to_the_same_receipts_and_roots() {
    let contract = wasm(
        r#"(module
          (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
          (memory (export "memory") 1)
          (func (export "write") (call $set (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 3)))
          (func (export "trap") (unreachable)))"#,
    );
    let folder = Folder::new();
    let node = folder.start();
    let at = lockstep_abi::Address::of_contract(&address("alice"), &[0; 32]);
    node.execute(&sign("alice", body("alice", 0, vec![create(contract)]))).await;
    node.execute(&sign("alice", body("alice", 1, vec![call(at, "write")]))).await;
    node.execute(&sign("bob", body("bob", 0, vec![call(at, "trap")]))).await;
    node.execute(&transfer("carol", 0, "bob", 5)).await;
    let before = history(&node).await;
    let root = node.settled().await.state_root;
    assert!(node.stop().success());

    let replayed = folder.run(&["replay", "--json", "--data", folder.chain().to_str().unwrap()]);
    assert!(replayed.status.success(), "{}", replayed.out);
    let replayed = replayed.json();
    assert_eq!(replayed["state_root"], root.to_string());
    let told: Vec<(&str, &str)> = replayed["blocks"].as_array().unwrap().iter().map(hashes).collect();
    let expected: Vec<(&str, &str)> =
        before.iter().map(|block| (block.root.as_str(), block.receipts_hash.as_str())).collect();
    assert_eq!(told, expected);
    assert_eq!(history(&folder.start()).await, before);
}

#[test]
fn a_replay_of_no_chain_is_an_error_and_makes_none() {
    let folder = Folder::new();
    let data = folder.chain();
    let ran = folder.run(&["replay", "--json", "--data", data.to_str().unwrap()]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(ran.json()["error"]["message"].as_str().unwrap().contains("holds no chain"));
    assert!(!data.exists());
}
