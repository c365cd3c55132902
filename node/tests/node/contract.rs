//! Contracts that go wrong: the gas is charged, the writes are dropped, the receipt says why.

use lockstep_abi::{Address, Gas, Halt, TxBody, receipt::Outcome};

use crate::harness::{Folder, TestNode, address, body, call, create, sign, wasm};

/// Each method writes first.
const HOSTILE: &str = r#"
(module
  (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
  (import "lockstep" "storage_has" (func $has (param i32 i32) (result i32)))
  (import "lockstep" "return_data" (func $return (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "key")
  (func $write (call $set (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 3)))
  (func (export "write") (call $write))
  (func (export "loop_for_ever") (call $write) (loop $again (br $again)))
  (func (export "only_loop") (loop $again (br $again)))
  (func $down (call $down))
  (func (export "recurse_for_ever") (call $write) (call $down))
  (func (export "trap") (call $write) (unreachable))
  (func (export "read_too_far") (call $write) (drop (i32.load (i32.const 0xfffffff0))))
  (func (export "return_too_far") (call $write) (call $return (i32.const -1) (i32.const 100)))
  (func (export "is_written")
    (i32.store (i32.const 8) (call $has (i32.const 0) (i32.const 3)))
    (call $return (i32.const 8) (i32.const 1))))
"#;

async fn deployed(node: &TestNode) -> Address {
    let receipt = node.execute(&sign("alice", body("alice", 0, vec![create(wasm(HOSTILE))]))).await;
    assert!(receipt.is_success(), "{receipt:?}");
    Address::of_contract(&address("alice"), &[0; 32])
}

async fn is_written(node: &TestNode, contract: Address) -> bool {
    let answer = node.client.query(contract, "is_written".parse().unwrap(), &[], None, None).await.unwrap();
    answer.result.unwrap() == "01"
}

#[tokio::test]
async fn a_contract_that_goes_wrong_pays_and_leaves_nothing() {
    let folder = Folder::new();
    let node = folder.start();
    let contract = deployed(&node).await;
    let cases = [
        ("loop_for_ever", Halt::OutOfGas),
        ("recurse_for_ever", Halt::StackOverflow),
        ("trap", Halt::Unreachable),
        ("read_too_far", Halt::MemoryOutOfBounds),
        ("return_too_far", Halt::HostMemory),
        ("no_such_method", Halt::UnknownMethod),
    ];
    for (nonce, (method, expected)) in (0..).zip(cases) {
        let before = node.balance(address("bob")).await;
        let limit = Gas::mega(5_000);
        let body = TxBody { gas_limit: limit, ..body("bob", nonce, vec![call(contract, method)]) };
        let receipt = node.execute(&sign("bob", body)).await;
        let halted = Outcome::Halted { action: 0, halt: expected.clone() };
        assert_eq!(receipt.outcome, halted, "{method}");
        let takes_all = [Halt::OutOfGas, Halt::MemoryOutOfBounds].contains(&expected);
        assert_eq!(receipt.gas_used == limit, takes_all, "{method}");
        assert!(receipt.fee.0 > 0 && receipt.events.is_empty());
        assert_eq!(node.balance(address("bob")).await, before - receipt.fee.0, "{method}");
        assert!(!is_written(&node, contract).await, "{method}");
    }
    assert!(node.execute(&sign("bob", body("bob", 6, vec![call(contract, "write")]))).await.is_success());
    assert!(is_written(&node, contract).await);
}

#[tokio::test]
async fn a_query_changes_nothing_and_ends_when_its_gas_does() {
    let folder = Folder::new();
    let node = folder.start();
    let contract = deployed(&node).await;
    let ask = async |method: &str| {
        let answer = node.client.query(contract, method.parse().unwrap(), &[], None, None).await.unwrap();
        answer.halt.unwrap().code
    };
    assert_eq!(ask("write").await, Halt::WriteInView.code());
    assert_eq!(ask("trap").await, Halt::WriteInView.code());
    assert_eq!(ask("no_such_method").await, Halt::UnknownMethod.code());
    assert_eq!(ask("only_loop").await, Halt::OutOfGas.code());
    assert!(!is_written(&node, contract).await);
}

/// Whoever could fill the log by asking could fill the disk, for nothing.
#[tokio::test]
async fn a_contracts_words_are_in_the_log_if_they_are_paid_for_and_only_so_many_of_a_block() {
    let talkative = wasm(
        r#"(module
          (import "lockstep" "debug_log" (func $log (param i32 i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "so it goes")
          (func $talk (export "talk") (local $left i32)
            (local.set $left (i32.const 500))
            (loop $again
              (call $log (i32.const 0) (i32.const 10))
              (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))
          (func (export "talk_and_trap") (call $talk) (unreachable)))"#,
    );
    let folder = Folder::new();
    let node = folder.start();
    node.execute(&sign("alice", body("alice", 0, vec![create(talkative)]))).await;
    let contract = Address::of_contract(&address("alice"), &[0; 32]);
    let said = || folder.log().matches("so it goes").count();

    let talk = TxBody { gas_limit: Gas::mega(100_000), ..body("bob", 0, vec![call(contract, "talk")]) };
    let answer = node.client.query(contract, "talk".parse().unwrap(), &[], None, None).await.unwrap();
    assert!(answer.halt.is_none(), "{answer:?}");
    node.client.simulate(&talk).await.unwrap();
    assert_eq!(said(), 0);

    let receipt = node.execute(&sign("bob", talk)).await;
    assert!(receipt.is_success(), "{receipt:?}");
    assert_eq!(said(), 100);
    assert_eq!(folder.log().matches("the rest of the block's messages is left out").count(), 1);
    // The next block has its own.
    node.execute(&sign("bob", body("bob", 1, vec![call(contract, "talk")]))).await;
    assert_eq!(said(), 200);
    // Where it traps is told all the same.
    let talk = vec![call(contract, "talk_and_trap")];
    let talk = TxBody { gas_limit: Gas::mega(100_000), ..body("bob", 2, talk) };
    node.execute(&sign("bob", talk)).await;
    assert_eq!(said(), 300);
    assert_eq!(folder.log().matches(&Halt::Unreachable.to_string()).count(), 1);
}
