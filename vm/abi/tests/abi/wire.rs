//! What travels has one form: it reads back as it was written, and nothing else reads as it.

use core::fmt::Debug;

use borsh::{BorshDeserialize, BorshSerialize};
use lockstep_abi::{
    Action, Address, Amount, Block, Bytes, ChainId, Context, DecodeError, Event, Gas, GasPrice, Halt, Hash,
    Header, Height, List, MethodName, Nonce, Receipt, SignedTx, Time, TxBody,
    block::{receipts_hash, txs_hash},
    codec,
    halt::ErrorData,
    host::{CallRequest, CreateRequest},
    limits::wire::MAX_TX_BYTES,
    receipt::{Outcome, Topic, Topics},
    state::{Account, ContractRecord, StateProof},
    tx::{CodeSource, Input, Invocation},
};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::{golden::assert_golden, value};

/// More than any value here encodes to.
const LIMIT: usize = 1 << 20;

fn reads_back_and_nothing_near_it_does<T>(value: &T)
where
    T: BorshSerialize + BorshDeserialize + PartialEq + Debug,
{
    let bytes = codec::encode(value);
    assert_eq!(codec::decode::<T>(&bytes, bytes.len()).as_ref(), Ok(value));

    let (found, limit) = (bytes.len(), bytes.len() - 1);
    assert_eq!(codec::decode::<T>(&bytes, limit), Err(DecodeError::TooLong { found, limit }));
    for length in 0..bytes.len() {
        assert_eq!(codec::decode::<T>(&bytes[..length], LIMIT), Err(DecodeError::Malformed), "{length}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(codec::decode::<T>(&longer, LIMIT), Err(DecodeError::Malformed));
}

fn decodes_canonically_or_not_at_all<T: BorshSerialize + BorshDeserialize>(bytes: &[u8]) {
    if let Ok(value) = codec::decode::<T>(bytes, LIMIT) {
        assert_eq!(codec::encode(&value), bytes);
    }
}

/// Three claims about each type on the wire.
macro_rules! wire_types {
    ($($module:ident: $type:ty = $strategy:expr;)+) => { $(
        mod $module {
            use super::*;

            proptest! {
                #[test]
                fn reads_back_and_refuses_truncation_and_trailing_bytes(value in $strategy) {
                    reads_back_and_nothing_near_it_does::<$type>(&value);
                }

                #[test]
                fn survives_arbitrary_bytes(bytes in vec(any::<u8>(), 0..200)) {
                    decodes_canonically_or_not_at_all::<$type>(&bytes);
                }

                #[test]
                fn survives_a_changed_byte(value in $strategy, at in any::<Index>(), byte in any::<u8>()) {
                    let mut bytes = codec::encode(&value);
                    let at = at.index(bytes.len());
                    bytes[at] = byte;
                    decodes_canonically_or_not_at_all::<$type>(&bytes);
                }
            }
        }
    )+ };
}

wire_types! {
    action: Action = value::action();
    tx_body: TxBody = value::tx_body();
    signed_tx: SignedTx = value::signed_tx();
    header: Header = value::header();
    block: Block = value::block();
    receipt: Receipt = value::receipt();
    event: Event = value::event();
    halt: Halt = value::halt();
    call_request: CallRequest = value::call_request();
    create_request: CreateRequest = value::create_request();
    address: Address = value::address();
    hash: Hash = value::hash();
    amount: Amount = value::amount();
    time: Time = value::time();
    method_name: MethodName = value::method_name();
    chain_id: ChainId = value::chain_id();
    topic: Topic = value::bytes::<32>();
    account: Account = value::account();
    contract_record: ContractRecord = value::contract_record();
    state_proof: StateProof = value::state_proof();
}

/// Bytes that claim to be one more than `limit`, and are.
fn one_too_many(limit: usize) -> Vec<u8> {
    codec::encode(&vec![b'a'; limit + 1])
}

#[test]
fn a_byte_string_over_its_limit_is_refused_and_one_at_its_limit_is_not() {
    fn check<const MAX: usize>() {
        assert!(codec::decode::<Bytes<MAX>>(&codec::encode(&vec![0_u8; MAX]), usize::MAX).is_ok());
        let refused = codec::decode::<Bytes<MAX>>(&one_too_many(MAX), usize::MAX);
        assert_eq!(refused, Err(DecodeError::Malformed));
        assert!(Bytes::<MAX>::try_from(vec![0; MAX + 1]).is_err());
    }
    check::<0>();
    check::<32>();
    check::<{ 1 << 10 }>();
    check::<{ 128 << 10 }>();
    check::<{ 1 << 20 }>();
}

#[test]
fn a_list_over_its_limit_is_refused_and_one_at_its_limit_is_not() {
    let four = codec::encode(&vec![Topic::default(); 4]);
    assert!(codec::decode::<Topics>(&four, LIMIT).is_ok());
    let five = codec::encode(&vec![Topic::default(); 5]);
    assert_eq!(codec::decode::<Topics>(&five, LIMIT), Err(DecodeError::Malformed));
    assert!(List::<u8, 4>::try_from(vec![0; 5]).is_err());
}

#[test]
fn a_name_over_its_limit_or_outside_its_alphabet_is_refused() {
    assert_eq!(codec::decode::<MethodName>(&one_too_many(64), LIMIT), Err(DecodeError::Malformed));
    assert_eq!(codec::decode::<ChainId>(&one_too_many(32), LIMIT), Err(DecodeError::Malformed));
    for bad in ["", "two words", "punkt.", "größe"] {
        assert_eq!(codec::decode::<MethodName>(&codec::encode(&bad), LIMIT), Err(DecodeError::Malformed));
    }
    for bad in ["", "Upper", "under_score", "a b"] {
        assert_eq!(codec::decode::<ChainId>(&codec::encode(&bad), LIMIT), Err(DecodeError::Malformed));
    }
    // Not UTF-8.
    assert_eq!(codec::decode::<MethodName>(&[1, 0, 0, 0, 0xff], LIMIT), Err(DecodeError::Malformed));
}

/// A flag for which the decoder takes any byte but 0, as a careless one would.
#[derive(Debug, PartialEq)]
struct Careless(bool);

impl BorshSerialize for Careless {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        self.0.serialize(writer)
    }
}

impl BorshDeserialize for Careless {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        u8::deserialize_reader(reader).map(|byte| Self(byte != 0))
    }
}

