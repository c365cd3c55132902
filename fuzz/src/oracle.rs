//! What must hold of every input.

mod json;
mod trie;

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signer, SigningKey};
use lockstep_abi::{
    Action, Address, Amount, Block, ChainId, Gas, GasPrice, Hash, Header, Height, Nonce, Receipt, SignedTx,
    TxBody, codec,
    host::{CallRequest, CreateRequest},
    limits::wire::{MAX_BLOCK_GAS, MAX_TX_GAS},
    schema::{Description, DescriptionError, Schema, build::BuildInfo, layout::Layout},
    state::{PathProof, StateProof},
    tx::{CodeSource, Invocation},
};
use lockstep_runtime::{
    Backend, BlockExecutor, CheckedTx, Engine, EngineConfig, Genesis, InvalidTx, Log, Rejection, check,
    execute_block, prepare,
};
use lockstep_state::{
    MemoryStore, StateError,
    merkle::{MemoryPages, Page, PageId, TreeUpdate, prove, walk},
};

use crate::{Program, program::METHODS};

pub use json::json;
pub use trie::trie;

/// Whatever the bytes are, decoding does not panic; what decodes encodes to the same bytes.
pub fn decode(bytes: &[u8]) {
    fn canonical<T: BorshSerialize + BorshDeserialize>(bytes: &[u8]) {
        if let Ok(value) = codec::decode::<T>(bytes, bytes.len()) {
            assert_eq!(codec::encode(&value), bytes);
        }
    }
    canonical::<SignedTx>(bytes);
    canonical::<TxBody>(bytes);
    canonical::<Block>(bytes);
    canonical::<Header>(bytes);
    canonical::<Receipt>(bytes);
    canonical::<CallRequest>(bytes);
    canonical::<CreateRequest>(bytes);
    canonical::<StateProof>(bytes);
    canonical::<PathProof>(bytes);
    if let Ok(schema) = Schema::decode(bytes) {
        assert_eq!(schema.encode(), bytes);
    }
    if let Ok(layout) = Layout::decode(bytes) {
        assert_eq!(layout.encode(), bytes);
    }
    if let Ok(build) = BuildInfo::decode(bytes) {
        assert_eq!(build.encode(), bytes);
    }
    let _: Result<Description, DescriptionError> = Description::of(bytes);
    if let Some((id, rest)) = PageId::split_from(bytes) {
        assert_eq!([&id.to_bytes(), rest].concat(), bytes);
    }
    if let Ok(page) = Page::from_bytes(&PageId::ROOT, bytes) {
        assert_eq!(page.as_bytes(), bytes);
        let mut pages = MemoryPages::default();
        let (height, root) = (Height(0), Hash::default());
        let changed = vec![(PageId::ROOT, Some(page))];
        pages.apply(TreeUpdate { base: None, height, root, pages: changed, undo: Vec::new() });
        // Any page may be read from a disk.
        let _: Result<_, StateError> = walk(&pages);
        let _: Result<_, StateError> = prove(&pages, &Hash::default());
    }
    // Neither panics nor hangs; what it says is for others to check.
    let _: Result<_, Rejection> = prepare(bytes.to_vec());
    let _: Result<CheckedTx, InvalidTx> = check(bytes, &chain_id());
}

/// A program gives the same receipts and changes on an engine that knows the code and on one that does not, on
/// every back end that is built in, while a block is built and when it is replayed.
///
/// # Panics
/// If not, or if the machine reports a fault, or if a receipt says more gas than there was.
pub fn determinism(program: &Program) {
    let key = SigningKey::from_bytes(&[1; 32]);
    let sender = Address::of_key(key.verifying_key().as_bytes());
    let genesis =
        Genesis { chain_id: chain_id(), time_ms: 0, balances: vec![(sender, Amount(u128::from(u64::MAX)))] };
    let mut state = MemoryStore::new();
    state.apply(&genesis.changes().expect("one balance fits"));

    let txs: Vec<SignedTx> = transactions(program, &key, sender);
    let mut block = Block { header: header(), txs: txs.clone().try_into().expect("few transactions") };
    block.header.txs_hash = lockstep_abi::block::txs_hash(&txs);

    let warm = Engine::default();
    let mut executor = BlockExecutor::new(&warm, &state, &block.header, Log::default());
    for tx in &txs {
        let checked = match check(&tx.encode(), &chain_id()) {
            Ok(checked) => checked,
            // The generator knows the profile but not every limit.
            Err(InvalidTx::Code { .. }) => return,
            Err(invalid) => panic!("{invalid}"),
        };
        let receipt = executor.execute(&checked).expect("no fault").expect("a valid transaction");
        assert!(receipt.gas_used <= tx.body.gas_limit);
    }
    let built = executor.finish().expect("no fault");
    for engine in std::iter::once(warm).chain(BACKENDS.iter().map(fresh)) {
        let replayed = execute_block(&engine, &state, &block, Log::default()).expect("no fault");
        assert_eq!(replayed.expect("a valid block"), built, "{engine:?}");
    }
}

/// The second one with the feature `cranelift`.
const BACKENDS: &[Backend] = &[
    Backend::Singlepass,
    #[cfg(feature = "cranelift")]
    Backend::Cranelift,
];

fn fresh(backend: &Backend) -> Engine {
    let config = EngineConfig { backend: *backend, ..EngineConfig::default() };
    Engine::new(&config).expect("nothing is kept on disk")
}

/// The creation of the contract, then the calls, each in a transaction of its own.
fn transactions(program: &Program, key: &SigningKey, sender: Address) -> Vec<SignedTx> {
    let create = Action::Create {
        code: CodeSource::Inline(program.wasm.clone().try_into().unwrap_or_default()),
        salt: [0; 32],
        init: None,
        value: Amount(1_000),
        admin: None,
    };
    let to = Address::of_contract(&sender, &[0; 32]);
    let calls = program.calls.iter().map(|(method, args, gas)| {
        let invocation = Invocation {
            method: METHODS[*method].parse().expect("a method's name"),
            args: args.clone().try_into().expect("short arguments"),
        };
        let limit = Gas::mega(200).0 + gas.0;
        (Gas(limit), Action::Call { to, invocation, value: Amount::ZERO })
    });
    let actions = std::iter::once((Gas(MAX_TX_GAS / 2), create)).chain(calls);
    (0..)
        .zip(actions)
        .map(|(nonce, (gas_limit, action))| {
            let body = TxBody {
                chain_id: chain_id(),
                signer: *key.verifying_key().as_bytes(),
                nonce: Nonce(nonce),
                gas_limit,
                gas_price: GasPrice(1),
                expiry: Height(1),
                actions: vec![action].try_into().expect("one action"),
            };
            let signature = key.sign(&body.signing_hash().0).to_bytes();
            SignedTx { body, signature }
        })
        .collect()
}

fn header() -> Header {
    Header {
        chain_id: chain_id(),
        height: Height(1),
        time_ms: 1_000,
        parent: Hash::default(),
        state_root: Hash::default(),
        txs_hash: Hash::default(),
        receipts_hash: Hash::default(),
        proposer: Address([0xFE; 32]),
        gas_limit: Gas(MAX_BLOCK_GAS),
    }
}

fn chain_id() -> ChainId {
    "fuzz".parse().expect("a valid name")
}
