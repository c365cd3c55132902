//! Contracts that call, pay and create each other.

mod support;

use std::sync::{Arc, Mutex};

use lockstep_abi::{
    Action, Address, Amount, Gas, Halt, Hash, codec,
    hash::Context,
    host::{CallRequest, CreateRequest, status},
    limits::run::MAX_CALL_DEPTH,
    price::TRANSFER,
    receipt::ActionResult,
};
use lockstep_runtime::{Log, Said, Trap};
use support::{Chain, call, halt, invoke, results, wasm};

/// Forwards its input as a request to `call`, and returns the status and what the callee answered.
const PROXY: &str = r#"(module
    (import "lockstep" "input_size" (func $size (result i32)))
    (import "lockstep" "input_read" (func $input (param i32 i32) (result i32)))
    (import "lockstep" "call" (func $call (param i32 i32 i32 i32) (result i64)))
    (import "lockstep" "create" (func $create (param i32 i32 i32 i32) (result i64)))
    (import "lockstep" "return_data" (func $return (param i32 i32)))
    (memory (export "memory") 1)
    (func $read (drop (call $input (i32.const 1024) (i32.const 60000))))
    (func (export "forward") call $read
        (i64.store (i32.const 0)
            (call $call (i32.const 1024) (call $size) (i32.const 8) (i32.const 512)))
        (call $return (i32.const 0) (i32.const 48)))
    (func (export "spawn") call $read
        (i64.store (i32.const 0)
            (call $create (i32.const 1024) (call $size) (i32.const 8) (i32.const 512)))
        (call $return (i32.const 0) (i32.const 48))))"#;

/// Keeps a value, and fails in several ways after it did.
const TARGET: &str = r#"(module
    (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
    (import "lockstep" "fail" (func $fail (param i32 i32 i32)))
    (import "lockstep" "caller" (func $caller (param i32)))
    (import "lockstep" "origin" (func $origin (param i32)))
    (import "lockstep" "return_data" (func $return (param i32 i32)))
    (memory (export "memory") 1) (data (i32.const 0) "kv")
    (func $write (call $set (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 1)))
    (func (export "keep") call $write)
    (func (export "refuse") call $write (call $fail (i32.const 7) (i32.const 0) (i32.const 2)))
    (func (export "trap") call $write unreachable)
    (func (export "spin") call $write (loop br 0))
    (func (export "who") (call $caller (i32.const 8)) (call $return (i32.const 8) (i32.const 32)))
    (func (export "signer") (call $origin (i32.const 8)) (call $return (i32.const 8) (i32.const 32))))"#;

fn request(to: Address, method: &str, args: Vec<u8>, value: u128, gas: Gas) -> Vec<u8> {
    codec::encode(&CallRequest {
        to,
        method: method.parse().unwrap(),
        args: args.try_into().unwrap(),
        value: Amount(value),
        gas_limit: gas,
    })
}

fn through(proxy: Address, request: &[u8], value: u128) -> Action {
    Action::Call { to: proxy, invocation: invoke("forward", request), value: Amount(value) }
}

/// The status and the bytes that a proxy returned.
fn answer(results: &[ActionResult]) -> (i64, Vec<u8>) {
    match &results[0] {
        ActionResult::Returned(data) => {
            (i64::from_le_bytes(data[..8].try_into().unwrap()), data[8..].to_vec())
        }
        other => panic!("{other:?}"),
    }
}

fn stored(chain: &Chain, contract: &Address) -> Option<Vec<u8>> {
    lockstep_state::Read::get(&chain.state, &lockstep_state::key::storage(contract, b"k")).unwrap()
}

#[test]
fn a_callee_sees_its_caller_and_the_signer() {
    let mut chain = Chain::new();
    let (proxy, target) = (chain.deploy(PROXY), chain.deploy(TARGET));
    let ask = |chain: &mut Chain, method| {
        let request = request(target, method, vec![], 0, Gas::mega(1_000));
        answer(&results(chain.act(vec![through(proxy, &request, 0)])))
    };
    let (length, who) = ask(&mut chain, "who");
    assert_eq!((length, &who[..32]), (32, proxy.as_bytes().as_slice()));
    let (_, signer) = ask(&mut chain, "signer");
    assert_eq!(&signer[..32], chain.alice.address().as_bytes().as_slice());
}

#[test]
fn a_failed_callee_loses_its_writes_and_value_while_its_caller_goes_on() {
    let mut chain = Chain::new();
    let (proxy, target) = (chain.deploy(PROXY), chain.deploy(TARGET));
    let cases = [
        ("refuse", status::FAILED, vec![7, 0, 0, 0, b'k', b'v']),
        ("trap", status::HALTED, vec![Halt::Unreachable.code()]),
        ("spin", status::HALTED, vec![Halt::OutOfGas.code()]),
        ("nothing", status::HALTED, vec![Halt::UnknownMethod.code()]),
    ];
    for (method, expected, payload) in cases {
        let request = request(target, method, vec![], 5, Gas::mega(500));
        let (status, bytes) = answer(&results(chain.act(vec![through(proxy, &request, 5)])));
        assert_eq!((status, &bytes[..payload.len()]), (expected, payload.as_slice()), "{method}");
        assert_eq!(stored(&chain, &target), None, "{method}");
        assert_eq!(chain.balance(&target), 0, "{method}");
    }
    assert_eq!(chain.balance(&proxy), 4 * 5);
    let keep = request(target, "keep", vec![], 20, Gas::mega(500));
    assert_eq!(answer(&results(chain.act(vec![through(proxy, &keep, 0)]))).0, 0);
    assert_eq!(stored(&chain, &target), Some(b"v".to_vec()));
    assert_eq!(chain.balance(&target), 20);
}

