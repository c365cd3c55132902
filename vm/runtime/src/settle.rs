//! Ends a transaction: the fee, what is given back, the receipt.

use lockstep_abi::{Address, Amount, Event, List, Receipt};
use lockstep_engine::Fault;
use lockstep_state::Delta;

use crate::{CheckedTx, charge::reserve, record::credit, tx::Executed};

/// Gives back what was reserved and not used, pays the proposer, and writes the receipt.
pub(crate) fn settle(
    state: &mut Delta<'_>,
    tx: &CheckedTx,
    executed: Executed,
    events: Vec<Event>,
    proposer: &Address,
) -> Result<Receipt, Fault> {
    let Executed { gas_used, outcome } = executed;
    let fee = tx.body().gas_price.fee(gas_used).map_err(|error| Fault::World(Box::new(error)))?;
    let refund = reserve(tx.body()).checked_sub(fee).map_err(|error| Fault::World(Box::new(error)))?;
    for (to, amount) in [(tx.sender(), refund), (*proposer, fee)] {
        if amount != Amount::ZERO {
            credit(state, &to, amount)?;
        }
    }
    let events = List::try_from(events)
        .map_err(|_| Fault::Instance { reason: "more events than a receipt holds".into() })?;
    Ok(Receipt { tx: tx.id(), gas_used, fee, outcome, events })
}
