//! Answers about the state, after the newest block or after an earlier one.
//!
//! Each answer is of one view: what is committed or forgotten meanwhile is not seen.

use lockstep_abi::{
    Address, Hash, Height, MethodName,
    limits::{run::MAX_INPUT_BYTES, wire::MAX_STATE_KEY_BYTES},
    tx::Invocation,
};
use lockstep_runtime::{BlockContext, Engine, Fault, Query, account, code, contract, query};
use lockstep_state::Read;

use super::{
    AccountAnswer, CodeAnswer, ContractAnswer, ErrorKind, HaltAnswer, ProofAnswer, QueryAnswer, RpcError,
    answer::schema_forms,
    error::WorkError,
    handler::{MISSING, bytes},
    trap::Traps,
};
use crate::Hub;

pub(super) fn account_at(
    hub: &Hub,
    address: Address,
    height: Option<Height>,
) -> Result<AccountAnswer, WorkError> {
    let view = hub.chain().view()?;
    let height = height.unwrap_or(view.head().height());
    let state = view.state_at(height)?;
    let found = account(&state, &address)?;
    // Of the newest state, whatever the height: who asks for it is going to send something.
    let newest = account(view.state(), &address)?.nonce;
    let pending = hub.with_pool(|pool| pool.next_nonce(&address));
    Ok(AccountAnswer {
        address,
        balance: found.balance,
        nonce: found.nonce,
        // The view may be newer than the mempool's.
        next_nonce: pending.unwrap_or_default().max(newest),
        is_contract: contract(&state, &address)?.is_some(),
        height,
    })
}

/// A question to a contract as it comes over the wire.
pub(super) struct Question {
    pub(super) to: Address,
    pub(super) method: MethodName,
    pub(super) args: Option<String>,
    pub(super) from: Option<Address>,
    pub(super) height: Option<Height>,
}

pub(super) fn query_at(hub: &Hub, question: Question) -> Result<QueryAnswer, WorkError> {
    let Question { to, method, args, from, height } = question;
    let args = bytes(&args.unwrap_or_default(), MAX_INPUT_BYTES as usize, "args")?;
    let args = args.try_into().expect("the length was checked");
    let view = hub.chain().view()?;
    let height = height.unwrap_or(view.head().height());
    let state = view.state_at(height)?;
    let header = view.header(height)?.ok_or(MISSING)?;
    // The block's height and time, not the clock's: who asks the same of the same block gets the same.
    let context =
        BlockContext { chain_id: header.chain_id.clone(), height: header.height, time_ms: header.time_ms };
    let question = Query {
        from: from.unwrap_or_default(),
        to,
        invocation: Invocation { method, args },
        gas_limit: hub.settings().query_gas,
    };
    let traps = Traps::default();
    let answer = query(&hub.engine, &state, context, question, &traps.log())?;
    let (result, halt) = match answer.result {
        Ok(data) => (Some(hex::encode(data)), None),
        Err(halt) => (None, Some(HaltAnswer::from(&halt))),
    };
    Ok(QueryAnswer { height, gas_used: answer.gas_used, result, halt, traps: traps.answers() })
}

pub(super) fn proof_at(hub: &Hub, key: &str, height: Option<Height>) -> Result<ProofAnswer, WorkError> {
    let key = bytes(key, MAX_STATE_KEY_BYTES, "key")?;
    let key = key.try_into().expect("the length was checked");
    let view = hub.chain().view()?;
    // The root of the genesis is in the header of the first block.
    let before_head = view.head().height().0.saturating_sub(1);
    let height = height.unwrap_or(Height(before_head));
    Ok(ProofAnswer::new(height, &view.prove(height, key)?))
}

pub(super) fn contract_at(
    hub: &Hub,
    address: Address,
    height: Option<Height>,
) -> Result<ContractAnswer, WorkError> {
    let view = hub.chain().view()?;
    let height = height.unwrap_or(view.head().height());
    let state = view.state_at(height)?;
    let found = contract(&state, &address)?.ok_or_else(|| {
        let message = format!("there is no contract at {address} after block {height}");
        RpcError::new(ErrorKind::NotFound, message)
    })?;
    let (schema, schema_bytes) = schema(&hub.engine, &state, found.code)?.unzip();
    Ok(ContractAnswer {
        address,
        code: found.code,
        creator: found.creator,
        admin: found.admin,
        balance: account(&state, &address)?.balance,
        schema,
        schema_bytes,
        height,
    })
}

