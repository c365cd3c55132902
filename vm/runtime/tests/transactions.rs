//! What a transaction does to balances, nonces and fees, whether it succeeds, halts or never happens.

mod support;

use lockstep_abi::{
    Action, Address, Amount, DecodeError, Gas, GasPrice, Halt, Height, Nonce, TxBody,
    limits::{run::MAX_EVENTS, wire::MAX_TX_BYTES},
    price::STORAGE_REPLACED_PER_BYTE,
    receipt::ActionResult,
    schema::{Method, MethodKind, SECTION, Schema, Type, VERSION},
};
use lockstep_runtime::{InvalidTx, account};
use lockstep_state::{Read, key};
use support::{Chain, FUNDS, PROPOSER, call, create, halt, invoke, results, wasm};

#[test]
fn a_transfer_moves_the_amount_and_pays_the_fee_to_the_proposer() {
    let mut chain = Chain::new();
    let (alice, bob) = (chain.alice.address(), chain.bob.address());
    let receipt = chain.act(vec![Action::Transfer { to: bob, amount: Amount(500) }]);
    assert_eq!(receipt.fee, GasPrice(1).fee(receipt.gas_used).unwrap());
    assert_eq!(chain.balance(&bob), FUNDS.0 + 500);
    assert_eq!(chain.balance(&PROPOSER), receipt.fee.0);
    assert_eq!(chain.balance(&alice), FUNDS.0 - 500 - receipt.fee.0);
}

#[test]
fn a_transfer_to_oneself_changes_nothing_but_the_fee() {
    let mut chain = Chain::new();
    let alice = chain.alice.address();
    let receipt = chain.act(vec![Action::Transfer { to: alice, amount: Amount(500) }]);
    assert_eq!(chain.balance(&alice), FUNDS.0 - receipt.fee.0);
}

#[test]
fn actions_take_effect_together_or_not_at_all() {
    let mut chain = Chain::new();
    let bob = chain.bob.address();
    let too_much = Action::Transfer { to: bob, amount: FUNDS };
    let receipt = chain.act(vec![Action::Transfer { to: bob, amount: Amount(500) }, too_much]);
    assert_eq!(halt(&receipt), Halt::InsufficientBalance);
    assert_eq!(chain.balance(&bob), FUNDS.0);
    assert_eq!(account(&chain.state, &chain.alice.address()).unwrap().nonce, Nonce(1));
    assert!(receipt.fee > Amount::ZERO);
}

#[test]
fn invalid_transactions_never_happen() {
    let mut chain = Chain::new();
    let transfer = || vec![Action::Transfer { to: PROPOSER, amount: Amount(1) }];
    let body = || chain.alice.body(0, transfer());
    let good = chain.alice.sign(body());

    let mut other_chain = body();
    other_chain.chain_id = "other".parse().unwrap();
    let mut costly = body();
    costly.gas_price = GasPrice(u64::MAX);
    let mut poor = body();
    poor.gas_limit = Gas(1);
    let mut greedy = body();
    greedy.gas_limit = Gas(u64::MAX);
    let mut old = body();
    old.expiry = Height(0);
    let mut eternal = body();
    eternal.expiry = Height(u64::MAX);
    let mut forged = good.clone();
    *forged.last_mut().unwrap() ^= 1;
    let mut trailing = good.clone();
    trailing.push(0);

    let cases = [
        (chain.alice.sign(other_chain), "wrong_chain"),
        (chain.alice.sign(costly), "cannot_pay"),
        (chain.alice.sign(poor), "gas_limit_too_low"),
        (chain.alice.sign(greedy), "gas_limit_too_high"),
        (chain.alice.sign(old), "expired"),
        (chain.alice.sign(eternal), "expiry_too_far"),
        (chain.alice.sign(chain.alice.body(0, vec![])), "no_actions"),
        (chain.alice.sign(chain.alice.body(1, transfer())), "nonce_too_high"),
        (chain.bob.sign(body()), "bad_signature"),
        (forged, "bad_signature"),
        (trailing, "malformed"),
        (good[..good.len() - 1].to_vec(), "malformed"),
        (vec![], "malformed"),
    ];
    let before = chain.state.root();
    for (tx, name) in cases {
        let error = chain.submit(&tx).unwrap_err();
        assert_eq!(error.name(), name, "{error}");
        assert_eq!(chain.state.root(), before, "{name}");
    }
    let oversized = chain.submit(&vec![0; MAX_TX_BYTES + 1]).unwrap_err();
    assert!(matches!(oversized, InvalidTx::Decode(DecodeError::TooLong { .. })));

    chain.submit(&good).unwrap();
    assert_eq!(chain.submit(&good).unwrap_err().name(), "nonce_too_low");
}

