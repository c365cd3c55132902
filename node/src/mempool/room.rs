//! Makes room for a newcomer, or finds that it is not worth it. Decides only; nothing is changed here.
//!
//! The cheapest that waits goes first, then, for a dearer newcomer, the cheapest that is ready. A newcomer
//! that would wait itself takes only the place of cheaper ones that wait.

use std::collections::BTreeSet;

use lockstep_runtime::{Account, CheckedTx};

use super::{Mempool, Refusal, rank::Rank, sender::Entry};

/// Whether a transaction could be in the next block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Ready,
    Waiting,
}

impl Mempool {
    /// Those that must go, least first; none while there is room. With `replaces`, the one of the same
    /// sender and nonce goes anyway.
    pub(super) fn make_room(
        &self,
        tx: &CheckedTx,
        account: Account,
        replaces: bool,
    ) -> Result<Vec<Rank>, Refusal> {
        let (sender, nonce) = (tx.sender(), tx.body().nonce);
        let replaced = replaces.then(|| self.entry(&sender, nonce)).flatten();
        let freed = replaced.map_or(0, |entry| entry.tx.size_bytes());
        let mut txs = self.len() - usize::from(replaced.is_some()) + 1;
        let mut bytes = self.bytes - freed + tx.size_bytes();
        let mut victims = Vec::new();
        let mut candidates = self.candidates(tx, self.standing(tx, account), replaced.map(Entry::rank));
        while txs > self.limits.max_txs || bytes > self.limits.max_bytes {
            let victim = candidates.next().ok_or(Refusal::Full { found: tx.body().gas_price })?;
            let entry = self.entry(&victim.sender, victim.nonce).expect("a rank names a transaction");
            txs -= 1;
            bytes -= entry.tx.size_bytes();
            victims.push(victim);
        }
        Ok(victims)
    }

    fn entry(&self, sender: &lockstep_abi::Address, nonce: lockstep_abi::Nonce) -> Option<&Entry> {
        self.senders.get(sender)?.get(nonce)
    }

    fn standing(&self, tx: &CheckedTx, account: Account) -> Standing {
        let ready_end = self.next_nonce(&tx.sender()).unwrap_or(account.nonce);
        if tx.body().nonce <= ready_end { Standing::Ready } else { Standing::Waiting }
    }

    /// Those that a newcomer may displace, in the order in which they go.
    fn candidates(
        &self,
        tx: &CheckedTx,
        standing: Standing,
        replaced: Option<Rank>,
    ) -> impl Iterator<Item = Rank> {
        let (own, price) = (tx.sender(), tx.body().gas_price);
        let waiting = self
            .waiting
            .iter()
            .copied()
            .take_while(move |rank| standing == Standing::Ready || rank.gas_price < price)
            .filter(move |rank| Some(*rank) != replaced);
        let ready = match standing {
            Standing::Ready => Some(Tails::new(self)),
            Standing::Waiting => None,
        };
        // Not its own: it would then wait for them itself.
        let ready = ready.into_iter().flatten().filter(move |rank| rank.sender != own);
        waiting.chain(ready.take_while(move |rank| rank.gas_price < price))
    }
}

/// The ready ones, cheapest first, where one comes up only after those of its sender that follow it.
struct Tails<'a> {
    pool: &'a Mempool,
    tails: std::iter::Peekable<std::iter::Copied<std::collections::btree_set::Iter<'a, Rank>>>,
    /// Those that are a tail once what came up before is gone.
    exposed: BTreeSet<Rank>,
}

impl<'a> Tails<'a> {
    fn new(pool: &'a Mempool) -> Self {
        Self { pool, tails: pool.tails.iter().copied().peekable(), exposed: BTreeSet::new() }
    }
}

impl Iterator for Tails<'_> {
    type Item = Rank;

    fn next(&mut self) -> Option<Rank> {
        let next = match (self.tails.peek(), self.exposed.first()) {
            (Some(tail), Some(exposed)) if exposed < tail => self.exposed.pop_first()?,
            (Some(_), _) => self.tails.next()?,
            (None, _) => self.exposed.pop_first()?,
        };
        let sender = self.pool.senders.get(&next.sender);
        self.exposed.extend(sender.and_then(|sender| sender.ready_before(next.nonce)).map(Entry::rank));
        Some(next)
    }
}