pub(super) fn code_of(hub: &Hub, hash: Hash) -> Result<CodeAnswer, WorkError> {
    let bytes = code(hub.chain().view()?.state(), &hash)?.ok_or_else(|| {
        RpcError::new(ErrorKind::NotFound, format!("no code with the hash {hash} is stored"))
    })?;
    Ok(CodeAnswer { code: hash, bytes: hex::encode(bytes) })
}

/// The interface of stored code, to be read and as bytes.
fn schema(
    engine: &Engine,
    state: &dyn Read,
    hash: Hash,
) -> Result<Option<(serde_json::Value, String)>, Fault> {
    let module = engine.load(hash, || {
        code(state, &hash)?.ok_or(Fault::StoredCode { code: hash, reason: "it is missing".into() })
    })?;
    Ok(module.schema().map(schema_forms))
}

#[cfg(test)]
mod tests {
    use lockstep_abi::{Block, Gas, List, codec};
    use lockstep_runtime::{BlockOutput, ContractRecord};
    use lockstep_state::{Delta, MAX_STEPS_OVER, key};

    use super::*;
    use crate::{
        Settings,
        chain::{Chain, ChainOptions},
        dev,
    };

    const CONTRACT: Address = Address([3; 32]);

    /// An empty block that changes these entries all the same.
    fn write(chain: &Chain, entries: impl Iterator<Item = (Vec<u8>, Vec<u8>)>) {
        let mut delta = Delta::new(chain.state());
        entries.for_each(|(key, value)| delta.set(key, value));
        let output = BlockOutput { changes: delta.into_changes().unwrap(), receipts: Vec::new() };
        let view = chain.view().unwrap();
        let mut header = view.head().child(0, dev::proposer(), Gas::ZERO);
        header.state_root = view.head_root().unwrap();
        chain.commit(&Block { header, txs: List::default() }, &output).unwrap();
    }

    /// None of what was created since has a value then, so that no gas is taken for passing over it.
    #[test]
    fn a_range_over_all_that_was_created_since_is_refused_and_the_node_is_well() {
        let wasm = wat::parse_str(
            r#"(module
              (import "lockstep" "storage_range" (func $range (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "first")
                (drop (call $range (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1)
                  (i32.const 0) (i32.const 100)))))"#,
        )
        .unwrap();
        let code = lockstep_runtime::prepare(wasm.clone()).unwrap().code();
        let code_bytes = u32::try_from(wasm.len()).unwrap();
        let record = ContractRecord { code, code_bytes, creator: CONTRACT, admin: None };
        let folder = tempfile::tempdir().unwrap();
        let genesis = dev::genesis(dev::CHAIN_ID.parse().unwrap());
        let chain = Chain::open(folder.path(), &genesis, &ChainOptions::default()).unwrap();
        let contract = [
            (key::contract(&CONTRACT).to_vec(), codec::encode(&record)),
            (key::code_size(&code).to_vec(), codec::encode(&code_bytes)),
            (key::code(&code).to_vec(), wasm),
        ];
        write(&chain, contract.into_iter());
        let created = u32::try_from(MAX_STEPS_OVER).unwrap() + 1;
        write(&chain, (0..created).map(|id| (key::storage(&CONTRACT, &id.to_be_bytes()), vec![1])));
        let hub = Hub::new(chain, Engine::default(), Settings::dev(dev::proposer())).unwrap();
        let ask = |height| {
            let method = "first".parse().unwrap();
            query_at(&hub, Question { to: CONTRACT, method, args: None, from: None, height })
        };
        assert_eq!(ask(None).unwrap().halt, None);
        let refused = ask(Some(Height(1)));
        let Err(WorkError::Rpc(error)) = refused else { panic!("{:?}", refused.map(|answer| answer.halt)) };
        assert_eq!(error.kind, ErrorKind::TooMuchHistory, "{error}");
        assert_eq!(ask(None).unwrap().halt, None);
    }
}
