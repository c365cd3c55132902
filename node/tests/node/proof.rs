//! Entries proved by a node and verified without one; earlier heights; what an operator keeps and audits.

use lockstep_abi::{
    Action, Gas, Hash, Height, Nonce, TxBody,
    limits::wire::MAX_TX_GAS,
    receipt::{ActionResult, Outcome},
    state::{StateProof, key},
};
use lockstep_node::rpc::At;

use crate::harness::{Folder, TestNode, address, body, call, create, sign, transfer, wasm};

/// A node with a contract that stores "abc" under "abc", and the contract's address.
async fn with_contract(folder: &Folder) -> (TestNode, String) {
    let contract = wasm(
        r#"(module
          (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "abc")
          (func (export "write") (call $set (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 3))))"#,
    );
    let node = folder.start_with(&["--prune", "archive"]);
    let at = lockstep_abi::Address::of_contract(&address("alice"), &[0; 32]);
    assert!(node.execute(&sign("alice", body("alice", 0, vec![create(contract)]))).await.is_success());
    assert!(node.execute(&sign("alice", body("alice", 1, vec![call(at, "write")]))).await.is_success());
    assert!(node.execute(&transfer("carol", 0, "bob", 5)).await.is_success());
    (node, at.to_string())
}

#[tokio::test]
async fn a_proof_is_verified_without_the_node_that_gave_it() {
    let folder = Folder::new();
    let (node, contract) = with_contract(&folder).await;
    let (alice, nobody) = (address("alice").to_string(), lockstep_abi::Address([9; 32]).to_string());
    let file = folder.file("proof", b"");
    let asked: [(&[&str], &str); 6] = [
        (&["account", &alice], "balance"),
        (&["account", &nobody], "has nothing"),
        (&["contract", &contract], "code"),
        (&["contract", &nobody], "there is no contract"),
        (&["storage", &contract, "0x616263"], "  616263"),
        (&["storage", &contract, "00"], "stores nothing"),
    ];
    for (entry, said) in asked {
        let run = |args: &[&str]| folder.run(&[args, entry].concat());
        let proved = run(&["--url", &node.url, "--json", "proof", "--out", &file]);
        assert!(proved.status.success(), "{}", proved.out);
        let proved = proved.json();
        // The state that the newest block, 3, started from.
        assert_eq!(proved["height"], 2);
        let block = proved["block"].as_str().unwrap().to_owned();
        assert_eq!(node.client.status().await.unwrap().block.to_string(), block);
        let verified = run(&["verify", "--proof", &file, "--block", &block]);
        assert!(verified.status.success() && verified.out.contains(said), "{}", verified.out);
        // Options may stand behind too, as those of `proof` may.
        let behind = folder.run(&[&["verify"][..], entry, &["--proof", &file, "--block", &block]].concat());
        assert_eq!(behind.out, verified.out);
        let verified = run(&["--json", "verify", "--proof", &file, "--block", &block]).json();
        assert_eq!((&verified["value"], &verified["state_root"]), (&proved["value"], &proved["state_root"]));
        // Of another block, of another entry.
        let other = Hash([7; 32]).to_string();
        let refused = run(&["--json", "verify", "--proof", &file, "--block", &other]);
        assert!(
            !refused.status.success() && refused.out.contains("the proof does not hold"),
            "{}",
            refused.out
        );
        let entry = ["account", &address("bob").to_string()];
        let refused = folder.run(&[&["verify", "--proof", &file, "--block", &block][..], &entry].concat());
        assert!(
            !refused.status.success() && refused.err.contains("the proof does not hold"),
            "{}",
            refused.err
        );
    }
    node.kill();
}

#[test]
fn a_verification_without_a_proof_or_a_trusted_block_is_a_usage_error() {
    let folder = Folder::new();
    let alice = address("alice").to_string();
    let block = Hash([7; 32]).to_string();
    for args in [&["verify", "account", &alice, "--block", &block][..], &["verify", "account", &alice]] {
        let refused = folder.run(args);
        assert_eq!(refused.status.code(), Some(2));
        assert!(refused.err.contains("--proof FILE and --block ID"), "{}", refused.err);
    }
}