#[test]
fn refused_code_names_the_action_and_the_function_and_stores_nothing() {
    let mut chain = Chain::new();
    let code = wasm("(module (func $price f32.const 1 drop))");
    let body = chain.alice.body(0, vec![create(code, 0, None)]);
    let before = chain.state.root();
    let error = chain.submit(&chain.alice.sign(body)).unwrap_err();
    assert_eq!(error.name(), "code_refused");
    assert!(error.to_string().contains("action 0") && error.to_string().contains("`price`"), "{error}");
    assert_eq!(chain.state.root(), before);
}

#[test]
fn a_halt_keeps_the_fee_and_drops_the_writes_and_events() {
    let mut chain = Chain::new();
    let contract = chain.deploy(
        r#"(module
            (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
            (import "lockstep" "emit" (func $emit (param i32 i32 i32 i32)))
            (memory (export "memory") 1) (data (i32.const 0) "\01ab")
            (func $write (export "write")
                (call $set (i32.const 1) (i32.const 1) (i32.const 2) (i32.const 1))
                (call $emit (i32.const 0) (i32.const 2) (i32.const 2) (i32.const 1)))
            (func (export "trap") call $write unreachable)
            (func (export "spin") call $write (loop br 0)))"#,
    );
    for (method, expected) in [("trap", Halt::Unreachable), ("spin", Halt::OutOfGas)] {
        let before = chain.balance(&chain.alice.address());
        let receipt = chain.act(vec![call(contract, method, 0)]);
        assert_eq!(halt(&receipt), expected);
        assert!(receipt.events.is_empty());
        assert_eq!(chain.balance(&chain.alice.address()), before - receipt.fee.0);
        let limit = chain.alice.body(0, vec![]).gas_limit;
        assert_eq!(receipt.gas_used == limit, expected == Halt::OutOfGas);
        let stored = key::storage(&contract, b"a");
        assert_eq!(chain.state.get(&stored).unwrap(), None);
    }
    let receipt = chain.act(vec![call(contract, "write", 0)]);
    assert_eq!(receipt.events.len(), 1);
    assert_eq!(receipt.events[0].contract, contract);
}

/// Whether blocks before or this transaction wrote it.
#[test]
fn a_write_pays_for_what_the_state_has_at_that_instant() {
    let mut chain = Chain::new();
    let contract = chain.deploy(
        r#"(module
            (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
            (import "lockstep" "storage_remove" (func $remove (param i32 i32)))
            (memory (export "memory") 1)
            (func $fill (export "fill") (call $set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 50000)))
            (func $drop (export "drop") (call $remove (i32.const 0) (i32.const 1)))
            (func (export "fill_then_drop") call $fill call $drop)
            (func (export "drop_then_fill") call $drop call $fill))"#,
    );
    let all = 50_000 * STORAGE_REPLACED_PER_BYTE;
    let gas = |chain: &mut Chain, method| {
        let receipt = chain.act(vec![call(contract, method, 0)]);
        let used = receipt.gas_used.0;
        results(receipt);
        used
    };
    let [over_nothing, over_own] = ["drop", "fill_then_drop"].map(|method| gas(&mut chain, method));
    assert_eq!(gas(&mut chain, "drop_then_fill") + all, over_own);
    assert_eq!(gas(&mut chain, "drop"), over_nothing + all);
    assert_eq!(gas(&mut chain, "drop"), over_nothing, "it is gone");
}

