//! Transactions that wait for a block.
//!
//! They are kept by sender and nonce. Those with consecutive nonces from the account's on are *ready*; one
//! after a gap *waits*. Whatever comes in, these hold:
//!
//! - there are at most so many, of so many bytes, and so many of one sender;
//! - all of one sender's together cost at most its balance, gas limits and values included;
//! - a ready one never goes for a waiting one, nor for one that does not pay more;
//! - one that goes never makes others of its sender wait: room is made from the end of a sender's row.
//!
//! A plain value without lock, clock or store: [`crate::Hub`] has those.

mod dropped;
mod error;
mod rank;
mod room;
mod select;
mod sender;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use lockstep_abi::{Address, GasPrice, Hash, Height, Nonce, limits::wire::MAX_EXPIRY_BLOCKS};
use lockstep_runtime::{Account, CheckedTx, InvalidTx};

pub use error::{Dropped, Refusal};
pub use select::Room;

use dropped::DroppedLog;
use rank::Rank;
use sender::{Cost, Entry, Sender};

/// How much a mempool holds, and for what price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MempoolLimits {
    /// Transactions.
    pub max_txs: usize,
    /// Bytes of their encodings. In memory code takes up to three times that.
    pub max_bytes: usize,
    /// Transactions of one sender.
    pub max_per_sender: usize,
    /// The least that is paid for a million gas.
    pub min_gas_price: GasPrice,
}

impl Default for MempoolLimits {
    /// A block's worth of transactions, 64 MiB, 256 of a sender, a price of 1.
    fn default() -> Self {
        Self { max_txs: 10_000, max_bytes: 64 << 20, max_per_sender: 256, min_gas_price: GasPrice(1) }
    }
}

/// The mempool.
#[derive(Debug)]
pub struct Mempool {
    limits: MempoolLimits,
    senders: HashMap<Address, Sender>,
    by_id: HashMap<Hash, (Address, Nonce)>,
    by_expiry: BTreeSet<(Height, Address, Nonce)>,
    /// All that wait.
    waiting: BTreeSet<Rank>,
    /// Of each sender the ready one whose turn comes last.
    tails: BTreeSet<Rank>,
    bytes: usize,
    arrivals: u64,
    dropped: DroppedLog,
}

impl Mempool {
    /// An empty mempool.
    #[must_use]
    pub fn new(limits: MempoolLimits) -> Self {
        Self {
            limits,
            senders: HashMap::new(),
            by_id: HashMap::new(),
            by_expiry: BTreeSet::new(),
            waiting: BTreeSet::new(),
            tails: BTreeSet::new(),
            bytes: 0,
            arrivals: 0,
            dropped: DroppedLog::default(),
        }
    }

    /// How many transactions are here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Bytes of all encodings.
    #[must_use]
    pub const fn size_bytes(&self) -> usize {
        self.bytes
    }

    /// Whether one could be in the next block.
    #[must_use]
    pub fn has_ready(&self) -> bool {
        !self.tails.is_empty()
    }

    /// Whether this transaction is here.
    #[must_use]
    pub fn contains(&self, id: &Hash) -> bool {
        self.by_id.contains_key(id)
    }

    /// The transaction with this id.
    #[must_use]
    pub fn get(&self, id: &Hash) -> Option<&Arc<CheckedTx>> {
        let (sender, nonce) = self.by_id.get(id)?;
        Some(&self.senders.get(sender)?.get(*nonce)?.tx)
    }

    /// Why a transaction left without getting into a block; the last few thousand are remembered.
    #[must_use]
    pub fn dropped(&self, id: &Hash) -> Option<&Dropped> {
        self.dropped.get(id)
    }

    /// How many were dropped so far.
    #[must_use]
    pub const fn drops(&self) -> u64 {
        self.dropped.count()
    }

