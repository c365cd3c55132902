//! A block is executed the same wherever and however often it is.

mod support;

use lockstep_abi::{Action, Amount, Gas, Hash, SignedTx, codec};
use lockstep_runtime::{BlockExecutor, Engine, InvalidBlock, Log, check, execute_block};
use support::{Chain, call, chain_id, create, wasm};

const COUNTER: &str = r#"(module
    (import "lockstep" "storage_get" (func $get (param i32 i32 i32 i32) (result i64)))
    (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "add")
        (drop (call $get (i32.const 0) (i32.const 1) (i32.const 8) (i32.const 8)))
        (i64.store (i32.const 8) (i64.add (i64.load (i32.const 8)) (i64.const 1)))
        (call $set (i32.const 0) (i32.const 1) (i32.const 8) (i32.const 8)))
    (func (export "trap") unreachable))"#;

fn transactions(chain: &Chain) -> Vec<SignedTx> {
    let contract = lockstep_abi::Address::of_contract(&chain.alice.address(), &[0; 32]);
    let bodies = [
        (&chain.alice, chain.alice.body(0, vec![create(wasm(COUNTER), 0, None)])),
        (&chain.alice, chain.alice.body(1, vec![call(contract, "add", 0)])),
        (&chain.bob, chain.bob.body(0, vec![call(contract, "add", 3), call(contract, "trap", 0)])),
        (&chain.bob, chain.bob.body(1, vec![Action::Transfer { to: contract, amount: Amount(9) }])),
    ];
    bodies.into_iter().map(|(user, body)| SignedTx::decode(&user.sign(body)).unwrap()).collect()
}

#[test]
fn a_block_gives_the_same_again_and_on_another_engine() {
    let chain = Chain::new();
    let block = chain.block(transactions(&chain));
    let run = |engine: &Engine| execute_block(engine, &chain.state, &block, Log::default()).unwrap().unwrap();
    let first = run(&chain.engine);
    assert_eq!(first.receipts.len(), 4);
    assert_eq!(codec::encode(&first.receipts), codec::encode(&run(&chain.engine).receipts));
    assert_eq!(first, run(&Engine::default()));
}

#[test]
fn building_a_block_and_replaying_it_agree() {
    let chain = Chain::new();
    let txs = transactions(&chain);
    let block = chain.block(txs.clone());
    let mut executor = BlockExecutor::new(&chain.engine, &chain.state, &block.header, Log::default());
    for tx in &txs {
        executor.execute(&check(&tx.encode(), &chain_id()).unwrap()).unwrap().unwrap();
        // One that is invalid by now leaves no trace.
        executor.execute(&check(&tx.encode(), &chain_id()).unwrap()).unwrap().unwrap_err();
    }
    let built = executor.finish().unwrap();
    assert_eq!(built, execute_block(&chain.engine, &chain.state, &block, Log::default()).unwrap().unwrap());
}

#[test]
fn a_block_that_does_not_hold_together_is_refused_whole() {
    let chain = Chain::new();
    let run =
        |block| execute_block(&chain.engine, &chain.state, &block, Log::default()).unwrap().unwrap_err();

    let mut other = chain.block(transactions(&chain));
    other.header.txs_hash = Hash([1; 32]);
    assert_eq!(run(other), InvalidBlock::TxsHash);

    let mut swapped = transactions(&chain);
    swapped.swap(0, 1);
    let swapped = chain.block(swapped);
    assert!(matches!(run(swapped), InvalidBlock::Tx { index: 0, .. }));

    let mut full = chain.block(transactions(&chain));
    full.header.gas_limit = Gas::mega(20_000);
    assert_eq!(run(full), InvalidBlock::GasLimit { index: 1 });
}
