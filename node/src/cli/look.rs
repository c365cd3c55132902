//! Looks at what a node has: account, transaction, block, status.

use std::fmt::Write;

use lockstep_abi::{
    Action, Address, Receipt, SignedTx,
    receipt::{ActionResult, Outcome},
};
use lockstep_node::client::{interface::plain, send::receipt};

use super::{
    Session, Shown,
    args::{AccountArgs, BlockArgs, TxArgs},
    outcome::interface_if_any,
};

pub(crate) async fn account(args: AccountArgs, session: &Session) -> anyhow::Result<Shown> {
    let answer = session.client.account(session.address(&args.address).await?, args.height).await?;
    let kind = if answer.is_contract { "contract" } else { "account" };
    let text = format!(
        "{kind} {}\n  balance {}\n  nonce   {}\n  (at height {})",
        answer.address, answer.balance, answer.nonce, answer.height
    );
    Shown::new(answer, text)
}

pub(crate) async fn status(session: &Session) -> anyhow::Result<Shown> {
    let status = session.client.status().await?;
    let text = format!(
        "chain {}{}\n  height     {}\n  block      {}\n  state root {} (after block {})\n  blocks     from {} on\n  \
         states     from {} on\n  pending    {} transactions\n  gas price  {} or more\n  version    {}",
        status.chain_id,
        if status.dev { " (dev)" } else { "" },
        status.height,
        status.block,
        status.state_root,
        status.state_root_height,
        status.oldest_block,
        status.oldest_state,
        status.pending_txs,
        status.min_gas_price.0,
        status.version
    );
    Shown::new(status, text)
}

pub(crate) async fn block(args: BlockArgs, session: &Session) -> anyhow::Result<Shown> {
    let answer = session.client.block(args.at).await?;
    let field = |name: &str| answer.header.get(name).map_or(String::new(), plain);
    let mut text = format!(
        "block {}\n  id         {}\n  parent     {}\n  time       {} ms\n  state root {} (after it)\n  txs        {}",
        field("height"),
        answer.id,
        field("parent"),
        field("time_ms"),
        answer.state_root_after,
        answer.txs.len()
    );
    for id in &answer.txs {
        write!(text, "\n    {id}")?;
    }
    Shown::new(answer, text)
}

pub(crate) async fn tx(args: TxArgs, session: &Session) -> anyhow::Result<Shown> {
    let answer = session.client.tx(args.id).await?;
    let tx = SignedTx::decode(&hex::decode(&answer.bytes)?)?;
    let receipt = answer.receipt.as_ref().map(|found| receipt(&found.bytes)).transpose()?;
    let mut text = format!("tx {}\n  from  {}\n  nonce {}\n", answer.id, answer.sender, tx.body.nonce);
    for (index, action) in tx.body.actions.iter().enumerate() {
        writeln!(text, "  {}", action_text(session, action, outcome_of(receipt.as_ref(), index)).await?)?;
    }
    match (&answer.receipt, &receipt) {
        (Some(found), Some(receipt)) => {
            let (height, index) = (found.height, found.index);
            writeln!(
                text,
                "  in block {height} (number {index}), {} gas, fee {}",
                receipt.gas_used, receipt.fee
            )?;
        }
        _ => writeln!(text, "  pending")?,
    }
    Shown::new(answer, text)
}

/// What one action came to.
enum ActionOutcome<'a> {
    Pending,
    NoEffect,
    Result(&'a ActionResult),
    Halted(&'a lockstep_abi::Halt),
}

fn outcome_of(receipt: Option<&Receipt>, index: usize) -> ActionOutcome<'_> {
    match receipt.map(|receipt| &receipt.outcome) {
        None => ActionOutcome::Pending,
        Some(Outcome::Success { results }) => {
            results.get(index).map_or(ActionOutcome::NoEffect, ActionOutcome::Result)
        }
        Some(Outcome::Halted { action, halt }) if usize::try_from(*action) == Ok(index) => {
            ActionOutcome::Halted(halt)
        }
        Some(Outcome::Halted { .. }) => ActionOutcome::NoEffect,
    }
}

async fn action_text(
    session: &Session,
    action: &Action,
    outcome: ActionOutcome<'_>,
) -> anyhow::Result<String> {
    let (what, contract, method): (String, Option<Address>, &str) = match action {
        Action::Transfer { to, amount } => (format!("transfer {amount} to {to}"), None, ""),
        Action::StoreCode { code } => (format!("store code, {} bytes", code.len()), None, ""),
        Action::Create { .. } => ("create a contract".into(), None, ""),
        Action::Call { to, invocation, .. } => {
            let method = invocation.method.as_str();
            (format!("call {method} of {to}"), Some(*to), method)
        }
        Action::Upgrade { contract, .. } => (format!("upgrade {contract}"), Some(*contract), ""),
        Action::SetAdmin { contract, admin } => {
            let admin = admin.map_or("nobody".into(), |admin| admin.to_string());
            (format!("hand {contract} over to {admin}"), None, "")
        }
    };
    let came_to = match outcome {
        ActionOutcome::Pending => return Ok(what),
        ActionOutcome::NoEffect => "no effect".into(),
        ActionOutcome::Result(ActionResult::Done) => "done".into(),
        ActionOutcome::Result(ActionResult::Stored(code)) => format!("code {code}"),
        ActionOutcome::Result(ActionResult::Created(address)) => format!("contract {address}"),
        ActionOutcome::Result(ActionResult::Returned(data)) => match contract {
            Some(contract) => {
                let result = interface_if_any(session, contract).await?.result(method, data);
                result.text().unwrap_or_else(|| "done".into())
            }
            None => hex::encode(&data[..]),
        },
        ActionOutcome::Halted(halt) => match contract {
            Some(contract) => interface_if_any(session, contract).await?.halt(halt).1,
            None => halt.to_string(),
        },
    };
    Ok(format!("{what}: {came_to}"))
}