#[test]
fn a_value_stays_whose_removal_cannot_be_paid_for() {
    let mut chain = Chain::new();
    let contract = chain.deploy(
        r#"(module
            (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
            (import "lockstep" "storage_remove" (func $remove (param i32 i32)))
            (memory (export "memory") 1)
            (func (export "fill") (call $set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 50000)))
            (func (export "drop") (call $remove (i32.const 0) (i32.const 1))))"#,
    );
    let remove = |chain: &mut Chain, gas_limit| {
        let nonce = account(&chain.state, &chain.alice.address()).unwrap().nonce;
        let body = TxBody { gas_limit, ..chain.alice.body(nonce.0, vec![call(contract, "drop", 0)]) };
        chain.submit(&chain.alice.sign(body)).unwrap()
    };
    let length = |chain: &Chain| chain.state.len(&key::storage(&contract, &[0])).unwrap();
    let over_nothing = remove(&mut chain, Gas::mega(20_000)).gas_used;
    results(chain.act(vec![call(contract, "fill", 0)]));
    let short = Gas(over_nothing.0 + 50_000 * STORAGE_REPLACED_PER_BYTE - 1);
    let receipt = remove(&mut chain, short);
    assert_eq!((halt(&receipt), receipt.gas_used), (Halt::OutOfGas, short));
    assert_eq!(length(&chain), Some(50_000));
    results(remove(&mut chain, Gas(short.0 + 1)));
    assert_eq!(length(&chain), None);
}

#[test]
fn code_is_stored_once_and_created_from_by_hash() {
    let mut chain = Chain::new();
    let code = wasm(r#"(module (func (export "f")))"#);
    let stored = results(chain.act(vec![Action::StoreCode { code: code.clone().try_into().unwrap() }]));
    let ActionResult::Stored(hash) = stored[0] else { panic!("{stored:?}") };
    let by_hash = |salt| Action::Create {
        code: lockstep_abi::tx::CodeSource::Stored(hash),
        salt: [salt; 32],
        init: None,
        value: Amount(5),
        admin: None,
    };
    let created = results(chain.act(vec![by_hash(1)]));
    let ActionResult::Created(address) = created[0] else { panic!("{created:?}") };
    assert_eq!(chain.balance(&address), 5);
    assert_eq!(halt(&chain.act(vec![by_hash(1)])), Halt::AlreadyExists);
    let missing = Action::Create {
        code: lockstep_abi::tx::CodeSource::Stored(lockstep_abi::Hash([9; 32])),
        salt: [2; 32],
        init: None,
        value: Amount::ZERO,
        admin: None,
    };
    assert_eq!(halt(&chain.act(vec![missing])), Halt::NoCode);
    assert_eq!(halt(&chain.act(vec![call(PROPOSER, "f", 0)])), Halt::NoContract);
    assert_eq!(halt(&chain.act(vec![call(address, "g", 0)])), Halt::UnknownMethod);
}

#[test]
fn only_the_admin_upgrades_and_a_contract_without_one_never_changes() {
    let mut chain = Chain::new();
    let returns = |n: u8| {
        format!(
            r#"(module (import "lockstep" "return_data" (func $r (param i32 i32)))
                (memory (export "memory") 1) (data (i32.const 0) "\0{n}")
                (func (export "version") (call $r (i32.const 0) (i32.const 1))))"#
        )
    };
    let contract = chain.deploy(&returns(1));
    let upgrade = |n| Action::Upgrade {
        contract,
        code: lockstep_abi::tx::CodeSource::Inline(wasm(&returns(n)).try_into().unwrap()),
        migrate: None,
    };
    let bobs = chain.bob.sign(chain.bob.body(0, vec![upgrade(2)]));
    assert_eq!(halt(&chain.submit(&bobs).unwrap()), Halt::NotAdmin);

    let version = |chain: &mut Chain| match &results(chain.act(vec![call(contract, "version", 0)]))[0] {
        ActionResult::Returned(data) => data[0],
        other => panic!("{other:?}"),
    };
    assert_eq!(version(&mut chain), 1);
    results(chain.act(vec![upgrade(2)]));
    assert_eq!(version(&mut chain), 2);
    results(chain.act(vec![Action::SetAdmin { contract, admin: None }]));
    assert_eq!(halt(&chain.act(vec![upgrade(3)])), Halt::NotAdmin);
}

