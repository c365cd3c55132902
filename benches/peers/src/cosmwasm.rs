//! The token of CosmWasm in CosmWasm's VM, with the backend that its own tests and benches use.
//!
//! Arguments and results stay the JSON that they are for a chain: neither is parsed here.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use cosmwasm_std::Checksum;
use cosmwasm_vm::{
    Backend, Cache, CacheOptions, Instance, InstanceOptions, Size, call_execute_raw, call_instantiate_raw,
    capabilities_from_csv,
    testing::{MockApi, MockQuerier, MockStorage, mock_backend, mock_env, mock_info},
    to_vec,
};
use serde_json::json;

type Vm = Cache<MockApi, MockStorage, MockQuerier>;

/// cw20-base, instantiated, with all of it Alice's.
pub(crate) struct Token {
    vm: Vm,
    code: Checksum,
    /// Lent to the instance that runs.
    backend: Option<Backend<MockApi, MockStorage, MockQuerier>>,
    env: Vec<u8>,
    alice: Vec<u8>,
    transfer: Vec<u8>,
}

impl Token {
    /// Stores the code in `folder`, pins it in memory, and instantiates it.
    pub(crate) fn new(folder: &Path, wasm: &[u8]) -> Result<Self> {
        let vm = vm(folder)?;
        let code = vm.store_code(wasm, true, true)?;
        vm.pin(&code)?;
        let api = MockApi::default();
        let (alice, bob) = (api.addr_make("alice"), api.addr_make("bob"));
        let mut token = Self {
            vm,
            code,
            backend: Some(mock_backend(&[])),
            env: to_vec(&mock_env())?,
            alice: to_vec(&mock_info(&alice, &[]))?,
            transfer: to_vec(&json!({ "transfer": { "recipient": bob, "amount": "5" } }))?,
        };
        let balances = json!([{ "address": alice, "amount": u64::MAX.to_string() }]);
        let init = json!({ "name": "Gold", "symbol": "GLD", "decimals": 2, "initial_balances": balances });
        let init = to_vec(&init)?;
        let mut instance = token.instance()?;
        let answer = call_instantiate_raw(&mut instance, &token.env, &token.alice, &init)?;
        token.backend = instance.recycle();
        succeeded(&answer)?;
        succeeded(&token.transfer()?)?;
        Ok(token)
    }

    /// Sends five to Bob, in an instance that is new; gives the answer's JSON.
    pub(crate) fn transfer(&mut self) -> Result<Vec<u8>> {
        let mut instance = self.instance()?;
        let answer = call_execute_raw(&mut instance, &self.env, &self.alice, &self.transfer)?;
        self.backend = instance.recycle();
        Ok(answer)
    }

    /// Forgets the VM, all that it has in memory, and starts another on its folder.
    pub(crate) fn restart(&mut self, folder: &Path) -> Result<impl Sized + use<>> {
        Ok(std::mem::replace(&mut self.vm, vm(folder)?))
    }

    fn instance(&mut self) -> Result<Instance<MockApi, MockStorage, MockQuerier>> {
        let backend = self.backend.take().context("the last call broke")?;
        // What no call here comes near.
        let options = InstanceOptions { gas_limit: 1_000_000_000_000 };
        Ok(self.vm.get_instance(&self.code, backend, options)?)
    }
}

/// A VM over a folder. What it has compiled is in the folder, and in memory once it is pinned or used.
pub(crate) fn vm(folder: &Path) -> Result<Vm> {
    let capabilities = capabilities_from_csv("iterator");
    let options = CacheOptions::new(folder, capabilities, Size::mebi(256), Size::mebi(64));
    #[expect(unsafe_code, reason = "the VM trusts its folder")]
    // SAFETY: nobody else writes this run's own folder.
    let vm = unsafe { Vm::new(options) }?;
    Ok(vm)
}

fn succeeded(answer: &[u8]) -> Result<()> {
    let answer: serde_json::Value = serde_json::from_slice(answer)?;
    ensure!(answer.get("ok").is_some(), "CosmWasm refuses: {answer}");
    Ok(())
}
