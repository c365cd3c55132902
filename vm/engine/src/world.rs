//! What a running contract may ask for, as a trait: the engine knows no accounts and no database.

use std::ops::ControlFlow;

use lockstep_abi::{
    Address, Amount, Gas, Halt,
    host::{CallRequest, CreateRequest},
    receipt::{EventData, Topics},
};

use crate::{Fault, Trap};

/// What a frame may hand on to the contract that it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Gas, set-up of the callee included.
    pub gas: Gas,
    /// Stack units; one budget is shared by all contracts on the stack.
    pub stack_units: u32,
}

/// What a contract that was called answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Gas that it used, at most its budget.
    pub gas_used: Gas,
    /// What it returned, or why it stopped. Its writes are kept or dropped accordingly.
    pub result: Result<Vec<u8>, Halt>,
}

/// The direction of a range read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the smallest key up, in byte order.
    Ascending,
    /// From the largest key down.
    Descending,
}

/// Is shown the entries of a range, those without a value being removed ones; a break ends the range.
pub type Visit<'a> = dyn FnMut(&[u8], Option<&[u8]>) -> ControlFlow<()> + 'a;

/// Answers the host functions of one frame. Every method is paid for before it is called.
///
/// Keys and values are within their limits. An `Err` is a fault of the machine, never the contract's.
#[expect(clippy::missing_errors_doc, reason = "all errors are faults of what is under the world")]
pub trait World {
    /// The value, if there is one.
    fn storage_get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;
    /// How many bytes the value has, if there is one: to tell whether there is, and what replacing it costs.
    fn storage_len(&mut self, key: &[u8]) -> Result<Option<usize>, Fault>;
    /// Writes a value.
    fn storage_set(&mut self, key: &[u8], value: Vec<u8>) -> Result<(), Fault>;
    /// Removes a value, if there is one.
    fn storage_remove(&mut self, key: &[u8]) -> Result<(), Fault>;
    /// Visits entries with `start <= key < end` in order until `visit` breaks or they end. Removed entries
    /// that are stepped over are shown too, without a value: passing them is work that is paid for.
    fn storage_range(
        &mut self,
        start: &[u8],
        end: Option<&[u8]>,
        direction: Direction,
        visit: &mut Visit<'_>,
    ) -> Result<(), Fault>;
    /// The balance of an address; zero if it is unknown.
    fn balance(&mut self, address: &Address) -> Result<Amount, Fault>;
    /// Sends from the running contract; `false` if it has too little.
    fn transfer(&mut self, to: &Address, amount: Amount) -> Result<bool, Fault>;
    /// Keeps an event; `false` if the receipt is full.
    fn emit(&mut self, topics: Topics, data: EventData) -> Result<bool, Fault>;
    /// Calls another contract.
    fn call(&mut self, request: CallRequest, budget: Budget) -> Result<Answer, Fault>;
    /// Creates a contract; the data of a success is its address.
    fn create(&mut self, request: CreateRequest, budget: Budget) -> Result<Answer, Fault>;
    /// Takes a debug message; it must have no effect on anything that a machine could see.
    fn log(&mut self, message: &[u8]);
    /// Takes where the running contract trapped, for people. As for a message, and machines may differ in it.
    fn trapped(&mut self, trap: &Trap) {
        let _ = trap;
    }
}
