//! Arbitrary wire values, small enough to print.

use lockstep_abi::{
    Action, Address, Amount, Block, Bytes, ChainId, Event, Gas, GasPrice, Halt, Hash, Header, Height, List,
    MethodName, Nonce, Receipt, SignedTx, Time, TxBody,
    host::{CallRequest, CreateRequest},
    receipt::{ActionResult, Outcome, Topics},
    state::{Account, ContractRecord, PathProof, StateProof, Terminal},
    tx::{CodeSource, Invocation},
};
use proptest::{array::uniform32, collection::vec, option, prelude::*};

/// At most 40 bytes, or as many as the type allows.
pub(crate) fn bytes<const MAX: usize>() -> impl Strategy<Value = Bytes<MAX>> {
    vec(any::<u8>(), 0..=MAX.min(40)).prop_map(|bytes| Bytes::try_from(bytes).unwrap())
}

fn list<T: core::fmt::Debug, const MAX: usize>(
    value: impl Strategy<Value = T>,
    most: usize,
) -> impl Strategy<Value = List<T, MAX>> {
    vec(value, 0..=MAX.min(most)).prop_map(|values| List::try_from(values).unwrap())
}

pub(crate) fn address() -> impl Strategy<Value = Address> {
    any::<[u8; 32]>().prop_map(Address)
}

pub(crate) fn hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash)
}

pub(crate) fn amount() -> impl Strategy<Value = Amount> {
    any::<u128>().prop_map(Amount)
}

pub(crate) fn time() -> impl Strategy<Value = Time> {
    any::<u64>().prop_map(Time)
}

pub(crate) fn method_name() -> impl Strategy<Value = MethodName> {
    "[A-Za-z0-9_]{1,64}".prop_map(|text| text.parse().unwrap())
}

pub(crate) fn chain_id() -> impl Strategy<Value = ChainId> {
    "[a-z0-9-]{1,32}".prop_map(|text| text.parse().unwrap())
}

fn gas() -> impl Strategy<Value = Gas> {
    any::<u64>().prop_map(Gas)
}

fn signature() -> impl Strategy<Value = [u8; 64]> {
    (uniform32(any::<u8>()), uniform32(any::<u8>())).prop_map(|(left, right)| {
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&left);
        signature[32..].copy_from_slice(&right);
        signature
    })
}

fn invocation() -> impl Strategy<Value = Invocation> {
    (method_name(), bytes()).prop_map(|(method, args)| Invocation { method, args })
}

fn code_source() -> impl Strategy<Value = CodeSource> {
    prop_oneof![hash().prop_map(CodeSource::Stored), bytes().prop_map(CodeSource::Inline)]
}

pub(crate) fn action() -> impl Strategy<Value = Action> {
    let admin = || option::of(address());
    let create = (code_source(), any::<[u8; 32]>(), option::of(invocation()), amount(), admin());
    prop_oneof![
        (address(), amount()).prop_map(|(to, amount)| Action::Transfer { to, amount }),
        bytes().prop_map(|code| Action::StoreCode { code }),
        create.prop_map(|(code, salt, init, value, admin)| Action::Create { code, salt, init, value, admin }),
        (address(), invocation(), amount()).prop_map(|(to, invocation, value)| Action::Call {
            to,
            invocation,
            value
        }),
        (address(), code_source(), option::of(invocation()))
            .prop_map(|(contract, code, migrate)| Action::Upgrade { contract, code, migrate }),
        (address(), admin()).prop_map(|(contract, admin)| Action::SetAdmin { contract, admin }),
    ]
}

pub(crate) fn tx_body() -> impl Strategy<Value = TxBody> {
    let counts = (any::<u64>(), gas(), any::<u64>(), any::<u64>());
    (chain_id(), any::<[u8; 32]>(), counts, list(action(), 4)).prop_map(
        |(chain_id, signer, counts, actions)| {
            let (nonce, gas_limit, gas_price, expiry) = counts;
            let (nonce, gas_price, expiry) = (Nonce(nonce), GasPrice(gas_price), Height(expiry));
            TxBody { chain_id, signer, nonce, gas_limit, gas_price, expiry, actions }
        },
    )
}

