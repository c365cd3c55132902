//! A probe for each host function, and several for those that are paid by length.
//!
//! The list is the host table's: a new row has no arm in [`probes`], and that does not compile.

use std::fmt::Write;

use lockstep_abi::{
    Address, Amount, Gas, GasPrice, Height, Nonce, TxBody, codec,
    host::{CallRequest, CreateRequest, HostFunction},
    limits::{
        run::{
            MAX_ERROR_BYTES, MAX_EVENT_BYTES, MAX_INPUT_BYTES, MAX_LOG_BYTES, MAX_RESULT_BYTES,
            MAX_VALUE_BYTES,
        },
        wire::MAX_TX_GAS,
    },
};
use lockstep_runtime::prepare;
use lockstep_testing::User;

use crate::{Chain, Guest, Probe, chain_id};

/// Where probes keep what they hand over; the pages behind it are for answers.
const DATA: u32 = 1_024;
/// Where answers go.
const OUT: u32 = 256 << 10;
/// Bytes that hashes are measured with.
const LONG: u32 = 64 << 10;

/// A probe, and how many bytes a call of it pays for.
#[derive(Debug)]
pub struct Sized {
    /// Bytes that are charged for one call.
    pub bytes: u64,
    /// The code.
    pub probe: Probe,
}

/// The contract that probes call and create: a method that does nothing, in a page of memory.
pub const CALLEE: &str = "(module (memory (export \"memory\") 1) (func (export \"f\")))";

impl Sized {
    /// Deploys it, beside the callee; `translate` makes Wasm of text.
    #[must_use]
    pub fn guest(&self, translate: impl Fn(&str) -> Vec<u8>) -> Guest {
        let mut chain = Chain::default();
        chain.deploy(translate(CALLEE), 0, None, Amount::ZERO);
        Guest::on(chain, &self.probe, translate(&self.probe.text()))
    }
}

/// The probes of a row: the shortest call first, and the longest last.
#[must_use]
pub fn probes(row: HostFunction, translate: impl Fn(&str) -> Vec<u8>) -> Vec<Sized> {
    use HostFunction as Row;
    match row {
        Row::input_size | Row::buffer_size | Row::block_height | Row::block_time => {
            vec![sized(row, 0, format!("(drop (call ${}))", row.name()))]
        }
        Row::caller | Row::own_address | Row::origin => vec![sized(row, 32, writes(row))],
        Row::value => vec![sized(row, 16, writes(row))],
        Row::balance => {
            let body = format!("{NEXT_KEY} (call $balance (i32.const {DATA}) (i32.const {OUT}))");
            vec![sized(row, 48, body)]
        }
        Row::chain_id => {
            let body = format!("(drop (call $chain_id (i32.const {OUT}) (i32.const 32)))");
            vec![sized(row, chain_id().as_str().len() as u32, body)]
        }
        Row::input_read => [4, MAX_INPUT_BYTES].map(|bytes| input_read(row, bytes)).into(),
        Row::buffer_read => [0, LONG].map(|bytes| buffer_read(row, bytes)).into(),
        Row::return_data => lengths(row, [0, MAX_RESULT_BYTES], ""),
        Row::fail => {
            let mut all = lengths(row, [0, MAX_ERROR_BYTES], "(i32.const 7)");
            all.iter_mut().for_each(|one| (one.probe.halts, one.probe.max_rounds) = (true, 1));
            all
        }
        Row::debug_log => lengths(row, [0, MAX_LOG_BYTES], ""),
        Row::storage_get => {
            vec![absent(row, 1), absent(row, 256), present(row, MAX_VALUE_BYTES)]
        }
        Row::storage_has => vec![absent(row, 1), absent(row, 256)],
        Row::storage_set => {
            [(32, 0), (32, MAX_VALUE_BYTES)].map(|(key, value)| storage_set(row, key, value)).into()
        }
        Row::storage_remove => vec![absent(row, 32), absent(row, 256)],
        Row::storage_range => vec![storage_range(row, 0), storage_range(row, 256)],
        Row::emit => [0, MAX_EVENT_BYTES].map(|bytes| emit(row, bytes)).into(),
        Row::transfer => {
            let body = format!("{NEXT_KEY} (drop (call $transfer (i32.const {DATA}) (i32.const 64)))");
            let mut one = sized(row, 48, body);
            one.probe.setup = "(i64.store (i32.const 64) (i64.const 1))".into();
            vec![one]
        }
        Row::call => vec![
            request(row, &call(Address([9; 32]), 0), ""),
            request(row, &call(callee(), 0), ""),
            request(row, &call(callee(), 64 << 10), ""),
        ],
        Row::create => {
            let code = prepare(translate(CALLEE)).expect("a valid module").code();
            let create = CreateRequest {
                code,
                salt: [0; 32],
                init: None,
                value: Amount::ZERO,
                admin: None,
                gas_limit: Gas(MAX_TX_GAS),
            };
            // The salt is behind the hash.
            vec![request(row, &codec::encode(&create), "(i32.store (i32.const 1056) (local.get $n))")]
        }
        Row::blake3 | Row::sha256 | Row::keccak256 => [0, LONG].map(|bytes| hash(row, bytes)).into(),
        Row::ed25519_verify => [32, LONG].map(|bytes| ed25519_verify(row, bytes)).into(),
        Row::secp256k1_recover => vec![secp256k1_recover(row)],
    }
}

