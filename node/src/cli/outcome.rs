//! What a transaction came to, with names instead of bytes.

use std::fmt::Write;

use anyhow::Context;
use lockstep_abi::{
    Address, Event, Halt,
    receipt::{ActionResult, Outcome},
};
use lockstep_node::client::{
    ClientError,
    interface::Interface,
    send::{SendError, Sent},
};
use serde_json::{Map, Value, json};

use super::{Session, Shown, failure::Failure};

/// A transaction of one action that took effect.
pub(crate) struct Done {
    pub(crate) sent: Sent,
    pub(crate) result: ActionResult,
    /// Who announced it, and what: for programs and for people.
    events: Vec<(Address, Value, String)>,
}

impl Session {
    /// What came of sending a transaction of one action; `interface` is of the contract that it is about.
    pub(crate) async fn outcome(
        &self,
        sent: Result<Sent, SendError>,
        about: Option<(Address, &Interface)>,
    ) -> anyhow::Result<Done> {
        let unknown = Interface::new(None);
        let interface = about.map_or(&unknown, |(_, interface)| interface);
        let sent = match sent {
            Ok(sent) => sent,
            Err(SendError::Halted { action, halt, gas_used, traps }) => {
                let (traps, places) = self.symbols.tell(&traps);
                let details =
                    json!({ "action": action, "gas_used": gas_used, "sent": false, "traps": traps });
                let note =
                    "found by a dry run: nothing was sent, nothing is charged; --gas N sends it anyway";
                return Err(halted(interface, &halt, details, &places, note).into());
            }
            Err(error) => return Err(error.into()),
        };
        let result = match &sent.receipt.outcome {
            Outcome::Success { results } => results.first().cloned().context("a receipt without a result")?,
            Outcome::Halted { action, halt } => {
                let Sent { id, height, receipt } = &sent;
                let details = json!({
                    "action": action, "id": id, "height": height,
                    "gas_used": receipt.gas_used, "fee": receipt.fee, "sent": true,
                });
                let note = format!("{}; nothing else changed", paid(&sent));
                return Err(halted(interface, halt, details, "", &note).into());
            }
        };
        let events = self.events(&sent.receipt.events, about).await?;
        Ok(Done { sent, result, events })
    }

    /// The events, by the interfaces of the contracts that announced them. The transaction is in a block:
    /// an interface that cannot be had must not make a failure of it, so the event is then shown as it is.
    async fn events(
        &self,
        events: &[Event],
        about: Option<(Address, &Interface)>,
    ) -> anyhow::Result<Vec<(Address, Value, String)>> {
        let mut known: Vec<(Address, Interface)> =
            about.map(|(address, interface)| (address, interface.clone())).into_iter().collect();
        let mut shown = Vec::new();
        for event in events {
            let interface = match known.iter().find(|(address, _)| *address == event.contract) {
                Some((_, interface)) => interface,
                None => {
                    let interface = self.interface(event.contract, None).await;
                    let interface = interface.unwrap_or_else(|_| Interface::new(None));
                    &known.push_mut((event.contract, interface)).1
                }
            };
            let (json, text) = interface.event(event);
            shown.push((event.contract, json, text));
        }
        Ok(shown)
    }
}

impl Done {
    /// Shown under a headline; `fields` are those of this kind of transaction.
    pub(crate) fn shown(&self, headline: &str, fields: Value) -> anyhow::Result<Shown> {
        let Sent { id, height, receipt } = &self.sent;
        let events: Vec<Value> = self.events.iter().map(with_contract).collect();
        let mut json = json!({
            "status": "success", "id": id, "height": height,
            "gas_used": receipt.gas_used, "fee": receipt.fee, "events": events,
        });
        if let (Some(json), Value::Object(fields)) = (json.as_object_mut(), fields) {
            json.extend(fields);
        }
        let mut text = format!("{headline}\n");
        for (contract, _, event) in &self.events {
            writeln!(text, "  event {event}\n    of  {contract}")?;
        }
        writeln!(text, "  {}", paid(&self.sent))?;
        Shown::new(json, text)
    }
}

fn with_contract((contract, event, _): &(Address, Value, String)) -> Value {
    let mut object = event.as_object().cloned().unwrap_or_default();
    object.insert("contract".into(), json!(contract));
    Value::Object(object)
}

fn paid(sent: &Sent) -> String {
    let Sent { id, height, receipt } = sent;
    format!("tx {id} in block {height}, {} gas, fee {}", receipt.gas_used, receipt.fee)
}

fn halted(interface: &Interface, halt: &Halt, details: Value, places: &str, note: &str) -> Failure {
    let (explained, text) = interface.halt(halt);
    let mut details: Map<String, Value> = details.as_object().cloned().unwrap_or_default();
    details.insert("code".into(), json!(halt.code()));
    details.insert("halt".into(), explained);
    Failure::new("halted", format!("{text}{places}\n  {note}"), Value::Object(details))
}

/// A contract's interface, or none at all where there is no contract.
pub(crate) async fn interface_if_any(session: &Session, address: Address) -> anyhow::Result<Interface> {
    match session.client.contract(address, None).await {
        Ok(answer) => Ok(Interface::of(&answer)?),
        Err(ClientError::Refused { name: Some(name), .. }) if name == "not_found" => Ok(Interface::new(None)),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use lockstep_node::client::{Client, key::KeyFolder};

    use super::*;
    use crate::cli::locate::SymbolFolder;

    /// The transaction is in a block: what its events are called must not make a failure of it.
    #[tokio::test]
    async fn an_event_whose_interface_cannot_be_had_is_shown_undecoded() {
        let client = Client::new("http://127.0.0.1:1").unwrap();
        let session = Session { client, keys: KeyFolder::new("/nowhere"), symbols: SymbolFolder::default() };
        let contract = Address([3; 32]);
        let event = Event { contract, topics: Default::default(), data: Default::default() };
        let shown = session.events(&[event], None).await.unwrap();
        let [(found, json, _)] = &shown[..] else { panic!("{} events", shown.len()) };
        assert_eq!(*found, contract);
        assert!(json.get("topics").is_some() && json.get("data").is_some(), "{json}");
    }
}
