//! Sends an amount.

use lockstep_abi::Action;
use serde_json::json;

use super::{Session, Shown, args::TransferArgs};

pub(crate) async fn run(args: TransferArgs, session: &Session) -> anyhow::Result<Shown> {
    let TransferArgs { to, amount, sign } = args;
    let to = session.address(&to).await?;
    let key = session.key(&sign.from).await?;
    let sent = session.client.send(&key, vec![Action::Transfer { to, amount }], sign.terms()).await;
    let done = session.outcome(sent, None).await?;
    let from = key.address();
    let headline = format!("sent {amount}\n  from {from}\n  to   {to}");
    done.shown(&headline, json!({ "from": from, "to": to, "amount": amount }))
}