/// The largest values are codes: a proof carries them whole.
#[tokio::test]
async fn a_large_code_is_proved_with_its_bytes() {
    let code = wasm(&format!(
        r#"(module (memory (export "memory") 10) (data (i32.const 0) "{}"))"#,
        "x".repeat(600_000)
    ));
    let folder = Folder::new();
    let node = folder.start();
    let store = Action::StoreCode { code: code.clone().try_into().unwrap() };
    let terms = TxBody { gas_limit: Gas(MAX_TX_GAS), ..body("alice", 0, vec![store]) };
    let receipt = node.execute(&sign("alice", terms)).await;
    let Outcome::Success { results } = &receipt.outcome else { panic!("{receipt:?}") };
    let [ActionResult::Stored(hash)] = &results[..] else { panic!("{results:?}") };
    node.execute(&transfer("alice", 1, "bob", 1)).await;
    let key = key::code(hash);
    let answer = node.client.proof(&key, None).await.unwrap();
    let proof = StateProof::decode(&hex::decode(&answer.proof).unwrap()).unwrap();
    let block = node.client.status().await.unwrap().block;
    assert_eq!((answer.height, answer.block), (Height(1), block));
    assert_eq!(proof.get(&block, &key).unwrap(), Some(&code[..]));
}

#[tokio::test]
async fn a_damaged_proof_file_is_refused_with_a_reason() {
    let folder = Folder::new();
    let (node, _) = with_contract(&folder).await;
    let alice = address("alice").to_string();
    let file = folder.file("proof", b"");
    let proved =
        folder.run(&["--url", &node.url, "--json", "proof", "--out", &file, "account", &alice]).json();
    let (block, good) = (proved["block"].as_str().unwrap(), std::fs::read(&file).unwrap());
    assert_eq!(StateProof::decode(&good).unwrap().height(), Some(Height(2)));
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let cases: [(&[u8], &str); 5] = [
        (b"", "is no proof"),
        (&good[..good.len() - 1], "is no proof"),
        (&[&good[..], &[0]].concat(), "is no proof"),
        (&vec![0; 2 << 20], "the limit is"),
        (&flipped, "the proof does not hold"),
    ];
    for (bytes, reason) in cases {
        std::fs::write(&file, bytes).unwrap();
        let refused = folder.run(&["verify", "--proof", &file, "--block", block, "account", &alice]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(refused.err.contains(reason), "{reason}: {}", refused.err);
    }
    node.kill();
}

#[tokio::test]
async fn earlier_heights_are_asked_and_proved_while_they_are_kept() {
    let folder = Folder::new();
    let (node, contract) = with_contract(&folder).await;
    let at = contract.parse().unwrap();
    let bob = address("bob");
    let before = node.client.account(bob, Some(Height(2))).await.unwrap();
    let after = node.client.account(bob, None).await.unwrap();
    assert_eq!((after.balance.0 - before.balance.0, before.height, after.height), (5, Height(2), Height(3)));
    assert!(!node.client.account(at, Some(Height(0))).await.unwrap().is_contract);
    // There was no such contract yet.
    let method = || "write".parse().unwrap();
    let early = node.client.query(at, method(), &[], None, Some(Height(0))).await.unwrap();
    let late = node.client.query(at, method(), &[], None, None).await.unwrap();
    assert_ne!(early.halt, late.halt);
    let alice = address("alice").to_string();
    for height in ["0", "1", "2"] {
        let args = ["--url", &node.url, "--json", "proof", "--height", height, "account", &alice];
        assert_eq!(folder.run(&args).json()["height"].to_string(), height);
    }
    for (height, reason) in [("3", "in the header of block 4"), ("4", "there is no block 4 yet")] {
        let args = ["--url", &node.url, "proof", "--height", height, "account", &alice];
        let refused = folder.run(&args);
        assert!(refused.err.contains(reason), "{}", refused.err);
    }
    assert!(node.stop().success());

    // The same folder, by a node that keeps one block behind the newest.
    let node = folder.start_with(&["--prune", "1"]);
    for nonce in 1..4 {
        node.execute(&transfer("carol", nonce, "bob", 5)).await;
    }
    let status = node.client.status().await.unwrap();
    assert_eq!((status.height, status.oldest_state, status.oldest_block), (Height(6), Height(5), Height(5)));
    assert_eq!(node.client.block(At::Height(Height(4))).await.unwrap_err().name(), "pruned");
    for (height, name) in [(4, "pruned"), (7, "not_found")] {
        let height = Some(Height(height));
        assert_eq!(node.client.account(bob, height).await.unwrap_err().name(), name);
        assert_eq!(node.client.query(at, method(), &[], None, height).await.unwrap_err().name(), name);
        assert_eq!(node.client.contract(at, height).await.unwrap_err().name(), name);
    }
    let carol = node.client.account(address("carol"), Some(Height(5))).await.unwrap();
    // Whoever asks for the next nonce is going to use it.
    assert_eq!((carol.nonce, carol.next_nonce), (Nonce(3), Nonce(4)));
    assert!(node.stop().success());

    let data = folder.chain();
    let audited = folder.run(&["--json", "audit", "--data", data.to_str().unwrap()]);
    assert!(audited.status.success(), "{}", audited.out);
    assert_eq!(audited.json()["height"], 5);
    // An honest refusal, not an accusation.
    let refused = folder.run(&["replay", "--json", "--data", data.to_str().unwrap()]).json();
    assert_eq!(refused["error"]["name"], "pruned");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("the blocks before 5 were pruned"), "{message}");
}

