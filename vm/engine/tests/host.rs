//! Host functions do what the table says.

mod support;

use lockstep_abi::{
    Address, Amount, Gas, Halt, codec,
    host::{CallRequest, HostFunction, status},
    limits::run::{FRAME_STACK_UNITS, MAX_STACK_UNITS},
    price::{RANGE_PER_ENTRY, STORAGE_REPLACED_PER_BYTE},
};
use lockstep_engine::Answer;
use support::Runner;

/// A module whose `f` calls one host function with constants, stores its result at 0 as 8 bytes, and
/// returns the first `len` bytes of memory; the input lies at 64.
fn one_call(row: HostFunction, args: &[i64], len: u32) -> Runner {
    use lockstep_abi::host::ValueType::{I32, I64};
    let name = row.name();
    let ty = |ty| if ty == I64 { "i64" } else { "i32" };
    let params: Vec<_> = row.params().iter().map(|p| ty(*p)).collect();
    let result = row.result().map(|r| format!("(result {})", ty(r))).unwrap_or_default();
    let consts: Vec<_> = params.iter().zip(args).map(|(ty, arg)| format!("({ty}.const {arg})")).collect();
    assert_eq!(params.len(), args.len(), "{name}");
    let call = format!("(call $h {})", consts.join(" "));
    let store = match row.result() {
        Some(I64) => format!("(i64.store (i32.const 0) {call})"),
        Some(I32) => format!("(i64.store (i32.const 0) (i64.extend_i32_u {call}))"),
        None => call,
    };
    Runner::new(&format!(
        r#"(module
            (import "lockstep" "{name}" (func $h (param {}) {result}))
            (import "lockstep" "input_read" (func $in (param i32 i32) (result i32)))
            (import "lockstep" "return_data" (func $out (param i32 i32)))
            (memory (export "memory") 1)
            (func (export "f")
                (drop (call $in (i32.const 64) (i32.const 4096)))
                {store}
                (call $out (i32.const 0) (i32.const {len}))))"#,
        params.join(" "),
    ))
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn the_context_is_what_the_caller_said() {
    for (row, expected) in [
        (HostFunction::origin, vec![1; 32]),
        (HostFunction::caller, vec![2; 32]),
        (HostFunction::own_address, vec![3; 32]),
        (HostFunction::value, Amount(4).0.to_le_bytes().to_vec()),
    ] {
        assert_eq!(one_call(row, &[0], expected.len() as u32).call("f").result, Ok(expected), "{row:?}");
    }
    assert_eq!(
        one_call(HostFunction::block_height, &[], 8).call("f").result,
        Ok(7_u64.to_le_bytes().to_vec())
    );
    assert_eq!(
        one_call(HostFunction::block_time, &[], 8).call("f").result,
        Ok(8_000_u64.to_le_bytes().to_vec())
    );
    let chain = one_call(HostFunction::chain_id, &[8, 16], 12).call("f").result.unwrap();
    assert_eq!(chain, [&4_u64.to_le_bytes()[..], b"test"].concat());
}

#[test]
fn storage_gives_back_what_was_set_and_tells_absent_from_empty() {
    let get = || one_call(HostFunction::storage_get, &[64, 1, 8, 4], 12);
    let mut runner = get();
    runner.input = b"k".to_vec();
    assert_eq!(runner.call("f").result.unwrap()[..8], (-1_i64).to_le_bytes());
    runner.world.entries.insert(b"k".to_vec(), vec![]);
    assert_eq!(runner.call("f").result.unwrap()[..8], 0_i64.to_le_bytes());
    // Longer than the room for it: the whole length is told, what fits is written.
    runner.world.entries.insert(b"k".to_vec(), b"abcdef".to_vec());
    assert_eq!(runner.call("f").result.unwrap(), [&6_i64.to_le_bytes()[..], b"abcd"].concat());

    let mut set = one_call(HostFunction::storage_set, &[64, 1, 65, 2], 0);
    set.input = b"kvv".to_vec();
    set.call("f").result.unwrap();
    assert_eq!(set.world.entries[b"k".as_slice()], b"vv");
}

