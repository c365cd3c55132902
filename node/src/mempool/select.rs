//! Fills a block: dearest first, then by arrival, and each sender's by nonce.

use std::{collections::BinaryHeap, sync::Arc};

use lockstep_abi::{
    Gas,
    limits::wire::{MAX_BLOCK_BYTES, MAX_BLOCK_TXS},
};
use lockstep_runtime::CheckedTx;

use super::{
    Mempool,
    sender::{Entry, Sender},
};

/// What a block has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Gas limits, summed up.
    pub gas: Gas,
    /// Bytes of encodings.
    pub bytes: usize,
    /// Transactions.
    pub txs: usize,
}

impl Room {
    /// An empty block's, with this gas limit.
    #[must_use]
    pub const fn of_block(gas: Gas) -> Self {
        Self { gas, bytes: MAX_BLOCK_BYTES, txs: MAX_BLOCK_TXS }
    }

    /// What is left beside a transaction; `None` if it does not fit.
    fn without(self, tx: &CheckedTx) -> Option<Self> {
        Some(Self {
            gas: self.gas.checked_sub(tx.body().gas_limit)?,
            bytes: self.bytes.checked_sub(tx.size_bytes())?,
            txs: self.txs.checked_sub(1)?,
        })
    }
}

impl Mempool {
    /// The transactions for a block, in order. One that does not fit or is not `wanted` is passed over, and with it
    /// those of its sender that come after it. They stay here until [`Self::settle`].
    #[must_use]
    pub fn select(&self, mut room: Room, wanted: impl Fn(&CheckedTx) -> bool) -> Vec<Arc<CheckedTx>> {
        let mut heap: BinaryHeap<_> =
            self.senders.values().filter_map(Sender::first_ready).map(Entry::rank).collect();
        let mut selected = Vec::new();
        while let Some(rank) = heap.pop() {
            let Some(sender) = self.senders.get(&rank.sender) else { continue };
            let Some(entry) = sender.ready(rank.nonce) else { continue };
            let Some(left) = room.without(&entry.tx).filter(|_| wanted(&entry.tx)) else { continue };
            room = left;
            selected.push(Arc::clone(&entry.tx));
            heap.extend(sender.ready(rank.nonce.next()).map(Entry::rank));
        }
        selected
    }
}