#[test]
fn a_contract_on_the_stack_is_not_entered_again() {
    let mut chain = Chain::new();
    let (first, second) = (chain.deploy(PROXY), chain.deploy(PROXY));
    let inner = request(first, "forward", vec![], 0, Gas::mega(500));
    let outer = request(second, "forward", inner, 0, Gas::mega(2_000));
    let (_, bytes) = answer(&results(chain.act(vec![through(first, &outer, 0)])));
    // What `second` got from its call back into `first`.
    assert_eq!(i64::from_le_bytes(bytes[..8].try_into().unwrap()), status::HALTED);
    assert_eq!(bytes[8], Halt::Reentrancy.code());
}

/// A chain of contracts, each calling the next; the native stack below must last for all of them.
#[test]
fn contracts_nest_to_the_limit_and_no_further() {
    let mut chain = Chain::new();
    let proxies: Vec<Address> = (0..=MAX_CALL_DEPTH).map(|_| chain.deploy(PROXY)).collect();
    let target = chain.deploy(TARGET);
    let nest = |depth: usize| {
        let mut request_bytes = request(target, "keep", vec![], 0, Gas(u64::MAX));
        for proxy in &proxies[1..depth] {
            request_bytes = request(*proxy, "forward", request_bytes, 0, Gas(u64::MAX));
        }
        through(proxies[0], &request_bytes, 0)
    };
    results(chain.act(vec![nest(MAX_CALL_DEPTH as usize)]));
    assert_eq!(stored(&chain, &target), None, "one contract too many");
    results(chain.act(vec![nest(MAX_CALL_DEPTH as usize - 1)]));
    assert_eq!(stored(&chain, &target), Some(b"v".to_vec()));
}

#[test]
fn a_contract_creates_another_at_an_address_of_its_own() {
    let mut chain = Chain::new();
    let factory = chain.deploy(PROXY);
    let code = wasm(TARGET);
    let hash = Hash::of(Context::Code, &code);
    results(chain.act(vec![Action::StoreCode { code: code.try_into().unwrap() }]));
    let spawn = |code, salt| {
        let request = codec::encode(&CreateRequest {
            code,
            salt: [salt; 32],
            init: None,
            value: Amount::ZERO,
            admin: None,
            gas_limit: Gas::mega(100),
        });
        Action::Call { to: factory, invocation: invoke("spawn", &request), value: Amount::ZERO }
    };
    let (length, address) = answer(&results(chain.act(vec![spawn(hash, 4)])));
    let expected = Address::of_contract(&factory, &[4; 32]);
    assert_eq!((length, &address[..32]), (32, expected.as_bytes().as_slice()));
    results(chain.act(vec![call(expected, "keep", 0)]));
    assert_eq!(stored(&chain, &expected), Some(b"v".to_vec()));

    let (status, bytes) = answer(&results(chain.act(vec![spawn(hash, 4)])));
    assert_eq!((status, bytes[0]), (status::HALTED, Halt::AlreadyExists.code()));
    let (status, bytes) = answer(&results(chain.act(vec![spawn(Hash([1; 32]), 5)])));
    assert_eq!((status, bytes[0]), (status::HALTED, Halt::NoCode.code()));
}

#[test]
fn value_that_the_sender_lacks_halts() {
    let mut chain = Chain::new();
    let target = chain.deploy(TARGET);
    let receipt = chain.act(vec![call(target, "keep", u128::MAX)]);
    assert_eq!(halt(&receipt), Halt::InsufficientBalance);
    assert_eq!(stored(&chain, &target), None);
}