#[test]
fn gas_does_not_depend_on_what_is_cached() {
    let text = r#"(module (memory (export "memory") 2) (func (export "f") (local i64)))"#;
    let mut warm = Chain::new();
    let contract = warm.deploy(text);
    let first = warm.act(vec![call(contract, "f", 0)]);
    let second = warm.act(vec![call(contract, "f", 0)]);
    // A node that restarted: the same state, an empty cache.
    warm.engine = lockstep_runtime::Engine::default();
    let cold = warm.act(vec![call(contract, "f", 0)]);
    assert_eq!(first.gas_used, second.gas_used);
    assert_eq!(second.gas_used, cold.gas_used);
}

/// Bytes that are not what the interface says: three for a number of eight.
#[test]
fn a_result_that_does_not_fit_the_interface_halts_and_drops_the_writes() {
    let mut chain = Chain::new();
    let code = wasm(
        r#"(module
            (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
            (import "lockstep" "return_data" (func $return (param i32 i32)))
            (memory (export "memory") 1)
            (func (export "lie")
                (call $set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1))
                (call $return (i32.const 0) (i32.const 3)))
            (func (export "tell") (call $return (i32.const 0) (i32.const 8))))"#,
    );
    let method = |name: &str| Method {
        name: name.into(),
        docs: String::new(),
        kind: MethodKind::Call,
        payable: false,
        reentrant: false,
        private: false,
        args: vec![],
        result: Type::U64,
    };
    let schema = Schema {
        version: VERSION,
        name: "liar".into(),
        docs: String::new(),
        methods: vec![method("lie"), method("tell")],
        events: vec![],
        errors: vec![],
    };
    let receipt = chain.act(vec![create(with_schema(code, &schema), 0, None)]);
    let ActionResult::Created(liar) = results(receipt)[0] else { panic!("not created") };
    let receipt = chain.act(vec![call(liar, "lie", 0)]);
    assert_eq!(halt(&receipt), Halt::BadResult);
    assert!(receipt.fee > Amount::ZERO);
    let stored = key::storage(&liar, &[0]);
    assert_eq!(chain.state.get(&stored).unwrap(), None);
    results(chain.act(vec![call(liar, "tell", 0)]));
}

#[test]
fn a_private_method_is_refused_to_all_but_its_contract() {
    let mut chain = Chain::new();
    // A request of the address, the method's name, no arguments, no value, and no limit of gas.
    let code = wasm(
        r#"(module
            (import "lockstep" "own_address" (func $own (param i32)))
            (import "lockstep" "input_read" (func $input (param i32 i32) (result i32)))
            (import "lockstep" "call" (func $call (param i32 i32 i32 i32) (result i64)))
            (memory (export "memory") 1)
            (data (i32.const 32) "\04\00\00\00mine\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\ff\ff\ff\ff\ff\ff\ff\ff")
            (func (export "mine"))
            (func (export "by_itself")
                (call $own (i32.const 0))
                (if (i64.ne (call $call (i32.const 0) (i32.const 68) (i32.const 0) (i32.const 0)) (i64.const 0))
                    (then unreachable)))
            ;; The halt's code, 27, is to come.
            (func (export "of")
                (drop (call $input (i32.const 0) (i32.const 32)))
                (if (i64.ne (call $call (i32.const 0) (i32.const 68) (i32.const 100) (i32.const 1)) (i64.const -2))
                    (then unreachable))
                (if (i32.ne (i32.load8_u (i32.const 100)) (i32.const 27)) (then unreachable))))"#,
    );
    let method = |name: &str, private| Method {
        name: name.into(),
        docs: String::new(),
        kind: MethodKind::Call,
        payable: false,
        reentrant: private,
        private,
        args: vec![],
        result: Type::Unit,
    };
    let schema = Schema {
        version: VERSION,
        name: "hermit".into(),
        docs: String::new(),
        methods: vec![method("by_itself", false), method("mine", true), method("of", false)],
        events: vec![],
        errors: vec![],
    };
    let code = with_schema(code, &schema);
    let receipt = chain.act(vec![create(code.clone(), 0, None), create(code, 1, None)]);
    let [ActionResult::Created(hermit), ActionResult::Created(other)] = results(receipt)[..] else {
        panic!("not created")
    };
    assert_eq!(halt(&chain.act(vec![call(hermit, "mine", 0)])), Halt::Private);
    results(chain.act(vec![call(hermit, "by_itself", 0)]));
    let of = |to: &Address| Action::Call { to: other, invocation: invoke("of", &to.0), value: Amount::ZERO };
    results(chain.act(vec![of(&hermit)]));
}