#[test]
fn the_buffer_keeps_all_of_the_last_long_result() {
    let text = r#"(module
        (import "lockstep" "storage_get" (func $get (param i32 i32 i32 i32) (result i64)))
        (import "lockstep" "buffer_size" (func $size (result i32)))
        (import "lockstep" "buffer_read" (func $read (param i32 i32 i32)))
        (import "lockstep" "return_data" (func $out (param i32 i32)))
        (memory (export "memory") 1) (data (i32.const 0) "k")
        (func (export "f")
            (drop (call $get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))
            (call $read (i32.const 1) (i32.const 8) (i32.sub (call $size) (i32.const 1)))
            (call $out (i32.const 8) (i32.const 5)))
        (func (export "past")
            (call $read (i32.const 0) (i32.const 8) (i32.const 1))))"#;
    let mut runner = Runner::new(text);
    runner.world.entries.insert(b"k".to_vec(), b"abcdef".to_vec());
    assert_eq!(runner.call("f").result, Ok(b"bcdef".to_vec()));
    assert_eq!(runner.halt_of("past"), Halt::HostArgument);
}

#[test]
fn a_value_is_paid_for_by_its_whole_length_even_where_little_is_copied() {
    let gas = |length| {
        let mut runner = one_call(HostFunction::storage_get, &[64, 1, 8, 0], 8);
        runner.input = b"k".to_vec();
        runner.world.entries.insert(b"k".to_vec(), vec![0; length]);
        runner.gas_of("f")
    };
    assert_eq!(gas(1_001) - gas(1), 1_000 * HostFunction::storage_get.price().per_byte);
}

/// To say whether a value is there, a store reads all of it.
#[test]
fn whether_a_value_is_there_costs_by_its_length() {
    let gas = |length| {
        let mut runner = one_call(HostFunction::storage_has, &[64, 1], 8);
        runner.input = b"k".to_vec();
        runner.world.entries.insert(b"k".to_vec(), vec![0; length]);
        runner.gas_of("f")
    };
    assert_eq!(gas(1_001) - gas(1), 1_000 * HostFunction::storage_has.price().per_byte);
}

