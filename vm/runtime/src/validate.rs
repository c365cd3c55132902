//! Checks a transaction against the state that it would start from.

use lockstep_abi::{Height, limits::wire::MAX_EXPIRY_BLOCKS};
use lockstep_engine::Fault;
use lockstep_state::Read;

use crate::{Account, CheckedTx, InvalidTx, charge::reserve, record::account};

/// Whether a transaction can be in the block at `height`, on this state; gives the sender's account.
pub(crate) fn validate(
    state: &dyn Read,
    tx: &CheckedTx,
    height: Height,
) -> Result<Result<Account, InvalidTx>, Fault> {
    let sender = account(state, &tx.sender())?;
    let body = tx.body();
    let (expected, found) = (sender.nonce, body.nonce);
    if found < expected {
        return Ok(Err(InvalidTx::NonceTooLow { expected, found }));
    }
    if found > expected {
        return Ok(Err(InvalidTx::NonceTooHigh { expected, found }));
    }
    let expiry = body.expiry;
    if expiry < height {
        return Ok(Err(InvalidTx::Expired { expiry, height }));
    }
    let limit = Height(height.0.saturating_add(MAX_EXPIRY_BLOCKS));
    if expiry > limit {
        return Ok(Err(InvalidTx::ExpiryTooFar { expiry, limit }));
    }
    let (needed, have) = (reserve(body), sender.balance);
    if have < needed {
        return Ok(Err(InvalidTx::CannotPay { needed, have }));
    }
    Ok(Ok(sender))
}