/// The module with a custom section: its id, its length, the length of its name, its name, the schema.
fn with_schema(mut wasm: Vec<u8>, schema: &Schema) -> Vec<u8> {
    let content = [&[SECTION.len() as u8], SECTION.as_bytes(), &schema.encode()].concat();
    assert!(content.len() < 1 << 14, "two bytes of LEB128 hold the length");
    wasm.extend([0, content.len() as u8 | 0x80, (content.len() >> 7) as u8]);
    wasm.extend(content);
    wasm
}

/// Error texts and backtraces differ between machines; a receipt that held one forked a peer's chain.
#[test]
fn no_text_of_the_engine_reaches_a_receipt() {
    for body in [
        "unreachable",
        "(drop (i32.load (i32.const 70000)))",
        "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
        "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))",
        "(call_indirect (i32.const 9))",
        "(call_indirect (i32.const 1))",
        "(call_indirect (param i32) (i32.const 1) (i32.const 0))",
        "(loop (br 0))",
        "(call $f)",
        "(call $log (i32.const 0) (i32.const 70000))",
        "(call $log (i32.const 70000) (i32.const 1))",
    ] {
        let mut chain = Chain::new();
        let contract = chain.deploy(&format!(
            r#"(module (import "lockstep" "debug_log" (func $log (param i32 i32)))
                (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) $f)
                (func $f (export "f") {body}))"#
        ));
        let receipt = chain.act(vec![call(contract, "f", 0)]);
        let halt = halt(&receipt);
        assert!(!matches!(halt, Halt::Contract { .. }), "{body}");
        // A number and nothing else.
        assert_eq!(lockstep_abi::codec::encode(&halt), [halt.code()], "{body}");
        assert!(receipt.events.is_empty(), "{body}");
    }
}

#[test]
fn a_receipt_holds_so_many_events_and_not_one_more() {
    let emits = |events: u32| {
        format!(
            r#"(module (import "lockstep" "emit" (func $emit (param i32 i32 i32 i32)))
                (memory (export "memory") 1)
                (func (export "f") (local i32)
                    (loop
                        (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
                        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                        (br_if 0 (i32.lt_u (local.get 0) (i32.const {events}))))))"#
        )
    };
    let mut chain = Chain::new();
    let (most, more) = (chain.deploy(&emits(MAX_EVENTS)), chain.deploy(&emits(MAX_EVENTS + 1)));
    assert_eq!(chain.act(vec![call(most, "f", 0)]).events.len(), MAX_EVENTS as usize);
    // In one transaction, though not in one call.
    let twice = chain.act(vec![call(most, "f", 0), call(most, "f", 0)]);
    assert_eq!(halt(&twice), Halt::TooManyEvents);
    assert_eq!(halt(&chain.act(vec![call(more, "f", 0)])), Halt::TooManyEvents);
}
