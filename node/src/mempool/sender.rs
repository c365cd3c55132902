//! One sender's transactions, by nonce.

use std::{collections::BTreeMap, sync::Arc};

use lockstep_abi::{Action, Amount, GasPrice, Nonce, TxBody};
use lockstep_runtime::{Account, CheckedTx};

use super::rank::Rank;

/// A transaction that waits.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) tx: Arc<CheckedTx>,
    /// When it came: a count, not a time.
    pub(super) arrival: u64,
    pub(super) cost: Cost,
}

/// The most that a transaction can take from its sender, in the chain's smallest unit: the price of its gas
/// limit, and the values of its actions. It does not count what the actions may bring in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Cost(u128);

/// What one sender has here.
#[derive(Debug)]
pub(super) struct Sender {
    account: Account,
    txs: BTreeMap<Nonce, Entry>,
    /// The first nonce from the account's on that is not here. What lies before it is ready.
    ready_end: Nonce,
    /// The sum over all of them; they are kept within the balance, so it never overflows.
    cost: Cost,
}

impl Cost {
    pub(super) fn of(body: &TxBody) -> Self {
        let fee = body.gas_price.fee(body.gas_limit).unwrap_or(Amount(u128::MAX));
        let values = body.actions.iter().map(value);
        Self(values.fold(fee.0, |sum, value| sum.saturating_add(value.0)))
    }

    pub(super) const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub(super) const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    pub(super) const fn amount(self) -> Amount {
        Amount(self.0)
    }
}

/// What an action takes from the sender's balance.
fn value(action: &Action) -> Amount {
    match action {
        Action::Transfer { amount, .. } => *amount,
        Action::Create { value, .. } | Action::Call { value, .. } => *value,
        Action::StoreCode { .. } | Action::Upgrade { .. } | Action::SetAdmin { .. } => Amount::ZERO,
    }
}

impl Entry {
    pub(super) fn rank(&self) -> Rank {
        let body = self.tx.body();
        Rank::new(body.gas_price, self.arrival, self.tx.sender(), body.nonce)
    }

    pub(super) fn gas_price(&self) -> GasPrice {
        self.tx.body().gas_price
    }
}

impl Sender {
    pub(super) const fn new(account: Account) -> Self {
        Self { account, txs: BTreeMap::new(), ready_end: account.nonce, cost: Cost(0) }
    }

    pub(super) const fn account(&self) -> Account {
        self.account
    }

    pub(super) fn len(&self) -> usize {
        self.txs.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.txs.is_empty()
    }

    pub(super) const fn cost(&self) -> Cost {
        self.cost
    }

    pub(super) const fn ready_end(&self) -> Nonce {
        self.ready_end
    }

    pub(super) fn get(&self, nonce: Nonce) -> Option<&Entry> {
        self.txs.get(&nonce)
    }

    /// The one whose turn comes first.
    pub(super) fn first_ready(&self) -> Option<&Entry> {
        self.ready(self.account.nonce)
    }

    /// The one with this nonce, if it is ready.
    pub(super) fn ready(&self, nonce: Nonce) -> Option<&Entry> {
        if nonce < self.ready_end { self.txs.get(&nonce) } else { None }
    }

    /// The ready one whose turn comes last: the only one that can go without making others wait.
    pub(super) fn tail(&self) -> Option<&Entry> {
        self.txs.range(..self.ready_end).next_back().map(|(_, entry)| entry)
    }

    /// The ready one before a nonce.
    pub(super) fn ready_before(&self, nonce: Nonce) -> Option<&Entry> {
        self.txs.range(..nonce.min(self.ready_end)).next_back().map(|(_, entry)| entry)
    }

    /// The one with the highest nonce.
    pub(super) fn last(&self) -> Option<Nonce> {
        self.txs.last_key_value().map(|(nonce, _)| *nonce)
    }

    pub(super) fn between(&self, start: Nonce, end: Nonce) -> impl Iterator<Item = &Entry> {
        self.txs.range(start..end).map(|(_, entry)| entry)
    }

    /// Whether all of them are within the balance.
    pub(super) fn can_pay(&self) -> bool {
        self.cost.amount() <= self.account.balance
    }

    /// The nonces that are used up.
    pub(super) fn used(&self) -> Vec<Nonce> {
        self.txs.range(..self.account.nonce).map(|(nonce, _)| *nonce).collect()
    }

    /// Takes the account as it is now. Transactions stay; the caller removes what no longer fits.
    pub(super) fn set_account(&mut self, account: Account) {
        self.account = account;
        self.ready_end = self.ready_end.max(account.nonce);
        self.advance();
    }

    /// Adds one; none of its nonce may be here.
    pub(super) fn insert(&mut self, entry: Entry) {
        self.cost = self.cost.saturating_add(entry.cost);
        let before = self.txs.insert(entry.tx.body().nonce, entry);
        assert!(before.is_none(), "two transactions with one nonce");
        self.advance();
    }

    /// Takes one away; those after it wait from now on.
    pub(super) fn remove(&mut self, nonce: Nonce) -> Option<Entry> {
        let entry = self.txs.remove(&nonce)?;
        self.cost = self.cost.saturating_sub(entry.cost);
        if nonce >= self.account.nonce {
            self.ready_end = self.ready_end.min(nonce);
        }
        Some(entry)
    }

    fn advance(&mut self) {
        while self.txs.contains_key(&self.ready_end) {
            self.ready_end = self.ready_end.next();
        }
    }
}
