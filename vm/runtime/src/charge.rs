//! What a transaction pays: the gas of being there, the reserve for its limit, the meter of its actions.

use lockstep_abi::{Amount, Gas, Halt, price, tx::TxBody};
use lockstep_engine::{Answer, Budget, Fault};
use lockstep_state::Delta;

use crate::{Account, CheckedTx, record::set_account};

/// Gas that a transaction takes whatever it does: signature, bytes, actions.
pub(crate) fn intrinsic(body: &TxBody, size_bytes: usize) -> Gas {
    let bytes = price::TX_PER_BYTE.saturating_mul(size_bytes as u64);
    let actions = price::ACTION_FIXED.saturating_mul(body.actions.len() as u64);
    Gas(price::TX_FIXED.saturating_add(bytes).saturating_add(actions))
}

/// The most that a transaction can cost.
pub(crate) fn reserve(body: &TxBody) -> Amount {
    // The product of two numbers of 64 bits fits an amount.
    body.gas_price.fee(body.gas_limit).unwrap_or(Amount(u128::MAX))
}

/// Takes the reserve and uses up the nonce, before anything is executed; `sender` is the account as it is.
pub(crate) fn charge(state: &mut Delta<'_>, tx: &CheckedTx, mut sender: Account) -> Result<(), Fault> {
    sender.balance =
        sender.balance.checked_sub(reserve(tx.body())).map_err(|error| Fault::World(Box::new(error)))?;
    sender.nonce = sender.nonce.next();
    set_account(state, &tx.sender(), sender);
    Ok(())
}

/// The gas of one transaction.
#[derive(Debug)]
pub(crate) struct Meter {
    limit: Gas,
    used: Gas,
}

impl Meter {
    /// A meter with `used` gone already; at most `limit`.
    pub(crate) fn new(limit: Gas, used: Gas) -> Self {
        Self { limit, used: used.min(limit) }
    }

    /// Takes gas before the work.
    ///
    /// # Errors
    /// [`Halt::OutOfGas`] if less is left; the meter is then empty.
    pub(crate) fn charge(&mut self, gas: Gas) -> Result<(), Halt> {
        match self.used.checked_add(gas) {
            Some(used) if used <= self.limit => {
                self.used = used;
                Ok(())
            }
            _ => {
                self.used = self.limit;
                Err(Halt::OutOfGas)
            }
        }
    }

    /// All that is left, and the whole stack: what the first frame of an action may use.
    pub(crate) const fn budget(&self) -> Budget {
        Budget {
            gas: self.limit.saturating_sub(self.used),
            stack_units: lockstep_abi::limits::run::MAX_STACK_UNITS,
        }
    }

    /// Takes what a frame used; gives its result.
    pub(crate) fn settle(&mut self, answer: Answer) -> Result<Vec<u8>, Halt> {
        self.charge(answer.gas_used)?;
        answer.result
    }

    pub(crate) const fn used(&self) -> Gas {
        self.used
    }
}