/// Makes the key at `DATA` another one each round.
const NEXT_KEY: &str = "(i32.store (i32.const 1024) (i32.mul (local.get $n) (i32.const 0x9E3779B1)))";

fn sized(row: HostFunction, bytes: u32, body: String) -> Sized {
    let probe = Probe::new(&format!("host::{}/bytes={bytes}", row.name()), body);
    Sized { bytes: bytes.into(), probe }
}

fn writes(row: HostFunction) -> String {
    format!("(call ${} (i32.const {OUT}))", row.name())
}

/// Functions that end in a pointer and a length, with these constants before.
fn lengths(row: HostFunction, lengths: [u32; 2], before: &str) -> Vec<Sized> {
    let one = |bytes| {
        let body = format!("(call ${} {before} (i32.const {DATA}) (i32.const {bytes}))", row.name());
        sized(row, bytes, body)
    };
    lengths.map(one).into()
}

fn input_read(row: HostFunction, bytes: u32) -> Sized {
    let body = format!("(drop (call $input_read (i32.const {OUT}) (i32.const {bytes})))");
    let mut one = sized(row, bytes, body);
    one.probe.input_bytes = bytes as usize;
    one
}

/// The buffer holds an entry.
fn buffer_read(row: HostFunction, bytes: u32) -> Sized {
    let mut one = present(row, LONG);
    one.bytes = bytes.into();
    one.probe.name = format!("host::buffer_read/bytes={bytes}");
    one.probe.setup +=
        "(drop (call $storage_get (i32.const 1024) (i32.const 4) (i32.const 0) (i32.const 0)))";
    one.probe.body = format!("(call $buffer_read (i32.const 0) (i32.const {OUT}) (i32.const {bytes}))");
    one
}

/// An entry that is not there, another one each round.
fn absent(row: HostFunction, key_bytes: u32) -> Sized {
    let (rest, end) = match row {
        HostFunction::storage_get => (format!("(i32.const {OUT}) (i32.const {LONG})"), true),
        HostFunction::storage_remove => (String::new(), false),
        _ => (String::new(), true),
    };
    let call = format!("(call ${} (i32.const {DATA}) (i32.const {key_bytes}) {rest})", row.name());
    let call = if end { format!("(drop {call})") } else { call };
    let mut one = sized(row, key_bytes, format!("{NEXT_KEY} {call}"));
    one.probe.max_rounds = 100_000;
    one
}

/// One entry that was written before.
fn present(row: HostFunction, value_bytes: u32) -> Sized {
    let body = format!(
        "(drop (call $storage_get (i32.const {DATA}) (i32.const 4) (i32.const {OUT}) (i32.const {value_bytes})))"
    );
    let mut one = sized(row, value_bytes + 4, body);
    one.probe.setup = format!(
        "(call $storage_set (i32.const {DATA}) (i32.const 4) (i32.const {DATA}) (i32.const {value_bytes}))"
    );
    one
}

/// A new entry each round.
fn storage_set(row: HostFunction, key_bytes: u32, value_bytes: u32) -> Sized {
    let body = format!(
        "{NEXT_KEY} (call $storage_set (i32.const {DATA}) (i32.const {key_bytes}) (i32.const {DATA})
            (i32.const {value_bytes}))"
    );
    let mut one = sized(row, key_bytes + value_bytes, body);
    // What is written stays in memory until the end.
    one.probe.max_rounds = if value_bytes == 0 { 20_000 } else { 1_000 };
    one
}