pub(crate) fn signed_tx() -> impl Strategy<Value = SignedTx> {
    (tx_body(), signature()).prop_map(|(body, signature)| SignedTx { body, signature })
}

pub(crate) fn header() -> impl Strategy<Value = Header> {
    let hashes = (hash(), hash(), hash(), hash());
    (chain_id(), any::<u64>(), any::<u64>(), hashes, address(), gas()).prop_map(
        |(chain_id, height, time_ms, hashes, proposer, gas_limit)| {
            let (parent, state_root, txs_hash, receipts_hash) = hashes;
            let height = Height(height);
            Header {
                chain_id,
                height,
                time_ms,
                parent,
                state_root,
                txs_hash,
                receipts_hash,
                proposer,
                gas_limit,
            }
        },
    )
}

pub(crate) fn block() -> impl Strategy<Value = Block> {
    (header(), list(signed_tx(), 3)).prop_map(|(header, txs)| Block { header, txs })
}

pub(crate) fn halt() -> impl Strategy<Value = Halt> {
    prop_oneof![
        Just(Halt::OutOfGas),
        Just(Halt::NotAdmin),
        (any::<u32>(), bytes()).prop_map(|(code, data)| Halt::Contract { code, data }),
    ]
}

pub(crate) fn event() -> impl Strategy<Value = Event> {
    let topics = list(bytes(), 4).prop_map(|topics: Topics| topics);
    (address(), topics, bytes()).prop_map(|(contract, topics, data)| Event { contract, topics, data })
}

pub(crate) fn receipt() -> impl Strategy<Value = Receipt> {
    let result = prop_oneof![
        Just(ActionResult::Done),
        hash().prop_map(ActionResult::Stored),
        address().prop_map(ActionResult::Created),
        bytes().prop_map(ActionResult::Returned),
    ];
    let outcome = prop_oneof![
        list(result, 4).prop_map(|results| Outcome::Success { results }),
        (any::<u32>(), halt()).prop_map(|(action, halt)| Outcome::Halted { action, halt }),
    ];
    (hash(), gas(), amount(), outcome, list(event(), 3))
        .prop_map(|(tx, gas_used, fee, outcome, events)| Receipt { tx, gas_used, fee, outcome, events })
}

pub(crate) fn call_request() -> impl Strategy<Value = CallRequest> {
    (address(), method_name(), bytes(), amount(), gas())
        .prop_map(|(to, method, args, value, gas_limit)| CallRequest { to, method, args, value, gas_limit })
}

pub(crate) fn create_request() -> impl Strategy<Value = CreateRequest> {
    (hash(), any::<[u8; 32]>(), option::of(invocation()), amount(), option::of(address()), gas()).prop_map(
        |(code, salt, init, value, admin, gas_limit)| CreateRequest {
            code,
            salt,
            init,
            value,
            admin,
            gas_limit,
        },
    )
}

pub(crate) fn account() -> impl Strategy<Value = Account> {
    (amount(), any::<u64>()).prop_map(|(balance, nonce)| Account { balance, nonce: Nonce(nonce) })
}

pub(crate) fn contract_record() -> impl Strategy<Value = ContractRecord> {
    (hash(), any::<u32>(), address(), option::of(address()))
        .prop_map(|(code, code_bytes, creator, admin)| ContractRecord { code, code_bytes, creator, admin })
}

pub(crate) fn state_proof() -> impl Strategy<Value = StateProof> {
    let terminal = prop_oneof![
        Just(Terminal::Own),
        Just(Terminal::Empty),
        (hash(), hash()).prop_map(|(path, value)| Terminal::Other { path, value }),
    ];
    let path = (terminal, list(hash(), 4)).prop_map(|(terminal, siblings)| PathProof { terminal, siblings });
    (header(), bytes(), option::of(bytes()), path).prop_map(|(header, key, value, path)| StateProof {
        header,
        key,
        value,
        path,
    })
}
