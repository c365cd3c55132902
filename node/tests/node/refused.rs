//! What can be in no block: refused with a code, a name and a sentence, and the node goes on.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use lockstep_abi::{
    Action, Address, Amount, ChainId, Gas, GasPrice, Height, TxBody, limits::wire::MAX_TX_BYTES,
};
use lockstep_node::{client::ClientError, dev, rpc::ErrorKind};

use crate::harness::{Folder, TestNode, address, body, create, sign, transfer, wasm};

/// The error's name and message; the code must be the name's.
async fn refusal(node: &TestNode, bytes: &[u8]) -> (String, String) {
    match node.client.submit(bytes).await {
        Err(ClientError::Refused { code, name: Some(name), message }) => {
            assert_eq!(ErrorKind::by_name(&name).map(ErrorKind::code), Some(code), "{name}");
            (name, message)
        }
        other => panic!("{other:?}"),
    }
}

fn to_bob(amount: u128) -> Vec<Action> {
    vec![Action::Transfer { to: address("bob"), amount: Amount(amount) }]
}

#[tokio::test]
async fn each_has_its_name_and_says_what_is_wrong_and_the_node_goes_on() {
    let folder = Folder::new();
    let node = folder.start();
    node.execute(&transfer("alice", 0, "bob", 1)).await;
    let good = || body("alice", 1, to_bob(1));
    let encoded = |body: TxBody| sign("alice", body).encode();
    let other: ChainId = "other-chain".parse().unwrap();
    let mut forged = encoded(good());
    *forged.last_mut().unwrap() ^= 1;
    let (start, rich) = (dev::BALANCE.0, 2 * dev::BALANCE.0);

    let cases: Vec<(Vec<u8>, &str, &str)> = vec![
        (b"rubbish".to_vec(), "malformed", "not a transaction"),
        ([encoded(good()), vec![0]].concat(), "malformed", "bytes left over"),
        (vec![0; MAX_TX_BYTES + 1], "malformed", "the limit is 1310720"),
        (forged, "bad_signature", "does not hold"),
        (encoded(TxBody { chain_id: other, ..good() }), "wrong_chain", "for the chain `other-chain`"),
        (encoded(body("alice", 1, Vec::new())), "no_actions", "no actions"),
        (encoded(TxBody { gas_limit: Gas(1), ..good() }), "gas_limit_too_low", "the gas limit is 1,"),
        (encoded(TxBody { gas_limit: Gas(u64::MAX), ..good() }), "gas_limit_too_high", "the most is"),
        (encoded(body("alice", 0, to_bob(1))), "already_included", "in block 1 already"),
        (
            encoded(body("alice", 0, to_bob(2))),
            "nonce_too_low",
            "the nonce 0 was used already, the next one is 1",
        ),
        (encoded(body("alice", 300, to_bob(1))), "nonce_too_high", "the nonce is 300, but the next one is 1"),
        (encoded(body("alice", 1, to_bob(rich))), "cannot_pay", &format!("may cost {}", rich + 1_000)),
        (
            encoded(TxBody { expiry: Height(1), ..good() }),
            "expired",
            "expired at height 1, the next block is 2",
        ),
        (encoded(TxBody { expiry: Height(u64::MAX), ..good() }), "expiry_too_far", "the most is 100002"),
        (encoded(TxBody { gas_price: GasPrice(0), ..good() }), "underpriced", "the gas price is 0"),
    ]
    .into_iter()
    .map(|(bytes, name, says)| (bytes, name, &*Box::leak(says.to_owned().into_boxed_str())))
    .collect();
    for (bytes, expected, says) in cases {
        let (name, message) = refusal(&node, &bytes).await;
        assert_eq!(name, expected, "{message}");
        assert!(message.contains(says), "{name}: {message}");
    }
    // Nothing of it was charged, and the same nonce is good.
    assert_eq!(node.balance(address("bob")).await, start + 1);
    assert!(node.execute(&sign("alice", good())).await.is_success());
}

