//! The command: what people see, and what scripts read.

use std::io::{BufRead, BufReader};

use lockstep_abi::schema::{
    ErrorDef, EventDef, EventField, Field, Method, MethodKind, Schema, Type, VERSION,
};
use lockstep_node::dev;

use crate::harness::{Folder, TestNode, address, wasm, with_schema};

/// Holds a number: `put`, `get`, and a `take` that refuses.
fn purse() -> Vec<u8> {
    purse_with("get", Type::U64)
}

/// The same with another name for `get`, and another type for what it gives.
fn purse_with(get: &str, given: Type) -> Vec<u8> {
    let text = r#"(module
          (import "lockstep" "input_read" (func $input (param i32 i32) (result i32)))
          (import "lockstep" "storage_get" (func $get (param i32 i32 i32 i32) (result i64)))
          (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
          (import "lockstep" "return_data" (func $return (param i32 i32)))
          (import "lockstep" "fail" (func $fail (param i32 i32 i32)))
          (import "lockstep" "emit" (func $emit (param i32 i32 i32 i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "k")
          (data (i32.const 16) "\05\00\00\00\00\00\00\00\07\00\00\00\00\00\00\00")
          (data (i32.const 32) "\03Put")
          (func $put (drop (call $input (i32.const 8) (i32.const 8)))
            (call $set (i32.const 0) (i32.const 1) (i32.const 8) (i32.const 8)))
          (func (export "init") (call $put))
          (func (export "put") (call $put)
            (call $emit (i32.const 32) (i32.const 4) (i32.const 8) (i32.const 8)))
          (func (export "get")
            (drop (call $get (i32.const 0) (i32.const 1) (i32.const 8) (i32.const 8)))
            (call $return (i32.const 8) (i32.const 8)))
          (func (export "shut"))
          (func (export "take") (call $fail (i32.const 7) (i32.const 16) (i32.const 16)) (unreachable)))"#;
    let code = wasm(&text.replace(r#"(export "get")"#, &format!(r#"(export "{get}")"#)));
    let field = |name: &str| Field { name: name.into(), ty: Type::U64 };
    let method = |name: &str, kind, args: &[&str], result| Method {
        name: name.into(),
        docs: String::new(),
        kind,
        payable: false,
        reentrant: false,
        private: false,
        args: args.iter().map(|name| field(name)).collect(),
        result,
    };
    let amount = EventField { name: "amount".into(), ty: Type::U64, topic: false };
    let schema = Schema {
        version: VERSION,
        name: "purse".into(),
        docs: String::new(),
        methods: vec![
            method("init", MethodKind::Init, &["amount"], Type::Unit),
            method("put", MethodKind::Call, &["amount"], Type::Unit),
            method(get, MethodKind::View, &[], given),
            method("take", MethodKind::Call, &["amount"], Type::Unit),
            Method { private: true, reentrant: true, ..method("shut", MethodKind::Call, &[], Type::Unit) },
        ],
        events: vec![EventDef { name: "Put".into(), docs: String::new(), fields: vec![amount] }],
        errors: vec![ErrorDef {
            code: 7,
            name: "Insufficient".into(),
            docs: String::new(),
            fields: vec![field("have"), field("need")],
        }],
    };
    with_schema(code, &schema)
}

fn deployed(folder: &Folder, node: &TestNode) -> String {
    let file = folder.file("purse.wasm", &purse());
    let deployed = node.json(folder, &["deploy", &file, "--init", r#"{"amount": 5}"#, "--from", "alice"]);
    deployed["contract"].as_str().unwrap().into()
}

#[test]
fn a_contract_is_deployed_called_and_queried_by_names() {
    let folder = Folder::new();
    let node = folder.start();
    let contract = deployed(&folder, &node);
    assert_eq!(node.json(&folder, &["query", &contract, "get"])["result"], "5");
    let called = node.json(&folder, &["call", &contract, "put", r#"{"amount": "9"}"#, "--from", "bob"]);
    assert_eq!(called["events"][0]["name"], "Put");
    assert_eq!(called["events"][0]["fields"]["amount"], "9");
    assert_eq!(called["events"][0]["contract"], contract.as_str());
    // By position too, and as text.
    let shown = node.run(&folder, &["call", &contract, "put", "[11]", "--from", "bob"]).out;
    assert!(shown.contains("event Put { amount: 11 }"), "{shown}");
    assert_eq!(node.run(&folder, &["query", &contract, "get"]).out, "11\n");
    let listed = node.run(&folder, &["contract", &contract]).out;
    assert!(listed.contains("put(amount: u64)\n") && listed.contains("shut() private\n"), "{listed}");
}

/// An upgrade may change what a method takes and gives: an earlier state is asked as it was.
#[test]
fn an_earlier_state_is_asked_by_the_interface_that_it_had() {
    let folder = Folder::new();
    let node = folder.start();
    let contract = deployed(&folder, &node);
    // The same code, with another name for its method and its number as eight bytes.
    let other = folder.file("other.wasm", &purse_with("read", Type::FixedBytes(8)));
    // A purse does not say what it stores.
    node.error(&folder, &["upgrade", &contract, &other, "--from", "alice"]);
    node.json(&folder, &["upgrade", &contract, &other, "--from", "alice", "--allow", "*"]);
    assert_eq!(node.json(&folder, &["query", &contract, "get", "--height", "1"])["result"], "5");
    assert_eq!(node.error(&folder, &["query", &contract, "get"])["name"], "unknown_method");
    assert_eq!(node.json(&folder, &["query", &contract, "read"])["result"], "0500000000000000");
    let before = node.error(&folder, &["query", &contract, "get", "--height", "0"]);
    assert_eq!(before["name"], "not_found");
    assert!(before["message"].as_str().unwrap().ends_with("after block 0"), "{before}");
}

#[test]
fn a_contracts_own_error_is_shown_by_name_and_nothing_is_sent() {
    let folder = Folder::new();
    let node = folder.start();
    let contract = deployed(&folder, &node);
    let take = ["call", &contract, "take", r#"{"amount": 7}"#, "--from", "bob"];
    let ran = node.run(&folder, &take);
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        ran.err.starts_with("error: the contract refused: Insufficient { have: 5, need: 7 }\n"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("nothing was sent"), "{}", ran.err);
    let error = node.error(&folder, &take);
    assert_eq!((&error["name"], &error["sent"]), (&"halted".into(), &false.into()));
    assert_eq!(error["halt"]["fields"]["need"], "7");
    assert_eq!(node.json(&folder, &["account", "bob"])["nonce"], 0);

    // Sent all the same, it is paid for.
    let error = node.error(&folder, &[take.as_slice(), &["--gas", "500000000"]].concat());
    assert_eq!((&error["name"], &error["sent"]), (&"halted".into(), &true.into()));
    let paid: u128 = error["fee"].as_str().unwrap().parse().unwrap();
    let account = node.json(&folder, &["account", "bob"]);
    assert_eq!(account["balance"], (dev::BALANCE.0 - paid).to_string());
    assert_eq!(account["nonce"], 1);
}

#[test]
fn a_wrong_method_lists_the_right_ones_and_a_wrong_argument_its_type() {
    let folder = Folder::new();
    let node = folder.start();
    let contract = deployed(&folder, &node);
    let message = |args: &[&str]| {
        let error = node.error(&folder, args);
        error["message"].as_str().unwrap().to_owned()
    };
    let says = message(&["call", &contract, "steal", "--from", "bob"]);
    assert!(says.contains("no method `steal`") && says.contains("put(amount: u64)"), "{says}");
    assert!(!says.contains("init("), "{says}");
    let says = message(&["call", &contract, "put", r#"{"amount": "many"}"#, "--from", "bob"]);
    assert!(
        says.contains("amount") && says.contains("u64") && says.contains(r#"{"amount": "1000"}"#),
        "{says}"
    );
    let says = message(&["call", &contract, "put", "--from", "bob"]);
    assert!(says.contains("missing argument `amount`"), "{says}");
    let says = message(&["call", &contract, "init", r#"{"amount": 1}"#, "--from", "bob"]);
    assert!(says.contains("kind init"), "{says}");
    let says = message(&["call", &contract, "put", "{amount: 1}", "--from", "bob"]);
    assert!(says.contains("is not JSON"), "{says}");
    let file = folder.file("purse.wasm", &purse());
    let says = message(&["deploy", &file, "--from", "bob"]);
    assert!(says.contains("--init") && says.contains("init(amount: u64)"), "{says}");
    let nowhere = address("carol").to_string();
    let says = message(&["call", &nowhere, "put", "[1]", "--from", "bob"]);
    assert!(says.contains("there is no contract at"), "{says}");
}

#[test]
fn every_command_prints_one_json_object_and_a_text() {
    let folder = Folder::new();
    let node = folder.start();
    assert_eq!(node.greeting["chain_id"], dev::CHAIN_ID);
    let contract = deployed(&folder, &node);
    let file = folder.file("purse.wasm", &purse());
    let sent = node.json(&folder, &["transfer", "bob", "7", "--from", "alice"]);
    let id = sent["id"].as_str().unwrap();
    let commands: &[&[&str]] = &[
        &["keys", "list"],
        &["status"],
        &["account", "bob"],
        &["account", &contract],
        &["block"],
        &["block", "1"],
        &["tx", id],
        &["contract", &contract],
        &["query", &contract, "get"],
        &["call", &contract, "put", "[3]", "--from", "alice"],
        &["transfer", &contract, "1", "--from", "alice"],
        &["upgrade", &contract, &file, "--from", "alice", "--allow", "*"],
    ];
    for command in commands {
        node.json(&folder, command);
        let ran = node.run(&folder, command);
        assert!(ran.status.success() && !ran.out.starts_with('{'), "{command:?}: {}{}", ran.out, ran.err);
    }
    // Those that can be done once.
    for name in ["dora", "erin"] {
        node.json(&folder, &["keys", "new", name]);
        node.json(&folder, &["transfer", name, "1000000", "--from", "alice"]);
        node.json(&folder, &["transfer", "bob", "1", "--from", name]);
    }
    let failures: &[&[&str]] = &[
        &["keys", "new", "dora"],
        &["keys", "new", "alice"],
        &["account", "nobody"],
        &["account", "ls1wrong"],
        &["block", "1000"],
        &["tx", &"0".repeat(64)],
        &["query", &contract, "nothing"],
        &["deploy", "/no/such/file.wasm", "--from", "alice"],
        &["transfer", "bob", "1", "--from", "mallory"],
        &["status", "--url", "http://127.0.0.1:1"],
    ];
    for command in failures {
        // The last `--url` counts, so it goes first here.
        let ran = folder.run(&[&["--json", "--url", &node.url], *command].concat());
        let ran =
            if command.contains(&"--url") { folder.run(&[*command, &["--json"]].concat()) } else { ran };
        assert_eq!(ran.status.code(), Some(1), "{command:?}: {}{}", ran.out, ran.err);
        let error = &ran.json()["error"];
        assert!(error["name"].is_string() && error["message"].is_string(), "{error}");
    }
}

#[test]
fn a_usage_error_says_in_json_too_what_is_wrong_and_ends_with_two() {
    let folder = Folder::new();
    let usage = |args: &[&str]| {
        let ran = folder.run(args);
        assert_eq!(ran.status.code(), Some(2), "{}", ran.out);
        let error = ran.json()["error"].clone();
        assert_eq!(error["name"], "usage");
        error["message"].as_str().unwrap().to_owned()
    };
    let says = usage(&["transfer", "--json"]);
    assert!(says.starts_with("the following required arguments were not provided:"), "{says}");
    assert!(says.contains("<TO>") && says.contains("--from <KEY>"), "{says}");
    let says = usage(&["transfer", "bob", "many", "--from", "alice", "--json"]);
    assert!(says.contains("invalid value 'many' for '<AMOUNT>'"), "{says}");
    let says = usage(&["statu", "--json"]);
    assert!(says.contains("a similar subcommand exists: 'status'") && !says.contains("Usage:"), "{says}");
    let says = usage(&["node", "--json"]);
    assert!(says.contains("--dev"), "{says}");
    assert_eq!(folder.run(&["node"]).status.code(), Some(2));
}

/// `get` is said to give a number, and gives three bytes.
fn liar() -> Vec<u8> {
    let code = wasm(
        r#"(module
          (import "lockstep" "return_data" (func $return (param i32 i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\01\02\03")
          (func (export "get") (call $return (i32.const 0) (i32.const 3))))"#,
    );
    let get = Method {
        name: "get".into(),
        docs: String::new(),
        kind: MethodKind::View,
        payable: false,
        reentrant: false,
        private: false,
        args: Vec::new(),
        result: Type::U64,
    };
    let (name, docs) = ("liar".into(), String::new());
    let schema =
        Schema { version: VERSION, name, docs, methods: vec![get], events: Vec::new(), errors: Vec::new() };
    with_schema(code, &schema)
}

#[test]
fn a_contract_that_returns_rubbish_is_charged_and_the_receipt_says_why() {
    let folder = Folder::new();
    let node = folder.start();
    let file = folder.file("liar.wasm", &liar());
    let deployed = node.json(&folder, &["deploy", &file, "--from", "alice"]);
    let contract = deployed["contract"].as_str().unwrap();
    let (query, call) =
        (["query", contract, "get"], ["call", contract, "get", "--from", "alice", "--gas", "900000000"]);
    for command in [query.as_slice(), call.as_slice()] {
        let ran = node.run(&folder, command);
        assert!(!ran.status.success());
        assert!(ran.err.contains("does not fit the contract's interface"), "{}", ran.err);
    }
    let id = node.error(&folder, &call)["id"].clone();
    let receipt = node.json(&folder, &["tx", id.as_str().unwrap()]);
    assert_eq!(receipt["receipt"]["receipt"]["outcome"]["halt"], "bad_result", "{receipt}");
}

#[test]
fn a_node_begins_with_the_keys_that_have_funds() {
    let folder = Folder::new();
    let mut node = folder.spawn(&[]);
    let lines: Vec<String> = BufReader::new(node.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .take_while(|line| !line.starts_with("listening on "))
        .collect();
    node.kill().unwrap();
    node.wait().unwrap();
    assert_eq!(dev::NAMES.len(), 3);
    for name in dev::NAMES {
        let line = format!("  {name:<8}{}", address(name));
        assert!(lines.contains(&line), "{line} is not in {lines:?}");
    }
}

#[test]
fn a_key_file_that_is_broken_is_named_and_the_others_are_listed() {
    let folder = Folder::new();
    folder.run(&["keys", "new", "dora"]);
    folder.file("keys/erin.key", b"");
    let listed = folder.run(&["keys", "list", "--json"]);
    assert!(listed.status.success(), "{}", listed.out);
    let listed = listed.json();
    assert_eq!(listed["keys"][0]["name"], "dora");
    assert_eq!(listed["bad"][0]["name"], "erin");
    let text = folder.run(&["keys", "list"]).out;
    assert!(text.contains("dora") && text.contains("erin") && text.contains("is not a key file"), "{text}");
}