    /// The nonce after a sender's ready transactions; `None` if it has none here.
    #[must_use]
    pub fn next_nonce(&self, sender: &Address) -> Option<Nonce> {
        self.senders.get(sender).map(Sender::ready_end)
    }

    /// Takes a transaction in. `account` is the sender's as it is now, `next` the next block's height.
    ///
    /// # Errors
    /// The first [`Refusal`]; then nothing is changed, but that a newer account was taken notice of.
    pub fn insert(&mut self, tx: Arc<CheckedTx>, account: Account, next: Height) -> Result<(), Refusal> {
        if self.contains(&tx.id()) {
            return Err(Refusal::AlreadyPending);
        }
        self.refresh(tx.sender(), account);
        self.check(&tx, account, next)?;
        let cost = Cost::of(tx.body());
        let replaced = self.check_sender(&tx, account, cost)?;
        let victims = self.make_room(&tx, account, replaced.is_some())?;
        if let Some(nonce) = replaced {
            self.drop_one(tx.sender(), nonce, Dropped::Replaced { by: tx.id() });
        }
        for rank in victims {
            self.drop_one(rank.sender, rank.nonce, Dropped::Evicted);
        }
        self.put(tx, account, cost);
        Ok(())
    }

    /// Takes away a transaction that turned out to be invalid when its turn came.
    pub fn drop_invalid(&mut self, id: &Hash, error: InvalidTx) {
        if let Some((sender, nonce)) = self.by_id.get(id).copied() {
            self.drop_one(sender, nonce, Dropped::Invalid(error));
        }
    }

    /// Takes away what a block made moot: its transactions, what expires before `next`, and of the senders
    /// in `accounts`, whose accounts changed, what they can no longer send.
    pub fn settle(
        &mut self,
        included: impl IntoIterator<Item = Hash>,
        accounts: impl IntoIterator<Item = (Address, Account)>,
        next: Height,
    ) {
        for id in included {
            if let Some((sender, nonce)) = self.by_id.get(&id).copied() {
                self.take(sender, nonce);
            }
        }
        for (address, account) in accounts {
            self.refresh(address, account);
        }
        while let Some(&(expiry, sender, nonce)) = self.by_expiry.first()
            && expiry < next
        {
            self.drop_one(sender, nonce, Dropped::Expired);
        }
    }

    /// What does not depend on the rest of the mempool.
    fn check(&self, tx: &CheckedTx, account: Account, next: Height) -> Result<(), Refusal> {
        let body = tx.body();
        let (needed, found) = (self.limits.min_gas_price, body.gas_price);
        if found < needed {
            return Err(Refusal::Underpriced { found, needed });
        }
        let (expected, found) = (account.nonce, body.nonce);
        if found < expected {
            return Err(InvalidTx::NonceTooLow { expected, found }.into());
        }
        let limit = self.limits.max_per_sender;
        if found.0.saturating_sub(expected.0) >= limit as u64 {
            return Err(Refusal::NonceTooFar { expected, found, limit });
        }
        let expiry = body.expiry;
        if expiry < next {
            return Err(InvalidTx::Expired { expiry, height: next }.into());
        }
        let limit = Height(next.0.saturating_add(MAX_EXPIRY_BLOCKS));
        if expiry > limit {
            return Err(InvalidTx::ExpiryTooFar { expiry, limit }.into());
        }
        Ok(())
    }

    /// What depends on the sender's others. Gives the nonce of the one that would be replaced.
    fn check_sender(&self, tx: &CheckedTx, account: Account, cost: Cost) -> Result<Option<Nonce>, Refusal> {
        let body = tx.body();
        let sender = self.senders.get(&tx.sender());
        let replaced = sender.and_then(|sender| sender.get(body.nonce));
        if let Some(replaced) = replaced {
            let (needed, found) = (replacement_price(replaced.gas_price()), body.gas_price);
            if found < needed {
                return Err(Refusal::ReplacementUnderpriced { nonce: body.nonce, found, needed });
            }
        }
        let replaced_cost = replaced.map(|entry| entry.cost).unwrap_or_default();
        let others = sender.map(Sender::cost).unwrap_or_default().saturating_sub(replaced_cost);
        let (needed, have) = (others.saturating_add(cost).amount(), account.balance);
        if needed > have {
            let pending = sender.map_or(0, Sender::len) - usize::from(replaced.is_some());
            return Err(Refusal::CannotPay { needed, have, pending });
        }
        Ok(replaced.map(|_| body.nonce))
    }

