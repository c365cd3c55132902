//! Contracts of `evm/` in revm, over a database in memory.

use anyhow::{Context as _, Result, ensure};
use revm::{
    Context, ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext, MainnetEvm, SystemCallEvm,
    context::{TxEnv, result::ExecutionResult},
    database::InMemoryDB,
    handler::MainnetContext,
    primitives::{Address, Bytes, TxKind, U256, hardfork::SpecId, keccak256},
    state::AccountInfo,
};

const TOKEN: &str = include_str!("../evm/token.hex");
const WORKLOAD: &str = include_str!("../evm/workload.hex");

const ALICE: Address = Address::repeat_byte(1);

/// An EVM with one contract, and Alice who calls it.
pub(crate) struct Contract {
    evm: MainnetEvm<MainnetContext<InMemoryDB>>,
    address: Address,
    nonce: u64,
    gas_limit: u64,
}

impl Contract {
    /// OpenZeppelin's ERC-20, with all of it Alice's.
    pub(crate) fn token() -> Result<Self> {
        Self::new(TOKEN, 1_000_000)
    }

    /// The works in Solidity.
    pub(crate) fn workload() -> Result<Self> {
        // No work here needs more; a block of today has less.
        Self::new(WORKLOAD, 1 << 40)
    }

    fn new(creation: &str, gas_limit: u64) -> Result<Self> {
        let mut db = InMemoryDB::default();
        db.insert_account_info(ALICE, AccountInfo { balance: U256::MAX >> 1, ..AccountInfo::default() });
        let context = Context::mainnet()
            .with_db(db)
            .modify_cfg_chained(|cfg| {
                cfg.set_spec_and_mainnet_gas_params(SpecId::PRAGUE);
                cfg.tx_gas_limit_cap = Some(u64::MAX);
            })
            .modify_block_chained(|block| block.gas_limit = u64::MAX);
        let mut contract =
            Self { evm: context.build_mainnet(), address: Address::ZERO, nonce: 0, gas_limit: 10_000_000 };
        let creation = contract.tx(TxKind::Create, hex::decode(creation.trim())?.into());
        let created = contract.evm.transact_commit(creation)?;
        contract.address = created.created_address().context("the contract is created")?;
        contract.gas_limit = gas_limit;
        Ok(contract)
    }

    /// `transfer(address,uint256)`: five to the receiver of this number.
    pub(crate) fn transfer(receiver: u32) -> Bytes {
        let mut to = Address::repeat_byte(7);
        to[..4].copy_from_slice(&receiver.to_le_bytes());
        let amount = U256::from(5).to_be_bytes::<32>();
        call_data("transfer(address,uint256)", &[to.into_word().0, amount])
    }

    /// The call by itself: no nonce, no fee, no receipt; its changes are dropped.
    pub(crate) fn call(&mut self, data: &Bytes) -> Result<Bytes> {
        let answer = self.evm.system_call_with_caller(ALICE, self.address, data.clone())?;
        output(answer.result)
    }

    /// Whole transactions, the changes of each in the database before the next.
    pub(crate) fn commit(&mut self, calls: &[Bytes]) -> Result<()> {
        for data in calls {
            let tx = self.tx(TxKind::Call(self.address), data.clone());
            output(self.evm.transact_commit(tx)?)?;
        }
        Ok(())
    }

    /// Whole transactions, the changes of all in the journal, and dropped at the end.
    pub(crate) fn execute(&mut self, calls: &[Bytes]) -> Result<()> {
        let nonce = self.nonce;
        for data in calls {
            let tx = self.tx(TxKind::Call(self.address), data.clone());
            output(self.evm.transact_one(tx)?)?;
        }
        self.evm.finalize();
        self.nonce = nonce;
        Ok(())
    }

    /// A method of the workload, which takes and gives a number; a transaction whose changes are dropped.
    pub(crate) fn compute(&mut self, method: &str, n: u64) -> Result<u64> {
        let data = call_data(&format!("{method}(uint64)"), &[U256::from(n).to_be_bytes()]);
        let nonce = self.nonce;
        let tx = self.tx(TxKind::Call(self.address), data);
        let answer = output(self.evm.transact(tx)?.result)?;
        self.nonce = nonce;
        Ok(u64::try_from(U256::try_from_be_slice(&answer).context("a word")?)?)
    }

    fn tx(&mut self, kind: TxKind, data: Bytes) -> TxEnv {
        let nonce = self.nonce;
        self.nonce += 1;
        TxEnv {
            caller: ALICE,
            kind,
            data,
            nonce,
            gas_limit: self.gas_limit,
            gas_price: 1,
            ..TxEnv::default()
        }
    }
}

fn call_data(signature: &str, words: &[[u8; 32]]) -> Bytes {
    [&keccak256(signature)[..4], words.concat().as_slice()].concat().into()
}

fn output(result: ExecutionResult) -> Result<Bytes> {
    ensure!(result.is_success(), "the EVM refuses: {result:?}");
    Ok(result.into_output().unwrap_or_default())
}
