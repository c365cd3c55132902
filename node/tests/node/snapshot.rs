//! A state that travels from one node to another, through files that nobody has to trust.

use std::path::PathBuf;

use lockstep_abi::{Address, Hash, Height, SignedTx, state::StateProof, state::key};
use lockstep_node::rpc::At;
use serde_json::Value;

use crate::harness::{Folder, Ran, TestNode, address, body, call, create, sign, transfer, wasm};

/// Counts its calls.
const COUNTER: &str = r#"
(module
  (import "lockstep" "storage_get" (func $get (param i32 i32 i32 i32) (result i64)))
  (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
  (import "lockstep" "return_data" (func $return (param i32 i32)))
  (memory (export "memory") 1)
  (func $load (drop (call $get (i32.const 0) (i32.const 1) (i32.const 8) (i32.const 1))))
  (func (export "count")
    (call $load)
    (i32.store8 (i32.const 8) (i32.add (i32.load8_u (i32.const 8)) (i32.const 1)))
    (call $set (i32.const 0) (i32.const 1) (i32.const 8) (i32.const 1)))
  (func (export "counted") (call $load) (call $return (i32.const 8) (i32.const 1))))
"#;

fn counter() -> Address {
    Address::of_contract(&address("alice"), &[0; 32])
}

fn count(from: &str, nonce: u64) -> SignedTx {
    sign(from, body(from, nonce, vec![call(counter(), "count")]))
}

async fn counted(node: &TestNode, at: Option<Height>) -> String {
    let query = node.client.query(counter(), "counted".parse().unwrap(), &[], None, at);
    query.await.unwrap().result.unwrap()
}

/// A chain with transfers and a contract, of a node that was stopped at height 5.
async fn stopped(folder: &Folder) {
    let node = folder.start();
    node.execute(&sign("alice", body("alice", 0, vec![create(wasm(COUNTER))]))).await;
    for tx in
        [transfer("alice", 1, "bob", 5), count("bob", 0), transfer("carol", 0, "bob", 7), count("bob", 1)]
    {
        assert!(node.execute(&tx).await.is_success());
    }
    assert!(node.stop().success());
}

fn text(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap()
}

/// A folder beside the chain's.
fn beside(folder: &Folder, name: &str) -> String {
    text(folder.chain().with_file_name(name))
}

fn export(folder: &Folder, out: &str, more: &[&str]) -> Ran {
    let data = text(folder.chain());
    folder.run(&[&["snapshot", "export", "--json", "--data", &data, "--out", out], more].concat())
}

fn import(from: &str, into: &Folder, block: &str) -> Ran {
    let data = text(into.chain());
    into.run(&["snapshot", "import", "--json", "--from", from, "--data", &data, "--block", block])
}

fn succeeded(ran: Ran) -> Value {
    assert!(ran.status.success(), "{}{}", ran.out, ran.err);
    ran.json()
}

fn error(ran: Ran) -> Value {
    assert_eq!(ran.status.code(), Some(1), "{}{}", ran.out, ran.err);
    ran.json()["error"].clone()
}

/// A stopped chain, and a folder with its snapshot imported.
async fn copied() -> (Folder, Folder) {
    let (first, second) = (Folder::new(), Folder::new());
    stopped(&first).await;
    let out = beside(&first, "snapshot");
    let exported = succeeded(export(&first, &out, &[]));
    let imported = succeeded(import(&out, &second, exported["block"].as_str().unwrap()));
    assert_eq!(
        (&exported["height"], &imported["height"], &imported["head"]),
        (&4.into(), &4.into(), &5.into())
    );
    for field in ["state_root", "entries", "block"] {
        assert_eq!(exported[field], imported[field]);
    }
    (first, second)
}

#[tokio::test]
async fn an_imported_node_goes_on_with_the_same_states_as_the_exporting_one() {
    let (first, second) = copied().await;
    let nodes = [first.start(), second.start()];
    assert_eq!(nodes[0].greeting["state_root"], nodes[1].greeting["state_root"]);
    let mut told = Vec::new();
    for node in &nodes {
        assert_eq!(counted(node, None).await, "02");
        // The state that was in the snapshot, too.
        assert_eq!(counted(node, Some(Height(4))).await, "01");
        let mut states = Vec::new();
        for tx in [count("carol", 1), transfer("bob", 2, "alice", 3), count("alice", 2)] {
            let receipt = node.execute(&tx).await;
            assert!(receipt.is_success(), "{receipt:?}");
            let status = node.settled().await;
            let block = node.client.block(At::Latest).await.unwrap();
            states.push((status.height, status.state_root, block.receipts_hash, receipt));
        }
        assert_eq!(counted(node, None).await, "04");
        told.push(states);
        for height in 4..8 {
            proves(node, Height(height)).await;
        }
    }
    assert_eq!(told[0], told[1]);
}

/// What the counter stored, by a proof that holds in the node's own block.
async fn proves(node: &TestNode, height: Height) {
    let key = key::storage(&counter(), &[0]);
    let answer = node.client.proof(&key, Some(height)).await.unwrap();
    let proof = StateProof::decode(&hex::decode(&answer.proof).unwrap()).unwrap();
    let block = node.client.block(At::Height(height.next())).await.unwrap();
    assert_eq!((proof.height(), answer.block), (Some(height), block.id));
    let expected = [1, 2, 3, 3][usize::try_from(height.0 - 4).unwrap()];
    assert_eq!(proof.get(&block.id, &key).unwrap(), Some(&[expected][..]));
}

#[tokio::test]
async fn an_imported_folder_is_audited_but_not_replayed_and_exported_as_it_came() {
    let (first, second) = copied().await;
    let data = text(second.chain());
    let audited = succeeded(second.run(&["audit", "--json", "--data", &data]));
    assert_eq!(audited["height"], 4);
    let replayed = error(second.run(&["replay", "--json", "--data", &data]));
    let message = replayed["message"].as_str().unwrap();
    assert!(message.contains("the blocks before 4 were pruned"), "{message}");

    let again = beside(&second, "again");
    succeeded(export(&second, &again, &["--height", "4"]));
    let names = std::fs::read_dir(&again).unwrap().map(|entry| entry.unwrap().file_name());
    let names: Vec<_> = names.collect();
    assert_eq!(names.len(), 3);
    for name in names {
        let of = |folder: &str| std::fs::read(PathBuf::from(folder).join(&name)).unwrap();
        assert_eq!(of(&again), of(&beside(&first, "snapshot")), "{name:?}");
    }
}

#[tokio::test]
async fn an_imported_node_says_what_it_does_not_have_and_forgets_when_told() {
    let (_first, second) = copied().await;
    let node = second.start_with(&["--prune", "1"]);
    let status = node.client.status().await.unwrap();
    assert_eq!((status.oldest_state, status.oldest_block), (Height(4), Height(4)));
    let refused = node.client.block(At::Height(Height(3))).await.unwrap_err();
    assert_eq!(refused.name(), "pruned");
    assert_eq!(node.client.block(At::Height(Height(4))).await.unwrap().txs.len(), 1);
    for nonce in 1..5 {
        node.execute(&count("carol", nonce)).await;
    }
    let status = node.client.status().await.unwrap();
    assert_eq!((status.height, status.oldest_state, status.oldest_block), (Height(9), Height(8), Height(8)));
    assert!(node.stop().success());
    succeeded(second.run(&["audit", "--json", "--data", &text(second.chain())]));
}

#[tokio::test]
async fn what_is_refused_is_named_and_leaves_nothing() {
    let (first, second) = (Folder::new(), Folder::new());
    stopped(&first).await;
    let out = beside(&first, "snapshot");
    let too_new = error(export(&first, &out, &["--height", "5"]));
    assert_eq!(too_new["name"], "no_header");
    let block = succeeded(export(&first, &out, &[]))["block"].as_str().unwrap().to_owned();
    assert_eq!(error(export(&first, &out, &[]))["name"], "not_empty");

    let other = Hash([1; 32]).to_string();
    assert_eq!(error(import(&out, &second, &other))["name"], "untrusted_block");
    let chunk = PathBuf::from(&out).join("chunk-00000.zst");
    let whole = std::fs::read(&chunk).unwrap();
    std::fs::write(&chunk, &whole[..whole.len() - 1]).unwrap();
    let cut = error(import(&out, &second, &block));
    assert_eq!(cut["name"], "wrong_length");
    assert!(cut["message"].as_str().unwrap().contains("chunk-00000.zst"), "{cut}");
    std::fs::write(&chunk, &whole).unwrap();
    let above = second.chain();
    assert_eq!(std::fs::read_dir(above.parent().unwrap()).unwrap().count(), 0);
    assert_eq!(error(import(&out, &first, &block))["name"], "not_empty");

    let node = first.start();
    let running = error(export(&first, &beside(&first, "other"), &[]));
    assert!(running["message"].as_str().unwrap().contains("is in use already"), "{running}");
    drop(node);
    let empty = error(export(&second, &beside(&second, "other"), &[]));
    assert!(empty["message"].as_str().unwrap().contains("holds no chain"), "{empty}");
}

#[tokio::test]
async fn people_are_told_how_to_go_on() {
    let (first, second) = (Folder::new(), Folder::new());
    stopped(&first).await;
    let (out, data) = (beside(&first, "snapshot"), text(first.chain()));
    let said = first.run(&["snapshot", "export", "--data", &data, "--out", &out]).out;
    assert!(said.contains("the state after block 4"), "{said}");
    // The last line is the command, but for the folders.
    let command = said.lines().last().unwrap().trim().replace("FOLDER", &out);
    let command = command.replace("DIR", &text(second.chain()));
    let said = second.run(&command.split(' ').skip(1).collect::<Vec<_>>());
    assert!(said.out.contains("goes on from there"), "{}{}", said.out, said.err);
}