    /// Takes the newest account of a sender, and takes away what it can no longer send.
    fn refresh(&mut self, address: Address, account: Account) {
        if !self.senders.contains_key(&address) {
            return;
        }
        self.change(address, account, |sender| sender.set_account(account));
        let used = self.senders.get(&address).map(Sender::used).unwrap_or_default();
        for nonce in used {
            self.drop_one(address, nonce, Dropped::NonceUsed);
        }
        // From the end, so that the first ones stay ready.
        while let Some(sender) = self.senders.get(&address)
            && !sender.can_pay()
            && let Some(last) = sender.last()
        {
            self.drop_one(address, last, Dropped::CannotPay);
        }
    }

    fn put(&mut self, tx: Arc<CheckedTx>, account: Account, cost: Cost) {
        let entry = Entry { arrival: self.arrivals, cost, tx };
        self.arrivals += 1;
        let (rank, tx) = (entry.rank(), Arc::clone(&entry.tx));
        self.by_id.insert(tx.id(), (rank.sender, rank.nonce));
        self.by_expiry.insert((tx.body().expiry, rank.sender, rank.nonce));
        self.bytes += tx.size_bytes();
        let ready_end = self.change(rank.sender, account, |sender| {
            sender.insert(entry);
            sender.ready_end()
        });
        if rank.nonce >= ready_end {
            self.waiting.insert(rank);
        }
    }

    fn drop_one(&mut self, sender: Address, nonce: Nonce, why: Dropped) {
        if let Some(entry) = self.take(sender, nonce) {
            self.dropped.push(entry.tx.id(), why);
        }
    }

    fn take(&mut self, address: Address, nonce: Nonce) -> Option<Entry> {
        let account = self.senders.get(&address)?.account();
        let entry = self.change(address, account, |sender| sender.remove(nonce))?;
        self.waiting.remove(&entry.rank());
        self.by_id.remove(&entry.tx.id());
        self.by_expiry.remove(&(entry.tx.body().expiry, address, nonce));
        self.bytes -= entry.tx.size_bytes();
        if self.senders.get(&address).is_some_and(Sender::is_empty) {
            self.senders.remove(&address);
        }
        Some(entry)
    }

    /// Changes a sender and brings the indexes of ranks along.
    fn change<T>(&mut self, address: Address, account: Account, change: impl FnOnce(&mut Sender) -> T) -> T {
        let sender = self.senders.entry(address).or_insert_with(|| Sender::new(account));
        let (tail, ready_end) = (sender.tail().map(Entry::rank), sender.ready_end());
        let result = change(sender);
        let (new_tail, new_ready_end) = (sender.tail().map(Entry::rank), sender.ready_end());
        if tail != new_tail {
            tail.map(|rank| self.tails.remove(&rank));
            new_tail.map(|rank| self.tails.insert(rank));
        }
        if ready_end < new_ready_end {
            for entry in sender.between(ready_end, new_ready_end) {
                self.waiting.remove(&entry.rank());
            }
        } else {
            self.waiting.extend(sender.between(new_ready_end, ready_end).map(Entry::rank));
        }
        result
    }
}

/// The least price that replaces a transaction: a tenth more, and more in any case.
fn replacement_price(price: GasPrice) -> GasPrice {
    GasPrice(price.0.saturating_add(price.0.div_ceil(10).max(1)))
}