/// Both ways to write: the module, and what `k` has when it ran.
fn writes_over(before: Option<&[u8]>) -> [(Runner, Option<&'static [u8]>); 2] {
    let runner = |row, args: &[i64]| {
        let mut runner = one_call(row, args, 0);
        runner.input = b"kv".to_vec();
        runner.world.entries.extend(before.map(|value| (b"k".to_vec(), value.to_vec())));
        runner
    };
    [
        (runner(HostFunction::storage_set, &[64, 1, 65, 1]), Some(b"v")),
        (runner(HostFunction::storage_remove, &[64, 1]), None),
    ]
}

/// A block could remove 105,000 values of 64 KiB for the price of their keys, and every node held them in memory
/// at its end, and in its history for 128 blocks.
#[test]
fn a_write_pays_for_each_byte_that_it_replaces() {
    let gas = |before: Option<&[u8]>| writes_over(before).map(|(mut runner, _)| runner.gas_of("f"));
    let nothing = gas(None);
    assert_eq!(gas(Some(b"")), nothing);
    for length in [1, 1_000, 65_536] {
        let more = length as u64 * STORAGE_REPLACED_PER_BYTE;
        assert_eq!(gas(Some(&vec![0; length])), nothing.map(|gas| gas + more), "{length} bytes");
    }
}

#[test]
fn a_write_that_cannot_pay_for_what_it_would_replace_replaces_nothing() {
    let before = [7; 1_000];
    let exact = writes_over(Some(&before)).map(|(mut runner, _)| runner.call("f").gas_used);
    for ((mut runner, after), exact) in writes_over(Some(&before)).into_iter().zip(exact) {
        let world = runner.world.clone();
        runner.gas = Gas(exact.0 - 1_000 * STORAGE_REPLACED_PER_BYTE);
        let answer = runner.call("f");
        assert_eq!((answer.result, answer.gas_used), (Err(Halt::OutOfGas), runner.gas));
        assert_eq!(runner.world, world);
        runner.gas = exact;
        runner.call("f").result.unwrap();
        assert_eq!(runner.world.entries.get(b"k".as_slice()).map(Vec::as_slice), after);
    }
}

#[test]
fn a_range_goes_in_key_order_both_ways_within_its_bounds() {
    let range = |descending, limit| {
        let args = [64, 1, 65, 1, descending, limit, 8, 4_096];
        let mut runner = one_call(HostFunction::storage_range, &args, 8 + 3 * 10);
        runner.input = b"bd".to_vec();
        for key in [b"a", b"b", b"c", b"d"] {
            runner.world.entries.insert(key.to_vec(), vec![key[0] - b'a']);
        }
        let bytes = runner.call("f").result.unwrap();
        let length = usize::from(bytes[0]);
        bytes[8..8 + length].chunks(10).map(|entry| (entry[8], entry[9])).collect::<Vec<_>>()
    };
    assert_eq!(range(0, 9), [(b'b', 1), (b'c', 2)]);
    assert_eq!(range(1, 9), [(b'c', 2), (b'b', 1)]);
    assert_eq!(range(0, 1), [(b'b', 1)]);
    assert_eq!(range(0, 0), []);
}

#[test]
fn a_range_pays_for_removed_entries_that_it_steps_over() {
    let range = |removed: u8| {
        let mut runner = one_call(HostFunction::storage_range, &[64, 0, 64, 0, 0, 9, 8, 99], 8);
        runner.world.removed = (0..removed).map(|key| vec![key]).collect();
        runner
    };
    assert_eq!(range(10).gas_of("f") - range(0).gas_of("f"), 10 * RANGE_PER_ENTRY);
    let enough = range(0).call("f").gas_used;
    let short = range(200).with_gas(Gas(enough.0 + 5 * RANGE_PER_ENTRY)).call("f");
    assert_eq!(short.result, Err(Halt::OutOfGas));
}

#[test]
fn events_carry_topics_and_data() {
    let mut runner = one_call(HostFunction::emit, &[64, 5, 69, 3], 0);
    runner.input = b"\x01A\x02BCxyz".to_vec();
    runner.call("f").result.unwrap();
    let (topics, data) = &runner.world.events[0];
    assert_eq!((topics.len(), &*topics[0], &*topics[1], &**data), (2, &b"A"[..], &b"BC"[..], &b"xyz"[..]));

    for bad in [&b"\x02A"[..], b"\x21", b"\x00\x00\x00\x00\x00"] {
        let mut runner = one_call(HostFunction::emit, &[64, bad.len() as i64, 64, 0], 0);
        runner.input = bad.to_vec();
        assert_eq!(runner.halt_of("f"), Halt::HostArgument, "{bad:?}");
    }
}

fn request(gas_limit: Gas) -> Vec<u8> {
    codec::encode(&CallRequest {
        to: Address([9; 32]),
        method: "m".parse().unwrap(),
        args: vec![1, 2].try_into().unwrap(),
        value: Amount::ZERO,
        gas_limit,
    })
}

fn calling(gas_limit: Gas, answer: Answer) -> Runner {
    let input = request(gas_limit);
    let mut runner = one_call(HostFunction::call, &[64, input.len() as i64, 8, 8], 16);
    runner.input = input;
    runner.world.answer = Some(answer);
    runner
}

#[test]
fn a_call_gets_at_most_its_limit_and_leaves_the_caller_a_64th() {
    let answer = Answer { gas_used: Gas(5), result: Ok(vec![7]) };
    let mut small = calling(Gas(1_000), answer.clone());
    small.call("f").result.unwrap();
    assert_eq!(small.world.requests[0].1.gas, Gas(1_000));

    let given = |limit| {
        let mut all = calling(Gas(u64::MAX), answer.clone()).with_gas(limit);
        all.call("f").result.unwrap();
        all.world.requests[0].1.gas.0
    };
    assert_eq!(given(Gas::mega(164)) - given(Gas::mega(100)), Gas::mega(63).0);
}

#[test]
fn a_callees_answer_and_failure_reach_the_caller_who_pays_for_both() {
    let run = |gas_used, result| calling(Gas::mega(10), Answer { gas_used: Gas(gas_used), result }).call("f");
    let ok = run(0, Ok(vec![7, 8]));
    assert_eq!(ok.result.clone().unwrap()[..10], [2, 0, 0, 0, 0, 0, 0, 0, 7, 8]);
    assert_eq!(run(1_000, Ok(vec![7, 8])).gas_used.0 - ok.gas_used.0, 1_000);

    let data = vec![5, 6].try_into().unwrap();
    let failed = run(0, Err(Halt::Contract { code: 3, data })).result.unwrap();
    assert_eq!(failed[..8], status::FAILED.to_le_bytes());
    assert_eq!(failed[8..14], [3, 0, 0, 0, 5, 6]);

    let halted = run(0, Err(Halt::DivisionByZero)).result.unwrap();
    assert_eq!(halted[..8], status::HALTED.to_le_bytes());
    assert_eq!(halted[8], Halt::DivisionByZero.code());
}

#[test]
fn a_request_that_is_not_canonical_halts() {
    let mut runner = calling(Gas(1), Answer { gas_used: Gas(0), result: Ok(vec![]) });
    runner.input[40] = 0xFF;
    assert_eq!(runner.halt_of("f"), Halt::HostArgument);
}

/// Vectors of FIPS 180-4, of Keccak-256 as Ethereum uses it, and of the BLAKE3 reference.
#[test]
fn hashes_match_published_vectors() {
    for (row, expected) in [
        (HostFunction::sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (HostFunction::keccak256, "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        (HostFunction::blake3, "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"),
    ] {
        let mut runner = one_call(row, &[64, 3, 0], 32);
        runner.input = b"abc".to_vec();
        assert_eq!(runner.call("f").result, Ok(hex(expected)), "{row:?}");
    }
}

/// Test 2 of RFC 8032, section 7.1; then one bit flipped in each part.
#[test]
fn ed25519_follows_rfc_8032_and_refuses_a_flipped_bit() {
    let input = [
        hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
        hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        hex("72"),
    ]
    .concat();
    let verify = |input: Vec<u8>| {
        let mut runner = one_call(HostFunction::ed25519_verify, &[64, 96, 160, 1], 1);
        runner.input = input;
        runner.call("f").result.unwrap()
    };
    assert_eq!(verify(input.clone()), [1]);
    for at in [0, 40, 80, 96] {
        let mut flipped = input.clone();
        flipped[at] ^= 1;
        assert_eq!(verify(flipped), [0], "byte {at}");
    }
}

/// The vector of go-ethereum's crypto/signature_test.go.
#[test]
fn secp256k1_recovers_the_key_of_a_published_signature() {
    let input = [
        hex("ce0677bb30baa8cf067c88db9811f4333d131bf8bcf12fe7065d211dce971008"),
        hex("90f27b8b488db00b00606796d2987f6a5f59ae62ea05effe84fef5b8b0e549984a691139ad57a3f0b906637673aa2f63d1f55cb1a69199d4009eea23ceaddc93"),
    ]
    .concat();
    let key = hex(
        "04e32df42865e97135acfb65f3bae71bdc86f4d49150ad6a440b6f15878109880a0a2b2667f7e725ceea70c673093bf67663e0312623c8e091b13cf2c0f11ef652",
    );
    let mut runner = one_call(HostFunction::secp256k1_recover, &[64, 96, 1, 8], 72);
    runner.input = input.clone();
    assert_eq!(runner.call("f").result, Ok([&1_u64.to_le_bytes()[..], &key[1..]].concat()));

    let mut zero = one_call(HostFunction::secp256k1_recover, &[64, 96, 1, 8], 1);
    zero.input = [&input[..32], &[0; 64]].concat();
    assert_eq!(zero.call("f").result, Ok(vec![0]));
    let mut bad = one_call(HostFunction::secp256k1_recover, &[64, 96, 4, 8], 1);
    bad.input = input.clone();
    assert_eq!(bad.call("f").result, Ok(vec![0]));

    // The other of the two signatures that hold: s is the group's order less s, and y is the other one.
    let order = hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    let mut high = input.clone();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let difference = i32::from(order[at]) - i32::from(input[64 + at]) - borrow;
        borrow = i32::from(difference < 0);
        high[64 + at] = difference.rem_euclid(256) as u8;
    }
    let mut runner = one_call(HostFunction::secp256k1_recover, &[64, 96, 0, 8], 72);
    runner.input = high;
    assert_eq!(runner.call("f").result, Ok([&1_u64.to_le_bytes()[..], &key[1..]].concat()));
}

/// No row is free to look at anything, or to do anything, before its fixed charge is taken.
#[test]
fn every_host_function_takes_its_fixed_charge_before_anything_else() {
    let (two, four) = (HostFunction::debug_log, HostFunction::storage_set);
    let around = |row: HostFunction, args: &[i64]| bare_call(row, args).gas_of("f") - row.price().fixed;
    let pushing = (around(four, &[0; 4]) - around(two, &[0; 2])) / 2;
    let calling = around(two, &[0; 2]) - 2 * pushing;
    for row in HostFunction::ALL {
        // Nonsense for every other check: lengths over each limit, far outside of memory.
        let args = vec![-1; row.params().len()];
        let mut runner = bare_call(*row, &args);
        runner.gas =
            Gas(runner.enter_price().0 + args.len() as u64 * pushing + calling + row.price().fixed - 1);
        let answer = runner.call("f");
        assert_eq!((answer.result, answer.gas_used), (Err(Halt::OutOfGas), runner.gas), "{row:?}");
        assert_eq!(runner.world, support::Memory::default(), "{row:?}");
    }
}

/// A module whose `f` does nothing but call one host function with constants.
fn bare_call(row: HostFunction, args: &[i64]) -> Runner {
    use lockstep_abi::host::ValueType::I64;
    let ty = |ty| if ty == I64 { "i64" } else { "i32" };
    let params: Vec<_> = row.params().iter().map(|p| ty(*p)).collect();
    let result = row.result().map(|r| format!("(result {})", ty(r))).unwrap_or_default();
    let drop = row.result().map_or("", |_| "drop");
    let consts: String = params.iter().zip(args).map(|(ty, arg)| format!("({ty}.const {arg}) ")).collect();
    Runner::new(&format!(
        r#"(module (import "lockstep" "{}" (func $h (param {}) {result})) (memory (export "memory") 1)
            (func (export "f") {consts} call $h {drop}))"#,
        row.name(),
        params.join(" "),
    ))
}

/// Each step is made too little for, one after the other: what comes first decides.
#[test]
fn a_host_function_charges_then_caps_the_length_then_charges_by_byte_then_copies_then_works() {
    let row = HostFunction::debug_log;
    let around = bare_call(row, &[0, 0]).gas_of("f") - row.price().fixed;
    let end = |ptr: i64, len: i64, gas: u64| {
        let mut runner = bare_call(row, &[ptr, len]);
        runner.gas = Gas(runner.enter_price().0 + around + gas);
        let answer = runner.call("f");
        (answer.result.err(), runner.world.log.len())
    };
    let (fixed, bytes) = (row.price().fixed, 1_000 * row.price().per_byte);
    let (outside, too_long) = (70_000, 1_025);
    assert_eq!(end(outside, too_long, fixed - 1), (Some(Halt::OutOfGas), 0), "the fixed charge is first");
    assert_eq!(end(outside, too_long, fixed), (Some(Halt::HostArgument), 0), "then the length is capped");
    assert_eq!(end(outside, 1_000, fixed + bytes - 1), (Some(Halt::OutOfGas), 0), "then bytes are paid for");
    assert_eq!(end(outside, 1_000, fixed + bytes), (Some(Halt::HostMemory), 0), "then they are copied");
    assert_eq!(end(0, 1_000, fixed + bytes), (None, 1), "then the work is done");
}

/// One budget of stack for all contracts on the stack, whichever host function leads from one to the next.
#[test]
fn a_callee_gets_what_its_caller_left_of_the_stack() {
    let given = |depth: u32| {
        let text = format!(
            r#"(module
                (import "lockstep" "input_read" (func $in (param i32 i32) (result i32)))
                (import "lockstep" "call" (func $call (param i32 i32 i32 i32) (result i64)))
                (memory (export "memory") 1)
                (func $down (param i32)
                    (if (local.get 0)
                        (then (call $down (i32.sub (local.get 0) (i32.const 1))))
                        (else (drop (call $call (i32.const 64) (call $in (i32.const 64) (i32.const 4096))
                            (i32.const 8) (i32.const 8))))))
                (func (export "f") (call $down (i32.const {depth}))))"#
        );
        let mut runner = Runner::new(&text);
        runner.input = request(Gas(1_000));
        runner.world.answer = Some(Answer { gas_used: Gas(0), result: Ok(vec![]) });
        runner.call("f").result.unwrap();
        runner.world.requests[0].1.stack_units
    };
    // A parameter, four operands, and what every frame takes.
    let frame = 1 + 4 + FRAME_STACK_UNITS;
    assert_eq!(given(0) - given(1), frame);
    assert_eq!(given(0) - given(500), 500 * frame);
    assert!(given(0) < MAX_STACK_UNITS);
}

#[test]
fn a_contract_that_panics_pays_for_what_it_did_before() {
    let gas = |writes: usize| {
        let write = "(call $set (i32.const 0) (i32.const 4) (i32.const 8) (i32.const 16))".repeat(writes);
        let mut runner = Runner::new(&format!(
            r#"(module (import "lockstep" "storage_set" (func $set (param i32 i32 i32 i32)))
                (memory (export "memory") 1) (func (export "f") {write} unreachable))"#
        ));
        let answer = runner.call("f");
        assert_eq!(answer.result, Err(Halt::Unreachable));
        answer.gas_used.0
    };
    let price = HostFunction::storage_set.price();
    assert!(gas(9) - gas(0) >= 9 * (price.fixed + 20 * price.per_byte));
}