#[test]
fn a_value_in_a_form_that_the_encoder_does_not_write_is_refused() {
    assert_eq!(codec::decode(&[1], 1), Ok(Careless(true)));
    assert_eq!(codec::decode::<Careless>(&[2], 1), Err(DecodeError::NotCanonical));
}

#[test]
fn a_transaction_over_its_limit_is_refused_before_it_is_read() {
    let found = MAX_TX_BYTES + 1;
    let refused = SignedTx::decode(&vec![0; found]);
    assert_eq!(refused, Err(DecodeError::TooLong { found, limit: MAX_TX_BYTES }));
}

/// One of each action, with different values in different places.
pub(crate) fn every_action() -> SignedTx {
    let invocation = |method: &str, args: &[u8]| Invocation {
        method: method.parse().unwrap(),
        args: Input::try_from(args.to_vec()).unwrap(),
    };
    let actions = vec![
        Action::Transfer { to: Address([1; 32]), amount: Amount(1_000) },
        Action::StoreCode { code: Bytes::try_from(b"\0asm".to_vec()).unwrap() },
        Action::Create {
            code: CodeSource::Stored(Hash([2; 32])),
            salt: [3; 32],
            init: Some(invocation("new", &[4])),
            value: Amount(u128::MAX),
            admin: Some(Address([5; 32])),
        },
        Action::Call { to: Address([6; 32]), invocation: invocation("transfer", &[7, 8]), value: Amount(9) },
        Action::Upgrade {
            contract: Address([10; 32]),
            code: CodeSource::Inline(Bytes::try_from(vec![11]).unwrap()),
            migrate: None,
        },
        Action::SetAdmin { contract: Address([12; 32]), admin: None },
    ];
    let body = TxBody {
        chain_id: "lockstep-test".parse().unwrap(),
        signer: [13; 32],
        nonce: Nonce(14),
        gas_limit: Gas(15_000_000),
        gas_price: GasPrice(16),
        expiry: Height(17),
        actions: List::try_from(actions).unwrap(),
    };
    SignedTx { body, signature: [18; 64] }
}

#[test]
fn the_encoding_the_id_and_the_signing_hash_of_a_transaction_are_pinned() {
    let tx = every_action();
    let digits: String = tx.encode().iter().map(|byte| format!("{byte:02x}")).collect();
    let pinned = format!(
        "id {}\nsigning_hash {}\nsender {}\ntxs_hash {}\nencoding {digits}\n",
        tx.body.id(),
        tx.body.signing_hash(),
        tx.body.sender(),
        txs_hash(core::slice::from_ref(&tx)),
    );
    assert_golden("tests/golden/tx.txt", &pinned);
}

#[test]
fn the_hashes_of_a_block_and_the_addresses_are_pinned() {
    let outcome = Outcome::Halted { action: 0, halt: Halt::OutOfGas };
    let (tx, fee, events) = (Hash([1; 32]), Amount(2), List::default());
    let receipt = Receipt { tx, gas_used: Gas(3), fee, outcome, events };
    let header = Header {
        chain_id: "lockstep-test".parse().unwrap(),
        height: Height(4),
        time_ms: 5,
        parent: Hash([6; 32]),
        state_root: Hash([7; 32]),
        txs_hash: Hash([8; 32]),
        receipts_hash: Hash([9; 32]),
        proposer: Address([10; 32]),
        gas_limit: Gas(11),
    };
    let pinned = format!(
        "header {}\nreceipts {}\naccount {}\ncontract {}\ncode {}\n",
        header.id(),
        receipts_hash(&[receipt]),
        Address::of_key(&[12; 32]),
        Address::of_contract(&Address([13; 32]), &[14; 32]),
        Hash::of(Context::Code, b"\0asm"),
    );
    assert_golden("tests/golden/hash.txt", &pinned);
}

#[test]
fn the_id_does_not_depend_on_the_signature_but_the_hash_of_a_blocks_transactions_does() {
    let tx = every_action();
    let other = SignedTx { signature: [0; 64], ..tx.clone() };
    assert_eq!(tx.body.id(), other.body.id());
    assert_ne!(txs_hash(&[tx]), txs_hash(&[other]));
}

#[test]
fn an_error_payload_of_the_largest_size_reads_back() {
    let halt = Halt::Contract { code: 1, data: ErrorData::try_from(vec![0xff; 1024]).unwrap() };
    assert_eq!(codec::decode::<Halt>(&codec::encode(&halt), LIMIT), Ok(halt));
}
