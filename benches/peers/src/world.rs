//! The world of one contract, in memory: a map and a list of events, as CosmWasm's `MockStorage` is a map.

use std::collections::BTreeMap;

use lockstep_abi::{
    Address, Amount,
    host::{CallRequest, CreateRequest},
    receipt::{EventData, Topics},
};
use lockstep_engine::{Answer, Budget, Direction, Fault, Visit, World};

/// A contract's storage, and what it announced in the call under way.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) events: Vec<(Topics, EventData)>,
}

impl World for Memory {
    fn storage_get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.entries.get(key).cloned())
    }

    fn storage_len(&mut self, key: &[u8]) -> Result<Option<usize>, Fault> {
        Ok(self.entries.get(key).map(Vec::len))
    }

    fn storage_set(&mut self, key: &[u8], value: Vec<u8>) -> Result<(), Fault> {
        self.entries.insert(key.to_vec(), value);
        Ok(())
    }

    fn storage_remove(&mut self, key: &[u8]) -> Result<(), Fault> {
        self.entries.remove(key);
        Ok(())
    }

    fn storage_range(
        &mut self,
        _: &[u8],
        _: Option<&[u8]>,
        _: Direction,
        _: &mut Visit<'_>,
    ) -> Result<(), Fault> {
        unreachable!("no contract here reads a range")
    }

    fn balance(&mut self, _: &Address) -> Result<Amount, Fault> {
        Ok(Amount::ZERO)
    }

    fn transfer(&mut self, _: &Address, _: Amount) -> Result<bool, Fault> {
        Ok(false)
    }

    fn emit(&mut self, topics: Topics, data: EventData) -> Result<bool, Fault> {
        self.events.push((topics, data));
        Ok(true)
    }

    fn call(&mut self, _: CallRequest, _: Budget) -> Result<Answer, Fault> {
        unreachable!("no contract here calls another")
    }

    fn create(&mut self, _: CreateRequest, _: Budget) -> Result<Answer, Fault> {
        unreachable!("no contract here creates another")
    }

    fn log(&mut self, _: &[u8]) {}
}