#[tokio::test]
async fn what_is_kept_is_remembered_and_changes_when_it_is_told_to() {
    let folder = Folder::new();
    let mut nonce = 0;
    let mut run = async |args: &[&str], pruning: &str| {
        let node = folder.start_with(args);
        assert_eq!((&node.greeting["pruning"], &node.greeting["sync"]), (&pruning.into(), &"always".into()));
        for _ in 0..3 {
            node.execute(&transfer("alice", nonce, "bob", 1)).await;
            nonce += 1;
        }
        let status = node.settled().await;
        let shown = node.run(&folder, &["status"]).out;
        for line in
            [format!("blocks     from {} on", status.oldest_block), format!("(after block {})", nonce)]
        {
            assert!(shown.contains(&line), "{shown}");
        }
        assert!(node.stop().success());
        (status.oldest_state.0, status.oldest_block.0)
    };
    let changed = || folder.log().contains("another choice of what is kept of the past");
    assert_eq!(run(&["--prune", "archive"], "archive").await, (0, 0));
    assert_eq!(run(&[], "archive").await, (0, 0));
    assert!(!changed());
    // Narrowed: what there is too much of goes.
    assert_eq!(run(&["--prune", "1"], "1").await, (8, 8));
    assert!(changed());
    assert_eq!(run(&[], "1").await, (11, 11));
    // Widened: what is gone does not come back, and nothing more goes.
    assert_eq!(run(&["--prune", "full"], "full").await, (11, 11));
    assert!(changed());
    assert_eq!(run(&[], "full").await, (11, 11));
}

#[test]
fn what_is_kept_and_synced_is_said_in_words_that_are_understood() {
    let folder = Folder::new();
    let (prune, sync) =
        ("neither `archive`, nor `full`, nor a number", "neither `always` nor `interval`, nor");
    for (option, value, reason) in [
        ("--prune", "0", prune),
        ("--prune", "some", prune),
        ("--sync", "never", sync),
        ("--sync", "interval:0", sync),
        ("--cache", "1", "1 is not in 8.."),
    ] {
        let refused = folder.run(&["node", "--dev", option, value]);
        assert_eq!(refused.status.code(), Some(2), "{option} {value}");
        assert!(refused.err.contains(reason), "{}", refused.err);
    }
}

/// A killed process loses nothing, synced or not: the operating system has it.
#[tokio::test]
async fn a_node_that_syncs_now_and_then_is_killed_and_has_every_block() {
    let folder = Folder::new();
    let args = ["--sync", "interval:60000"];
    let node = folder.start_with(&args);
    for nonce in 0..3 {
        node.execute(&transfer("alice", nonce, "bob", 1)).await;
    }
    let before = node.settled().await;
    node.kill();
    let node = folder.start_with(&args);
    let after = node.settled().await;
    assert_eq!((after.height, after.block, after.state_root), (Height(3), before.block, before.state_root));
    node.kill();
}

#[tokio::test]
async fn a_folder_is_not_opened_twice() {
    let folder = Folder::new();
    let node = folder.start();
    let refused = folder.run(&["audit", "--data", folder.chain().to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.err.contains("is in use already"), "{}", refused.err);
    let refused = folder.run(&["audit", "--json", "--data", folder.chain().to_str().unwrap()]).json();
    assert_eq!(refused["error"]["name"], "in_use");
    assert!(node.stop().success());
}