/// Who nests calls gets no more stack than who does not: what is used up by the contracts below is not there above.
#[test]
fn nested_contracts_share_one_stack() {
    /// Goes down so many frames as the byte at 1024 says, then calls on with what the input holds behind it.
    const DIVER: &str = r#"(module
        (import "lockstep" "input_size" (func $size (result i32)))
        (import "lockstep" "input_read" (func $input (param i32 i32) (result i32)))
        (import "lockstep" "call" (func $call (param i32 i32 i32 i32) (result i64)))
        (import "lockstep" "return_data" (func $return (param i32 i32)))
        (memory (export "memory") 1)
        (func $down (param i32)
            (if (local.get 0)
                (then (call $down (i32.sub (local.get 0) (i32.const 1))))
                (else (if (i32.gt_u (call $size) (i32.const 4))
                    (then (i64.store (i32.const 0) (call $call
                        (i32.const 1028) (i32.sub (call $size) (i32.const 4)) (i32.const 8) (i32.const 8))))))))
        (func (export "dive")
            (drop (call $input (i32.const 1024) (i32.const 60000)))
            (call $down (i32.load (i32.const 1024)))
            (call $return (i32.const 0) (i32.const 16))))"#;
    let mut chain = Chain::new();
    let (first, second) = (chain.deploy(DIVER), chain.deploy(DIVER));
    let mut dive = |below: u32, above: u32| {
        let inner = request(second, "dive", above.to_le_bytes().to_vec(), 0, Gas(u64::MAX));
        let args = [below.to_le_bytes().as_slice(), &inner].concat();
        let action = Action::Call { to: first, invocation: invoke("dive", &args), value: Amount::ZERO };
        let (status, bytes) = answer(&results(chain.act(vec![action])));
        (status, bytes[0])
    };
    // Alone each of them fits. Both together do not, whichever is the deeper one.
    assert_eq!(dive(500, 1).0, 16);
    assert_eq!(dive(1, 500).0, 16);
    assert_eq!(dive(300, 300).0, 16);
    let overflow = (status::HALTED, Halt::StackOverflow.code());
    assert_eq!(dive(500, 500), overflow);
    assert_eq!(dive(200, 800), overflow);
}

#[test]
fn a_contracts_panic_does_not_hide_the_gas_that_it_used_from_its_caller() {
    let mut chain = Chain::new();
    let proxy = chain.deploy(PROXY);
    let target = chain.deploy(
        r#"(module (func $work (param i32) (local i32)
                (loop (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0))))
                unreachable)
            (func (export "little") (call $work (i32.const 10)))
            (func (export "much") (call $work (i32.const 1000010))))"#,
    );
    let mut gas = |method| {
        let request = request(target, method, vec![], 0, Gas::mega(15_000));
        let receipt = chain.act(vec![through(proxy, &request, 0)]);
        let used = receipt.gas_used.0;
        assert_eq!(answer(&results(receipt)).1[0], Halt::Unreachable.code());
        used
    };
    let (little, much) = (gas("little"), gas("much"));
    // A million rounds of six operators.
    assert!(much - little > 1_000_000 * 1_000, "{little}, {much}");
}

/// It writes an account, as a transfer by itself does.
#[test]
fn the_value_of_a_call_or_a_creation_costs_a_transfer() {
    let mut chain = Chain::new();
    let target = chain.deploy(TARGET);
    let mut gas = |action| {
        let receipt = chain.act(vec![action]);
        let used = receipt.gas_used.0;
        results(receipt);
        used
    };
    gas(call(target, "keep", 0));
    assert_eq!(gas(call(target, "keep", 2)), gas(call(target, "keep", 0)) + TRANSFER);
    let create = |salt, value| match support::create(wasm(TARGET), salt, None) {
        Action::Create { code, salt, init, admin, value: _ } => {
            Action::Create { code, salt, init, admin, value: Amount(value) }
        }
        other => other,
    };
    assert_eq!(gas(create(8, 2)), gas(create(9, 0)) + TRANSFER);
}

/// Anybody can send to an address that a contract is going to have.
#[test]
fn a_contract_is_created_at_an_address_that_was_funded_before() {
    let mut chain = Chain::new();
    let address = Address::of_contract(&chain.alice.address(), &[9; 32]);
    results(chain.act(vec![Action::Transfer { to: address, amount: Amount(7) }]));
    results(chain.act(vec![support::create(wasm(TARGET), 9, None)]));
    results(chain.act(vec![call(address, "keep", 2)]));
    assert_eq!(chain.balance(&address), 9);
}

/// Its caller is further up the native stack, and where the unwinder goes that far, in the same backtrace.
#[test]
fn a_trap_is_told_once_of_the_contract_that_trapped_and_of_its_functions_alone() {
    let mut chain = Chain::new();
    let (proxy, target) = (chain.deploy(PROXY), chain.deploy(TARGET));
    let traps: Arc<Mutex<Vec<(Address, Trap)>>> = Arc::default();
    let told = Arc::clone(&traps);
    chain.log = Log::new(move |contract, said| match said {
        Said::Trapped(trap) => told.lock().unwrap().push((*contract, trap.clone())),
        Said::Message(message) => panic!("{message:?}"),
    });
    for method in ["trap", "refuse", "who"] {
        let request = request(target, method, vec![], 0, Gas::mega(500));
        let _: Vec<ActionResult> = results(chain.act(vec![through(proxy, &request, 0)]));
    }
    let traps = traps.lock().unwrap();
    let [(contract, trap)] = &traps[..] else { panic!("{traps:?}") };
    assert_eq!((*contract, &trap.halt), (target, &Halt::Unreachable));
    assert_eq!(trap.code, Hash::of(Context::Code, &wasm(TARGET)));
    // Behind five imports and `$write`, `keep` and `refuse`.
    assert_eq!(trap.places.iter().map(|place| place.function).collect::<Vec<_>>(), [8]);
}
