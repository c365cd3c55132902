//! The chain's own records, as they are hashed into the state root and as people see them.

use lockstep_abi::{
    Address, Amount, DecodeError, Hash, Nonce, codec,
    state::{Account, ContractRecord},
};

const ACCOUNT: Account = Account { balance: Amount(0x0102), nonce: Nonce(3) };

const CONTRACT: ContractRecord = ContractRecord {
    code: Hash([4; 32]),
    code_bytes: 5,
    creator: Address([6; 32]),
    admin: Some(Address([7; 32])),
};

#[test]
fn an_account_is_its_balance_and_its_nonce() {
    let bytes = [&[2, 1][..], &[0; 14], &[3], &[0; 7]].concat();
    assert_eq!(codec::encode(&ACCOUNT), bytes);
    assert_eq!(Account::decode(&bytes), Ok(ACCOUNT));
}

#[test]
fn a_contract_is_its_code_the_codes_length_its_creator_and_its_admin() {
    let head = [&[4; 32][..], &[5, 0, 0, 0], &[6; 32]].concat();
    let (owned, free) = ([&head[..], &[1], &[7; 32]].concat(), [&head[..], &[0]].concat());
    assert_eq!(codec::encode(&CONTRACT), owned);
    assert_eq!(ContractRecord::decode(&owned), Ok(CONTRACT));
    assert_eq!(ContractRecord::decode(&free), Ok(ContractRecord { admin: None, ..CONTRACT }));
}

#[test]
fn bytes_that_are_no_record_are_refused() {
    let (account, contract) = (codec::encode(&ACCOUNT), codec::encode(&CONTRACT));
    let too_long = |found| DecodeError::TooLong { found, limit: found - 1 };
    assert_eq!(Account::decode(&[&account[..], &[0]].concat()), Err(too_long(25)));
    assert_eq!(ContractRecord::decode(&[&contract[..], &[0]].concat()), Err(too_long(102)));
    assert_eq!(Account::decode(&account[..23]), Err(DecodeError::Malformed));
    assert_eq!(ContractRecord::decode(&contract[..100]), Err(DecodeError::Malformed));
    assert_eq!(Account::decode(b""), Err(DecodeError::Malformed));
}

#[cfg(feature = "json")]
#[test]
fn records_look_as_pinned() {
    let json = serde_json::to_string_pretty(&(ACCOUNT, CONTRACT)).unwrap() + "\n";
    crate::golden::assert_golden("tests/golden/record.json", &json);
}
