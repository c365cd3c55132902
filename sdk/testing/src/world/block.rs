//! Blocks: transactions are signed, checked and executed as a node does it.

use std::{collections::BTreeMap, sync::Arc};

use lockstep_abi::{
    Action, Gas, GasPrice, Halt, Hash, Header, Receipt, TxBody,
    limits::wire::{MAX_BLOCK_GAS, MAX_TX_GAS},
    receipt::{ActionResult, Outcome},
    schema::Schema,
    tx::CodeSource,
};
use lockstep_runtime::{BlockExecutor, Engine, Log, account, check};

use super::{
    PROPOSER, SOUND, World, chain_id,
    comparison::{Executed, difference, within_limits},
};
use crate::{Done, Failure, Refusal, User, interface::interface};

impl World {
    /// Executes actions in one transaction, in a block of its own.
    ///
    /// # Errors
    /// [`Failure`]; nothing but the fee has changed then.
    ///
    /// # Panics
    /// As [`block`](Self::block).
    pub fn act(&mut self, by: &User, actions: Vec<Action>) -> Result<Done, Failure> {
        self.block(vec![(by, actions)]).swap_remove(0)
    }

    /// Executes several transactions in one block, one after the other: they share its time and its gas. Says what each
    /// came to.
    ///
    /// ```no_run
    /// # use lockstep_testing::{World, build, invoke};
    /// # let (mut world, [alice, bob]) = World::with_users(["alice", "bob"]);
    /// # let token = world.deploy(&alice, &build!(), &()).unwrap();
    /// let answers = world.block(vec![
    ///     (&alice, vec![invoke(token, "approve", &(bob.address(), 5_u128))]),
    ///     (&bob, vec![invoke(token, "transfer_from", &(alice.address(), bob.address(), 5_u128))]),
    /// ]);
    /// ```
    ///
    /// # Panics
    /// If they do not fit a block, or one of them has more actions than a transaction may have; if executions that are
    /// [`Compared`](crate::Execution::Compared) differ.
    pub fn block(&mut self, txs: Vec<(&User, Vec<Action>)>) -> Vec<Result<Done, Failure>> {
        let gas_limit = Gas((MAX_BLOCK_GAS / txs.len().max(1) as u64).min(MAX_TX_GAS));
        let executed = self.execute(&self.engines.first, &txs, gas_limit);
        if let Some(second) = &self.engines.second {
            self.compare(&executed, second, &txs, gas_limit);
        }
        let Executed { answers, changes } = executed;
        // What never happened is in no block.
        if answers.iter().any(|(_, answer)| answer.is_ok()) {
            let Header { height, time_ms, .. } = self.next_header();
            self.state.apply(&changes);
            self.set_block(height, time_ms);
        }
        let actions = txs.into_iter().map(|(_, actions)| actions);
        actions
            .zip(answers)
            .map(|(actions, (_, answer))| self.answer(&actions, answer.map_err(Failure::Invalid)?))
            .collect()
    }

    /// Panics if transactions come to something else natively, up to the first that ended at a limit of the VM's.
    fn compare(&self, executed: &Executed, natively: &Engine, txs: &[(&User, Vec<Action>)], gas_limit: Gas) {
        let compared = txs.split_at(within_limits(executed)).0;
        // Of a part of the block, the changes are not known yet.
        let part =
            (compared.len() < txs.len()).then(|| self.execute(&self.engines.first, compared, gas_limit));
        let vm = part.as_ref().unwrap_or(executed);
        if let Some(difference) = difference(vm, &self.execute(natively, compared, gas_limit), &self.names())
        {
            panic!("the VM and native execution differ in {difference}");
        }
    }

    /// What transactions would come to in the next block, each with so much gas.
    fn execute(&self, engine: &Engine, txs: &[(&User, Vec<Action>)], gas_limit: Gas) -> Executed {
        let header = self.next_header();
        let mut executor = BlockExecutor::new(engine, &self.state, &header, Log::default());
        let mut nonces = BTreeMap::new();
        let mut answers = Vec::new();
        for (by, actions) in txs {
            let nonce = nonces
                .entry(by.address())
                .or_insert_with(|| account(&self.state, &by.address()).expect(SOUND).nonce);
            let tx = by.sign(TxBody {
                chain_id: chain_id(),
                signer: by.public_key(),
                nonce: *nonce,
                gas_limit,
                gas_price: GasPrice(1),
                expiry: header.height,
                actions: actions.clone().try_into().expect("few actions"),
            });
            // Through the bytes: what a node would not take in is not a test's transaction either.
            let executed =
                check(&tx.encode(), &chain_id()).and_then(|tx| executor.execute(&tx).expect(SOUND).cloned());
            if executed.is_ok() {
                *nonce = nonce.next();
            }
            answers.push((by.address(), executed));
        }
        Executed { answers, changes: executor.finish().expect(SOUND).changes }
    }

    fn answer(&self, actions: &[Action], receipt: Receipt) -> Result<Done, Failure> {
        let data = match &receipt.outcome {
            Outcome::Halted { halt, action } => {
                let action = actions.get(*action as usize);
                return Err(Failure::of(halt.clone(), || self.interface_of_action(action?)));
            }
            Outcome::Success { results } => match results.last() {
                Some(ActionResult::Returned(data)) => data.to_vec(),
                _ => Vec::new(),
            },
        };
        Ok(Done { data, receipt })
    }

    /// The interface of the contract that an action runs.
    fn interface_of_action(&self, action: &Action) -> Option<Arc<Schema>> {
        match action {
            Action::Call { to, .. } => self.interface(to),
            Action::Create { code, .. } | Action::Upgrade { code, .. } => match code {
                CodeSource::Inline(wasm) => interface(wasm),
                CodeSource::Stored(hash) => self.stored_interface(hash),
            },
            Action::Transfer { .. } | Action::StoreCode { .. } | Action::SetAdmin { .. } => None,
        }
    }

    fn next_header(&self) -> Header {
        Header {
            chain_id: chain_id(),
            height: self.height.next(),
            time_ms: self.next_ms,
            parent: Hash::default(),
            state_root: self.state.root(),
            txs_hash: Hash::default(),
            receipts_hash: Hash::default(),
            proposer: PROPOSER,
            gas_limit: Gas(MAX_BLOCK_GAS),
        }
    }
}

impl Failure {
    /// A halt of a contract with this interface.
    pub(super) fn of(halt: Halt, interface: impl FnOnce() -> Option<Arc<Schema>>) -> Self {
        match halt {
            Halt::Contract { code, data } => Self::Refused(Refusal::new(code, data, interface())),
            halt => Self::Halted(halt),
        }
    }
}