#[tokio::test]
async fn a_pending_transaction_is_replaced_only_by_one_that_pays_a_tenth_more() {
    let folder = Folder::new();
    let node = folder.start();
    let priced = |price| sign("alice", TxBody { gas_price: GasPrice(price), ..body("alice", 1, to_bob(1)) });
    let id = node.client.submit(&priced(100).encode()).await.unwrap();
    // The same again is the same.
    assert_eq!(node.client.submit(&priced(100).encode()).await.unwrap(), id);
    let (name, message) = refusal(&node, &priced(109).encode()).await;
    assert_eq!(name, "replacement_underpriced");
    assert!(message.contains("must be 110 or more, not 109"), "{message}");
    node.client.submit(&priced(110).encode()).await.unwrap();
    let error = node.client.receipt(id).await.unwrap_err();
    assert_eq!(error.name(), "dropped");
    assert!(error.to_string().contains("replaced by"), "{error}");
}

#[tokio::test]
async fn wasm_that_may_not_be_stored_is_refused_by_function_and_reason_and_costs_nothing() {
    let folder = Folder::new();
    let node = folder.start();
    let cases: [(Vec<u8>, &[&str]); 4] = [
        (b"\x7fELF, not Wasm".to_vec(), &["not a WebAssembly module"]),
        (wasm("(module (func $area (drop (f64.const 1))))"), &["`area`", "float"]),
        (wasm(r#"(module (import "env" "clock" (func)))"#), &["`env.clock`", "not a host function"]),
        (wasm(r#"(module (memory (export "memory") 300))"#), &["300", "the limit is 256"]),
    ];
    for (code, says) in cases {
        let bytes = sign("alice", body("alice", 0, vec![create(code.clone())])).encode();
        let (name, message) = refusal(&node, &bytes).await;
        assert_eq!(name, "code_refused");
        // The command says the same before anything is sent.
        let file = folder.file("refused.wasm", &code);
        let error = node.error(&folder, &["deploy", &file, "--from", "alice"]);
        assert_eq!(error["name"], "code_refused");
        for words in says {
            assert!(message.contains(words), "{message}");
            assert!(error["message"].as_str().unwrap().contains(words), "{error}");
        }
    }
    let alice = node.client.account(address("alice"), None).await.unwrap();
    assert_eq!((alice.balance, alice.nonce.0), (dev::BALANCE, 0));
    let contract = Address::of_contract(&address("alice"), &[0; 32]);
    assert_eq!(node.client.contract(contract, None).await.unwrap_err().name(), "not_found");
    assert_eq!(node.client.status().await.unwrap().height, Height(0));
}

/// What the server answers to a request that is written by hand.
fn post(node: &TestNode, body: &str) -> String {
    let address = node.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The server may answer, and close, before it has read all.
    let _ = stream.write_all(body.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn requests_over_the_servers_bounds_are_refused_and_the_node_goes_on() {
    let folder = Folder::new();
    let node = folder.start();
    let status = r#"{"jsonrpc": "2.0", "id": 1, "method": "status"}"#;
    assert!(post(&node, status).contains(dev::CHAIN_ID));
    let batch = |count: usize| format!("[{}]", vec![status; count].join(","));
    assert!(post(&node, &batch(32)).contains(dev::CHAIN_ID));
    let answer = post(&node, &batch(33));
    assert!(!answer.contains(dev::CHAIN_ID) && answer.contains("batch"), "{answer}");
    let long =
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"submit","params":["{}"]}}"#, "0".repeat(5 << 20));
    let answer = post(&node, &long);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    let answer = post(&node, r#"{"jsonrpc":"2.0","id":1,"method":"account","params":{"address":"ls1x"}}"#);
    assert!(answer.contains("-32602") && answer.contains("bech32m"), "{answer}");
    assert!(post(&node, status).contains(dev::CHAIN_ID));
}
