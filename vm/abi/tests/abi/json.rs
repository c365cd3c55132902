//! The JSON that a node answers with.

use lockstep_abi::{
    Address, Amount, Bytes, ChainId, Event, Gas, Halt, Hash, List, MethodName, Receipt,
    halt::ErrorData,
    receipt::{ActionResult, Outcome, ReturnData},
};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use crate::{golden::assert_golden, value, wire::every_action};

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

fn receipt(outcome: Outcome) -> Receipt {
    let topics = vec![Bytes::try_from(b"Transfer".to_vec()).unwrap(), Bytes::from([3; 32])];
    let event = Event {
        contract: Address([2; 32]),
        topics: List::try_from(topics).unwrap(),
        data: Bytes::try_from(vec![1, 0]).unwrap(),
    };
    Receipt {
        tx: Hash([1; 32]),
        gas_used: Gas(61_000_000),
        fee: Amount(61),
        events: List::try_from(if matches!(outcome, Outcome::Success { .. }) { vec![event] } else { vec![] })
            .unwrap(),
        outcome,
    }
}

#[test]
fn a_receipt_looks_as_pinned() {
    let results = vec![
        ActionResult::Done,
        ActionResult::Stored(Hash([4; 32])),
        ActionResult::Created(Address([5; 32])),
        ActionResult::Returned(ReturnData::try_from(vec![6]).unwrap()),
    ];
    let refused = Halt::Contract { code: 3, data: ErrorData::try_from(vec![7]).unwrap() };
    let receipts = [
        receipt(Outcome::Success { results: List::try_from(results).unwrap() }),
        receipt(Outcome::Halted { action: 0, halt: Halt::OutOfGas }),
        receipt(Outcome::Halted { action: 1, halt: refused }),
    ];
    assert_golden("tests/golden/receipt.json", &pretty(&receipts));
}

#[test]
fn a_transaction_looks_as_pinned() {
    assert_golden("tests/golden/tx.json", &pretty(&every_action()));
}

fn reads_back<T: Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
}

proptest! {
    #[test]
    fn what_a_caller_sends_reads_back(
        address in value::address(), hash in value::hash(), amount in value::amount(),
        name in value::method_name(), chain in value::chain_id(), bytes in value::bytes::<64>(), gas in any::<u64>()
    ) {
        reads_back(&address);
        reads_back(&hash);
        reads_back(&amount);
        reads_back(&name);
        reads_back(&chain);
        reads_back(&bytes);
        reads_back(&Gas(gas));
    }
}

fn complaint<T: DeserializeOwned + core::fmt::Debug>(json: &str) -> String {
    serde_json::from_str::<T>(json).unwrap_err().to_string()
}

#[test]
fn what_does_not_fit_is_answered_with_what_would() {
    let amount = complaint::<Amount>("100");
    assert!(amount.contains("an amount as a decimal string, such as \"100\""), "{amount}");
    let address = complaint::<Address>("\"ls1\"");
    assert!(address.contains("an address such as \"ls1...\""), "{address}");
    let hash = complaint::<Hash>("null");
    assert!(hash.contains("64 hexadecimal digits"), "{hash}");
    let chain = complaint::<ChainId>("\"Main\"");
    assert!(chain.contains("the character 'M' is not allowed"), "{chain}");
    let method = complaint::<MethodName>("\"\"");
    assert!(method.contains("0 bytes, it must have 1 to 64"), "{method}");
    let bytes = complaint::<Bytes<2>>("\"0x010203\"");
    assert!(bytes.contains("3 long, the limit is 2"), "{bytes}");
}
