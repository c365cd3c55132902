//! How a chain begins.

use lockstep_abi::{Address, Amount, ChainId};
use lockstep_engine::Fault;
use lockstep_state::{Changes, Delta, MemoryStore};

use crate::record::{broken, credit};

/// What a chain starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// The chain's name.
    pub chain_id: ChainId,
    /// The time of block 0, in milliseconds since 1970.
    pub time_ms: u64,
    /// Who owns how much. No currency is made later; the sum must be under 2^128.
    pub balances: Vec<(Address, Amount)>,
}

impl Genesis {
    /// The state of block 0, as changes of an empty one.
    ///
    /// # Errors
    /// [`Fault`] if the balances sum up to more than an amount holds.
    pub fn changes(&self) -> Result<Changes, Fault> {
        let empty = MemoryStore::new();
        let mut state = Delta::new(&empty);
        let supply = Amount::ZERO;
        self.balances
            .iter()
            .try_fold(supply, |supply, (_, amount)| supply.checked_add(*amount))
            .map_err(|error| Fault::World(Box::new(error)))?;
        for (address, amount) in &self.balances {
            credit(&mut state, address, *amount)?;
        }
        state.into_changes().map_err(broken)
    }
}