/// A row of entries of 4 and 500 bytes, as long as such an answer may be.
fn storage_range(row: HostFunction, entries: u32) -> Sized {
    let body = format!(
        "(drop (call $storage_range (i32.const {DATA}) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 256) (i32.const {OUT}) (i32.const 0x20000)))"
    );
    // The first key, and each entry with its two lengths.
    let mut one = sized(row, 1 + entries * (4 + 500 + 8), body);
    one.probe.locals = "(local $i i32)".into();
    if entries > 0 {
        one.probe.setup = format!(
            "(loop (i32.store (i32.const 16) (local.get $i))
                (call $storage_set (i32.const 16) (i32.const 4) (i32.const {DATA}) (i32.const 500))
                (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const {entries}))))"
        );
    }
    one
}

/// As many events as a transaction may have.
fn emit(row: HostFunction, data_bytes: u32) -> Sized {
    let body =
        format!("(call $emit (i32.const 32) (i32.const 4) (i32.const {DATA}) (i32.const {data_bytes}))");
    let mut one = sized(row, 4 + data_bytes, body);
    // Four empty topics are at 32.
    one.probe.max_rounds = if data_bytes == 0 { 1_024 } else { 15 };
    one
}

fn callee() -> Address {
    Address::of_contract(&User::named("alice").address(), &[0; 32])
}

fn call(to: Address, args_bytes: usize) -> Vec<u8> {
    codec::encode(&CallRequest {
        to,
        method: "f".parse().expect("a method's name"),
        args: vec![0; args_bytes].try_into().expect("arguments within their limit"),
        value: Amount::ZERO,
        gas_limit: Gas(MAX_TX_GAS),
    })
}

fn request(row: HostFunction, request: &[u8], before: &str) -> Sized {
    let bytes = u32::try_from(request.len()).expect("a short request");
    let body = format!(
        "{before} (drop (call ${} (i32.const {DATA}) (i32.const {bytes}) (i32.const {OUT}) (i32.const {LONG})))",
        row.name()
    );
    let mut one = sized(row, bytes, body);
    one.probe.items = data(DATA, request);
    one.probe.max_rounds = 10_000;
    one
}

fn hash(row: HostFunction, bytes: u32) -> Sized {
    let body = format!("(call ${} (i32.const {DATA}) (i32.const {bytes}) (i32.const {OUT}))", row.name());
    // The hash is written, and paid by the byte too.
    Sized { bytes: u64::from(bytes) + 32, ..sized(row, bytes, body) }
}

/// A signature of Alice's, under another message if that is not of 32 bytes: no less work, but for the answer.
fn ed25519_verify(row: HostFunction, bytes: u32) -> Sized {
    let alice = User::named("alice");
    let body = TxBody {
        chain_id: chain_id(),
        signer: alice.public_key(),
        nonce: Nonce(0),
        gas_limit: Gas(0),
        gas_price: GasPrice(0),
        expiry: Height(0),
        actions: vec![].try_into().expect("no action"),
    };
    let message = body.signing_hash().0;
    let signature = alice.sign(body).signature;
    let code = format!(
        "(drop (call $ed25519_verify (i32.const 64) (i32.const 128) (i32.const {DATA}) (i32.const {bytes})))"
    );
    let mut one = sized(row, bytes, code);
    one.bytes += 96;
    one.probe.items = [data(64, &alice.public_key()), data(128, &signature), data(DATA, &message)].concat();
    one
}

/// `r` is the first coordinate of the curve's generator, so that any `s` and hash lead to a key.
fn secp256k1_recover(row: HostFunction) -> Sized {
    const R: [u8; 32] = [
        0x79, 0xBE, 0x66, 0x7E, 0xF9, 0xDC, 0xBB, 0xAC, 0x55, 0xA0, 0x62, 0x95, 0xCE, 0x87, 0x0B, 0x07, 0x02,
        0x9B, 0xFC, 0xDB, 0x2D, 0xCE, 0x28, 0xD9, 0x59, 0xF2, 0x81, 0x5B, 0x16, 0xF8, 0x17, 0x98,
    ];
    let body = format!(
        "(drop (call $secp256k1_recover (i32.const {DATA}) (i32.const 64) (i32.const 0) (i32.const {OUT})))"
    );
    let mut one = sized(row, 32 + 64 + 64, body);
    one.probe.items = [data(64, &R), data(96, &[0x5A; 32]), data(DATA, &[0xC3; 32])].concat();
    one
}

/// A data segment.
fn data(at: u32, bytes: &[u8]) -> String {
    let mut escaped = String::new();
    for byte in bytes {
        write!(escaped, "\\{byte:02x}").expect("a string grows");
    }
    format!("(data (i32.const {at}) \"{escaped}\")")
}
